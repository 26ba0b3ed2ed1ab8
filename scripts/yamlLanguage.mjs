/**
 * Finds the program with which the engine runs YAML programs: beside the Pulumi CLI or on the PATH, where an installed CLI has it, or built from Go modules
 * into the cache folder, once, in about 3 minutes. Prints one line of JSON: `{ folder }`, where it is, or `{ missing }`, why there is none, for the tests
 * that are skipped.
 */
import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { cacheFolder } from "./cacheFolder.mjs";
import { findProgram, searchPath } from "./findProgram.mjs";
import { goEnvironment } from "./goModules.mjs";
import { lastLineOf } from "./lastLine.mjs";
import { withLock } from "./lock.mjs";
import { madeBySetup } from "./repository.mjs";

const MODULE = join(import.meta.dirname, "pulumi-cli", "language-yaml");
const PACKAGE = "github.com/pulumi/pulumi-yaml/cmd/pulumi-language-yaml";
const NAME = "pulumi-language-yaml";
const HALF_AN_HOUR = 30 * 60_000;
const run = promisify(execFile);

const hash = createHash("sha256");
for (const file of ["go.mod", "go.sum"]) hash.update(readFileSync(join(MODULE, file)));
const folder = join(cacheFolder(), `language-yaml-${hash.digest("hex").slice(0, 12)}`);

const found = findProgram(NAME, [madeBySetup().path, ...searchPath(), folder]);
console.log(
    JSON.stringify(
        found === undefined
            ? await withLock(`${folder}.make`, "Pulumi's language host for YAML is being built", built)
            : { folder: dirname(found) },
    ),
);

/** @returns {Promise<{ readonly folder: string } | { readonly missing: string }>} */
async function built() {
    if (existsSync(folder)) return { folder };
    const go = findProgram("go", searchPath());
    if (go === undefined) return { missing: "there is no Go on the PATH" };
    const fresh = `${folder}.partial`;
    try {
        const { env, afterwards } = await goEnvironment(go);
        rmSync(fresh, { recursive: true, force: true });
        mkdirSync(fresh, { recursive: true });
        const flags = ["-mod=readonly", "-trimpath", "-tags=osusergo,grpcnotrace", "-ldflags=-w -s"];
        await run(go, ["build", ...flags, "-o", fresh, PACKAGE], { cwd: MODULE, env: { ...process.env, ...env }, timeout: HALF_AN_HOUR });
        renameSync(fresh, folder);
        afterwards();
        return { folder };
    } catch (error) {
        return { missing: `the Go module github.com/pulumi/pulumi-yaml could not be built (${lastLineOf(error)})` };
    }
}
