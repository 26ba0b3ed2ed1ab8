import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { chmodSync, copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync } from "node:fs";
import { basename, join } from "node:path";
import { promisify } from "node:util";
import { cacheFolder } from "./cacheFolder.mjs";
import { findProgram, searchPath } from "./findProgram.mjs";
import { goEnvironment } from "./goModules.mjs";
import { lastLineOf } from "./lastLine.mjs";
import { withLock } from "./lock.mjs";

const HALF_AN_HOUR = 30 * 60_000;
const run = promisify(execFile);

/**
 * Builds programs from a Go module into the cache folder, once for each state of its files.
 * @param {object} wanted
 * @param {string} wanted.name of the folder in the cache: "language-yaml"
 * @param {string} wanted.sources the folder of go.mod, go.sum and, if the program is ours, its files
 * @param {string} wanted.title for messages: "Pulumi's language host for YAML"
 * @param {string} wanted.module that the programs come from, for the reason why there are none
 * @param {readonly string[]} [wanted.packages] of the programs; without them the module's own
 * @param {{ readonly of: string, readonly path: string }} [wanted.beside] a file of the module `of`, which its programs look for beside them
 * @returns {Promise<{ readonly folder: string } | { readonly missing: string }>} the programs' folder, or why there is none
 */
export async function goProgram({ name, sources, title, module, packages = ["."], beside }) {
    const hash = createHash("sha256");
    for (const file of readdirSync(sources).sort()) hash.update(readFileSync(join(sources, file)));
    const folder = join(cacheFolder(), `${name}-${hash.digest("hex").slice(0, 12)}`);
    if (existsSync(folder)) return { folder };
    // One at a time: a build may remove what Go has downloaded for it.
    return await withLock(join(cacheFolder(), "go-programs.make"), `${title}, or another Go program, is being built`, async () => {
        if (existsSync(folder)) return { folder };
        const go = findProgram("go", searchPath());
        if (go === undefined) return { missing: "there is no Go on the PATH" };
        const fresh = `${folder}.partial`;
        try {
            const { env, afterwards } = await goEnvironment(go);
            const options = { cwd: sources, env: { ...process.env, ...env }, timeout: HALF_AN_HOUR };
            rmSync(fresh, { recursive: true, force: true });
            mkdirSync(fresh, { recursive: true });
            const flags = ["-mod=readonly", "-trimpath", "-tags=osusergo,grpcnotrace", "-ldflags=-w -s"];
            await run(go, ["build", ...flags, "-o", fresh, ...packages], options);
            if (beside) {
                const { stdout } = await run(go, ["list", "-m", "-mod=readonly", "-f", "{{.Dir}}", beside.of], options);
                const copy = join(fresh, basename(beside.path));
                copyFileSync(join(stdout.trim(), beside.path), copy);
                // In the module cache no file is executable.
                chmodSync(copy, 0o755);
            }
            renameSync(fresh, folder);
            afterwards();
            return { folder };
        } catch (error) {
            return { missing: `the Go module ${module} could not be built (${lastLineOf(error)})` };
        }
    });
}
