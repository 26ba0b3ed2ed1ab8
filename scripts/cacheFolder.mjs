import { mkdirSync } from "node:fs";
import { userInfo } from "node:os";
import { isAbsolute, join } from "node:path";
import { SetupError } from "./setupError.mjs";

const WINDOWS = process.platform === "win32";

/** The user's home folder. An empty or relative HOME counts as not set; then the system's user list decides. */
export function homeFolder() {
    const home = absolute(process.env[WINDOWS ? "USERPROFILE" : "HOME"]) ?? absolute(userInfo().homedir);
    if (home) return home;
    throw new SetupError("no home folder: HOME is empty and the system knows none for this user", {
        remedy: "set HOME, or XDG_CACHE_HOME to a folder that only you can write",
    });
}

/**
 * The only folder outside the repository that the set-up writes to. If it is removed, the next set-up only takes longer.
 * `$XDG_CACHE_HOME/pulumi-wmisec`, or `~/.cache/pulumi-wmisec`; on Windows `%LOCALAPPDATA%\pulumi-wmisec`.
 * Created if missing, for this user alone, because we run programs from it.
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
