import { accessSync, constants, statSync } from "node:fs";
import { delimiter, isAbsolute, join } from "node:path";

export const searchPath = () => (process.env["PATH"] ?? process.env["Path"] ?? "").split(delimiter);

/**
 * Finds the first program with this name in a list of folders. Unlike the system's own search, it never looks into the current folder.
 * @param {string} name without the file extension that Windows needs
 * @param {string[]} folders
 * @returns {string | undefined} absolute path
 */
export function findProgram(name, folders) {
    const names = process.platform === "win32" ? [`${name}.exe`, `${name}.cmd`] : [name];
    return folders
        .filter((folder) => isAbsolute(folder))
        .flatMap((folder) => names.map((file) => join(folder, file)))
        .find(isExecutable);
}

/** @param {string} path */
function isExecutable(path) {
    try {
        accessSync(path, constants.X_OK);
        return statSync(path).isFile();
    } catch {
        // A bad entry of the PATH (a file, no permission, a loop of links, a name too long) contains no program for us.
        return false;
    }
}
