import { execFileSync } from "node:child_process";
import { mkdirSync, statSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { PLUGIN } from "../../bundle.mjs";
import { REPOSITORY } from "../../repository.mjs";

const PROGRAM = "pulumi-resource-wmisec";

/** @typedef {import("./pulumiScenario.mjs").Plugin} Plugin */

/** The npm package's `bin`: one file, run by Node.js. @type {Plugin} */
export const bundle = (project) => installed(project, (folder) => symlinkSync(join(REPOSITORY, "dist", PLUGIN), join(folder, PROGRAM)));

/** A program with Node.js in it. @type {Plugin} */
export const executable = (project) =>
    installed(project, (folder) => {
        const made = execFileSync(process.execPath, [join(REPOSITORY, "scripts/executable.mjs"), folder], {
            encoding: "utf8",
            stdio: ["ignore", "pipe", "inherit"],
        });
        const archive = made.trim().split("\n").at(-1) ?? "";
        execFileSync("tar", ["-xzf", archive, "-C", folder, PROGRAM]);
    });

/** @param {string} project @param {(folder: string) => void} install puts it there, under the name that the CLI looks for */
function installed(project, install) {
    const folder = join(project, "plugin");
    mkdirSync(folder);
    install(folder);
    return { folder, bytes: statSync(join(folder, PROGRAM)).size };
}

/** Why it can't be measured here. */
export const missing = async () => (process.platform === "win32" ? "not on Windows, where npm makes a .cmd file of a bin" : undefined);
