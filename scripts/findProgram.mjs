import { accessSync, constants, statSync } from "node:fs";
import { delimiter, isAbsolute, join } from "node:path";

/**
 * The first program of that name in a list of folders, as the system's own search would find it.
 * @param {string} name without the ending that Windows wants
 * @param {string[]} folders
 * @returns {string | undefined} absolute path
 */
export function findProgram(name, folders) {
    const endings = process.platform === "win32" ? [".exe", ".cmd"] : [""];
    for (const folder of folders) {
        for (const ending of endings) {
            const path = join(folder, name + ending);
            if (isAbsolute(folder) && isExecutable(path)) return path;
        }
    }
    return undefined;
}

/** @param {NodeJS.ProcessEnv} env */
export function searchPath(env = process.env) {
    return (env["PATH"] ?? env["Path"] ?? "").split(delimiter).filter((folder) => folder !== "");
}

/** @param {string} path */
function isExecutable(path) {
    try {
        if (!statSync(path, { throwIfNoEntry: false })?.isFile()) return false;
        accessSync(path, constants.X_OK);
        return true;
    } catch {
        // Whatever is wrong with an entry of the PATH (a file, no permission, a loop of links, a name too long), it has nothing for us.
        return false;
    }
}
