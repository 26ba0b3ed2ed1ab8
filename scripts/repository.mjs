import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { SetupError } from "./setupError.mjs";

export const REPOSITORY = join(import.meta.dirname, "..");

/**
 * Where the set-up keeps its files about this repository: stamps, and the path of the CLI. `npm ci` removes it, and the set-up makes it again.
 * @param {string} root
 */
export function repositoryCache(root) {
    const folder = join(root, "node_modules", ".cache", "pulumi-wmisec");
    mkdirSync(folder, { recursive: true });
    return folder;
}

/** Says where the CLI is: `{ bin, path, version, route }`, as ensurePulumi returns it. */
export const CLI_FILE = join(REPOSITORY, "node_modules", ".cache", "pulumi-wmisec", "cli.json");

/**
 * Checks that setup.mjs has prepared the Pulumi CLI and dist/. Call it before you start anything that would have to be stopped again.
 * @returns {{ bin: string, path: string, version: string, route: string }} the CLI
 * @throws {SetupError}
 */
export function madeBySetup() {
    const cli = existsSync(CLI_FILE) ? JSON.parse(readFileSync(CLI_FILE, "utf8")) : undefined;
    const missing = [
        cli ? undefined : "no Pulumi CLI was set up",
        cli && !existsSync(cli.bin) ? `${cli.bin} is gone` : undefined,
        existsSync(join(REPOSITORY, "dist/provider/simulator/index.js")) ? undefined : "dist/ is not built",
    ].filter((what) => what !== undefined);
    if (missing.length === 0) return cli;
    throw new SetupError(`the set-up is missing: ${missing.join(", ")}`, {
        remedy: "node scripts/setup.mjs makes it; npm run demo and npm run bench begin with it",
    });
}

/**
 * Runs a script of this repository with Node, on this terminal.
 * @param {string} script relative to the repository
 * @param {string[]} args
 * @param {Record<string, string>} env added to this process's environment
 * @returns whether it succeeded
 */
export function runNode(script, args = [], env = {}) {
    const options = /** @type {const} */ ({ cwd: REPOSITORY, stdio: "inherit", env: { ...process.env, ...env } });
    return spawnSync(process.execPath, [join(REPOSITORY, script), ...args], options).status === 0;
}
