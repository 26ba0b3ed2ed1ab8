import { setTimeout as sleep } from "node:timers/promises";
import { pidsWith, readProcess } from "./markedProcesses.mjs";

/** All processes that a test run starts inherit this variable. */
export const RUN_MARK = "WMISEC_TEST_RUN";
/** How long a process may take to notice that its test is over. */
const PATIENCE_MS = 5_000;

/**
 * Kills the processes that have a run's mark, except this one.
 * @param {string} mark
 * @returns {Promise<string[]>} process id and command of each
 */
export async function endStrays(mark) {
    const left = () => pidsWith(RUN_MARK, mark);
    for (const deadline = Date.now() + PATIENCE_MS; Date.now() < deadline && left().length > 0; ) await sleep(200);
    return left().map((pid) => {
        const command = readProcess(pid, "cmdline").replaceAll("\0", " ").trim();
        process.kill(pid, "SIGKILL");
        return `${pid} ${command}`;
    });
}
