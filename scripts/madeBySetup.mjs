import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { REPOSITORY } from "./repository.mjs";
import { SetupError } from "./setupError.mjs";

/**
 * What setup.mjs has made ready: the Pulumi CLI and dist/. Asked for before anything is started that would have to be stopped again.
 * @returns {{ bin: string, path: string, version: string, route: string }} the CLI
 * @throws {SetupError}
 */
export function madeBySetup() {
    const told = join(REPOSITORY, "node_modules", ".cache", "pulumi-wmisec", "cli.json");
    const missing = [
        ...(existsSync(told) ? [] : ["no Pulumi CLI was set up"]),
        ...(existsSync(join(REPOSITORY, "dist", "provider", "simulator", "index.js")) ? [] : ["dist/ is not built"]),
    ];
    const cli = existsSync(told) ? JSON.parse(readFileSync(told, "utf8")) : undefined;
    if (cli !== undefined && !existsSync(cli.bin)) missing.push(`${cli.bin} is gone`);
    if (missing.length === 0) return cli;
    throw new SetupError(`the set-up is missing: ${missing.join(", ")}`, {
        remedy: "node scripts/setup.mjs makes it; npm run demo and npm run bench begin with it",
    });
}
