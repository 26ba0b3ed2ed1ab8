import { mkdirSync } from "node:fs";
import { userInfo } from "node:os";
import { isAbsolute, join } from "node:path";
import { SetupError } from "./setupError.mjs";

const WINDOWS = process.platform === "win32";

/** The user's home folder. An empty or relative HOME counts as not set: then it is what the system's user list says. */
export function homeFolder() {
    const home = absolute(process.env[WINDOWS ? "USERPROFILE" : "HOME"]) ?? absolute(userInfo().homedir);
    if (home) return home;
    throw new SetupError("no home folder: HOME is empty and the system knows none for this user", {
        remedy: "set HOME, or XDG_CACHE_HOME to a folder that only you can write",
    });
}

/**
 * The one folder outside the repository that the set-up writes to; removing it only costs the time to fill it again.
 * `$XDG_CACHE_HOME/pulumi-wmisec`, else `~/.cache/pulumi-wmisec`; on Windows `%LOCALAPPDATA%\pulumi-wmisec`.
 * Made if absent, for this user alone (programs in it are run).
 */
export function cacheFolder() {
    const parent =
        absolute(process.env[WINDOWS ? "LOCALAPPDATA" : "XDG_CACHE_HOME"]) ?? join(homeFolder(), WINDOWS ? "AppData/Local" : ".cache");
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

/** @param {string | undefined} path */
function absolute(path) {
    return path && isAbsolute(path) ? path : undefined;
}
