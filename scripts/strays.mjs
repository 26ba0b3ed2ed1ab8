import { readdirSync, readFileSync } from "node:fs";

/** Processes that a test run starts inherit this variable, whatever process group they make for themselves. */
export const RUN_MARK = "WMISEC_TEST_RUN";

/**
 * The processes that carry a run's mark, this one aside. Linux only (it reads /proc); elsewhere it finds none.
 * @param {string} mark
 * @returns {{ pid: number, command: string }[]}
 */
export function strayProcesses(mark) {
    if (process.platform !== "linux") return [];
    const found = [];
    for (const name of readdirSync("/proc")) {
        const pid = Number(name);
        if (!Number.isInteger(pid) || pid === process.pid) continue;
        if (read(pid, "environ").split("\0").includes(`${RUN_MARK}=${mark}`)) {
            found.push({ pid, command: read(pid, "cmdline").split("\0").join(" ").trim() });
        }
    }
    return found;
}

/**
 * @param {number} pid
 * @param {string} file
 * @returns {string} empty when the process is gone or another user's
 */
function read(pid, file) {
    try {
        return readFileSync(`/proc/${pid}/${file}`, "utf8");
    } catch (error) {
        const code = /** @type {NodeJS.ErrnoException} */ (error).code;
        if (code === "ENOENT" || code === "ESRCH" || code === "EACCES" || code === "EPERM") return "";
        throw error;
    }
}
