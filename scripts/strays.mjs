import { readdirSync, readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";

/** All processes that a test run starts inherit this variable, even if they make their own process group. */
export const RUN_MARK = "WMISEC_TEST_RUN";
/** How long a process may take to notice that its test is over. */
const PATIENCE_MS = 5_000;

/**
 * Kills the processes that have a run's mark, except this one. It reads /proc, so it finds none on systems other than Linux.
 * @param {string} mark
 * @returns {Promise<string[]>} process id and command of each
 */
export async function endStrays(mark) {
    for (const deadline = Date.now() + PATIENCE_MS; Date.now() < deadline && pidsOf(mark).length > 0; ) await sleep(200);
    return pidsOf(mark).map((pid) => {
        const command = read(pid, "cmdline").replaceAll("\0", " ").trim();
        process.kill(pid, "SIGKILL");
        return `${pid} ${command}`;
    });
}

/** @param {string} mark */
function pidsOf(mark) {
    const pids = process.platform === "linux" ? readdirSync("/proc").map(Number) : [];
    return pids.filter((pid) => pid > 0 && pid !== process.pid && read(pid, "environ").split("\0").includes(`${RUN_MARK}=${mark}`));
}

/** @param {number} pid @param {string} file @returns {string} empty if the process is gone or belongs to another user */
function read(pid, file) {
    try {
        return readFileSync(`/proc/${pid}/${file}`, "utf8");
    } catch (error) {
        if (error instanceof Error && /ENOENT|ESRCH|EACCES|EPERM/.test(error.message)) return "";
        throw error;
    }
}
