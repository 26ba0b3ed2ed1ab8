/**
 * `node scripts/language.mjs yaml|python|go` prepares what the tests of programs in that language need beside the Pulumi CLI. Prints one line of JSON with
 * what there is, or `{ missing }`, why there is none, for the tests that are skipped:
 *
 * - `folder`: where the language's host is, the program with which the engine runs programs
 * - `generator`: the program that writes the language's SDK from schema.json (python, go)
 * - `python`: a Python that has the package `pulumi` (python)
 * - `environment`: the variables with which Go finds what it has downloaded and compiled, whatever the home folder (go)
 */
import { join } from "node:path";
import spawn from "nano-spawn";
import { findProgram, searchPath } from "./findProgram.mjs";
import { goEnvironment } from "./goModules.mjs";
import { goProgram } from "./goProgram.mjs";
import { languageHost } from "./languageHost.mjs";
import { pythonWith } from "./pythonPackages.mjs";

const FOLDER = join(import.meta.dirname, "pulumi-cli");

/** @type {Record<string, () => Promise<object>>} */
const LANGUAGES = { yaml: () => languageHost("yaml"), python: forPython, go: forGo };

/** Without a cache these take minutes to build. */
const LONG = "WMISEC_TEST_LANGUAGES=1 runs programs in Python and Go; the first time it builds for 5 to 10 minutes";

const prepare = LANGUAGES[process.argv[2] ?? ""];
if (prepare === undefined) throw new Error(`usage: node scripts/language.mjs ${Object.keys(LANGUAGES).join("|")}`);
console.log(JSON.stringify(await prepare()));

async function forPython() {
    if (process.env["WMISEC_TEST_LANGUAGES"] !== "1") return { missing: LONG };
    const host = await languageHost("python");
    if ("missing" in host) return host;
    const generator = await sdkGenerator();
    if ("missing" in generator) return generator;
    const packages = await pythonWith({
        name: "pulumi-python",
        title: "Pulumi's package for Python",
        requirements: join(FOLDER, "python", "requirements.txt"),
    });
    return "missing" in packages ? packages : { ...host, ...generator, python: packages.python };
}

async function forGo() {
    if (process.env["WMISEC_TEST_LANGUAGES"] !== "1") return { missing: LONG };
    const go = findProgram("go", searchPath());
    if (go === undefined) return { missing: "there is no Go on the PATH" };
    const host = await languageHost("go");
    if ("missing" in host) return host;
    const generator = await sdkGenerator();
    if ("missing" in generator) return generator;
    const { env } = await goEnvironment(go);
    const { stdout } = await spawn(go, ["env", "-json", "GOPATH", "GOMODCACHE", "GOCACHE", "GOPROXY", "GOFLAGS", "GOWORK", "CGO_ENABLED"], {
        env,
    });
    return { ...host, ...generator, environment: JSON.parse(stdout) };
}

async function sdkGenerator() {
    const made = await goProgram({
        name: "generate-sdk",
        sources: join(FOLDER, "generate-sdk"),
        title: "the generator of SDKs",
        module: "github.com/pulumi/pulumi/pkg/v3",
    });
    return "missing" in made ? made : { generator: join(made.folder, process.platform === "win32" ? "generate-sdk.exe" : "generate-sdk") };
}
