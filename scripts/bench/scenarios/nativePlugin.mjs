import { execFileSync } from "node:child_process";
import { mkdirSync, statSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { PLUGIN } from "../../bundle.mjs";
import { REPOSITORY } from "../../repository.mjs";

const PROGRAM = "pulumi-resource-wmisec";

/**
 * A form in which the native plugin is published.
 * @typedef {object} Published
 * @property {(folder: string) => void} install puts it into the folder, under the name that the CLI looks for
 */

/** The npm package's `bin`: one file, run by Node.js. @type {Published} */
export const bundle = { install: (folder) => symlinkSync(join(REPOSITORY, "dist", PLUGIN), join(folder, PROGRAM)) };

/** A program with Node.js in it. @type {Published} */
export const executable = {
    install: (folder) => {
        const made = execFileSync(process.execPath, [join(REPOSITORY, "scripts/executable.mjs"), folder], {
            encoding: "utf8",
            stdio: ["ignore", "pipe", "inherit"],
        });
        const archive = made.trim().split("\n").at(-1) ?? "";
        execFileSync("tar", ["-xzf", archive, "-C", folder, PROGRAM]);
    },
};

/**
 * @param {Published} published
 * @param {string} parent an empty folder is made in it
 * @returns {{ folder: string, bytes: number }} a folder for the PATH, and the plugin's size
 */
export function installed({ install }, parent) {
    const folder = join(parent, "plugin");
    mkdirSync(folder);
    install(folder);
    return { folder, bytes: statSync(join(folder, PROGRAM)).size };
}

/** Why it can't be measured here. */
export const missing = async () => (process.platform === "win32" ? "not on Windows, where npm makes a .cmd file of a bin" : undefined);
