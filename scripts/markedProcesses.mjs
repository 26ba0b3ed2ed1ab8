import { readdirSync, readFileSync } from "node:fs";

/**
 * Finds the processes that inherited a variable, even if they made their own process group. It reads /proc, so it finds none on systems other
 * than Linux.
 * @param {string} variable
 * @param {string} value
 * @param {Set<number>} others in and out: processes known not to have it, so that a caller who asks again and again reads few environments
 */
export function pidsWith(variable, value, others = new Set()) {
    const pids =
        process.platform === "linux"
            ? readdirSync("/proc")
                  .map(Number)
                  .filter((pid) => pid > 0 && pid !== process.pid)
            : [];
    // The number of a process that ended may come again.
    const alive = new Set(pids);
    for (const pid of others) if (!alive.has(pid)) others.delete(pid);
    return pids.filter((pid) => {
        if (others.has(pid)) return false;
        const isMarked = readProcess(pid, "environ").split("\0").includes(`${variable}=${value}`);
        if (!isMarked) others.add(pid);
        return isMarked;
    });
}

/** @param {number | "self"} pid @param {string} file @returns {string} empty if the process is gone or belongs to another user */
export function readProcess(pid, file) {
    try {
        return readFileSync(`/proc/${pid}/${file}`, "utf8");
    } catch (error) {
        if (error instanceof Error && /ENOENT|ESRCH|EACCES|EPERM/.test(error.message)) return "";
        throw error;
    }
}
