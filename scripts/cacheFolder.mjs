import { mkdirSync } from "node:fs";
import { userInfo } from "node:os";
import { isAbsolute, join } from "node:path";
import { SetupError } from "./setupError.mjs";

/**
 * The user's home folder. An empty or relative HOME counts as not set: then it is what the system's user list says.
 * @param {NodeJS.ProcessEnv} env
 * @returns {string} absolute
 */
export function homeFolder(env = process.env) {
    const told = process.platform === "win32" ? env["USERPROFILE"] : env["HOME"];
    if (told && isAbsolute(told)) return told;
    const listed = userInfo().homedir;
    if (isAbsolute(listed)) return listed;
    throw new SetupError("no home folder: HOME is empty and the system knows none for this user", {
        remedy: "set HOME, or XDG_CACHE_HOME to a folder that only you can write",
    });
}

/**
 * The one folder outside the repository that the set-up writes to; removing it only costs the time to fill it again.
 * `$XDG_CACHE_HOME/pulumi-wmisec`, else `~/.cache/pulumi-wmisec`; on Windows `%LOCALAPPDATA%\pulumi-wmisec`.
 * Made if absent, for this user alone (programs in it are run).
 * @param {NodeJS.ProcessEnv} env
 * @returns {string} absolute
 * @throws {SetupError} when it can't be made
 */
export function cacheFolder(env = process.env) {
    const told = process.platform === "win32" ? env["LOCALAPPDATA"] : env["XDG_CACHE_HOME"];
    const parent =
        told && isAbsolute(told)
            ? told
            : process.platform === "win32"
              ? join(homeFolder(env), "AppData", "Local")
              : join(homeFolder(env), ".cache");
    const folder = join(parent, "pulumi-wmisec");
    try {
        mkdirSync(folder, { recursive: true, mode: 0o700 });
    } catch (error) {
        throw new SetupError(`the cache folder ${folder} can't be made`, {
            said: String(error),
            remedy: "set XDG_CACHE_HOME (Windows: LOCALAPPDATA) to a folder that you can write",
        });
    }
    return folder;
}
