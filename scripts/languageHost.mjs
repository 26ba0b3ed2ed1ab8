import { dirname, join } from "node:path";
import { findProgram, searchPath } from "./findProgram.mjs";
import { goProgram } from "./goProgram.mjs";
import { madeBySetup } from "./repository.mjs";

const MODULES = join(import.meta.dirname, "pulumi-cli");
const YAML = "github.com/pulumi/pulumi-yaml";
const SDK = "github.com/pulumi/pulumi/sdk/v3";

/**
 * What can be built. The hosts for Python and Go are at the last tagged version of the module that contains both; today's engine still works with them.
 */
const BUILT = {
    yaml: { name: "language-yaml", title: "Pulumi's language host for YAML", module: YAML, packages: [`${YAML}/cmd/pulumi-language-yaml`] },
    others: {
        name: "languages",
        title: "Pulumi's language hosts for Python and Go",
        module: SDK,
        packages: [`${SDK}/python/cmd/pulumi-language-python`, `${SDK}/go/pulumi-language-go`],
        beside: { of: SDK, path: "python/cmd/pulumi-language-python-exec" },
    },
};

/**
 * Finds the program with which the engine runs programs of a language: beside the Pulumi CLI or on the PATH, where an installed CLI has it, or built
 * from Go modules into the cache folder, once, in 2 to 3 minutes.
 * @param {"yaml" | "python" | "go"} language
 * @returns {Promise<{ readonly folder: string } | { readonly missing: string }>}
 */
export async function languageHost(language) {
    const built = language === "yaml" ? BUILT.yaml : BUILT.others;
    const sources = join(MODULES, built.name);
    const found = findProgram(`pulumi-language-${language}`, [madeBySetup().path, ...searchPath()]);
    return found === undefined ? await goProgram({ ...built, sources }) : { folder: dirname(found) };
}
