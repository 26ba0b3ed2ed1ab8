import { randomUUID } from "node:crypto";
import { pidsWith, readProcess } from "../markedProcesses.mjs";

/** All processes of a measured piece of work inherit this variable. */
const MARK = "WMISEC_BENCH_RUN";
const EVERY_MS = 200;
/** Linux tells times of processes in hundredths of a second (USER_HZ), whatever the kernel's own clock is. */
const TICK_MS = 10;
const KIB = 1024;

/** @typedef {{ seconds: number, cpuSeconds: number | undefined, peakBytes: number | undefined }} Measured
 * `cpuSeconds`: of all processes that the work started; `peakBytes`: the largest sum of their resident memory, looked at 5 times a second.
 * Both undefined on systems other than Linux. */

/**
 * Measures work that is done by processes that it starts, one piece at a time.
 * @template T
 * @param {(environment: Record<string, string>) => Promise<T>} work must give the environment to what it starts
 * @returns {Promise<Measured & { result: T }>}
 */
export async function measured(work) {
    const isLinux = process.platform === "linux";
    const mark = randomUUID();
    /** @type {Set<number>} */
    const others = new Set();
    /** CPU of those who outlived their parents, as last seen. @type {Map<number, number>} */
    const orphans = new Map();
    let peakBytes = 0;
    const look = () => {
        const family = pidsWith(MARK, mark, others);
        const parents = new Set([process.pid, ...family]);
        let bytes = 0;
        for (const pid of family) {
            bytes += residentBytes(pid);
            const { parent, ownMs, endedMs } = statOf(pid);
            if (parent !== undefined && !parents.has(parent)) orphans.set(pid, ownMs + endedMs);
        }
        peakBytes = Math.max(peakBytes, bytes);
    };
    const watching = isLinux ? setInterval(look, EVERY_MS) : undefined;
    const before = statOf("self").endedMs;
    const start = performance.now();
    try {
        const result = await work({ [MARK]: mark });
        const seconds = (performance.now() - start) / 1000;
        if (!isLinux) return { result, seconds, cpuSeconds: undefined, peakBytes: undefined };
        look();
        // The system adds the time of a process that ended to its parent's account, and so on up to this process. An orphan's time is lost there.
        const cpuMs = statOf("self").endedMs - before + [...orphans.values()].reduce((sum, ms) => sum + ms, 0);
        return { result, seconds, cpuSeconds: cpuMs / 1000, peakBytes };
    } finally {
        clearInterval(watching);
        // Such as connections that Ansible keeps open for the next play.
        for (const pid of pidsWith(MARK, mark, others)) end(pid);
    }
}

/** @param {number} pid */
function end(pid) {
    try {
        process.kill(pid, "SIGTERM");
    } catch (error) {
        // It may have ended by itself.
        if (!(error instanceof Error && "code" in error && error.code === "ESRCH")) throw error;
    }
}

/**
 * @param {number | "self"} pid
 * @returns {{ parent: number | undefined, ownMs: number, endedMs: number }} `endedMs`: CPU of children that ended, and of theirs
 */
function statOf(pid) {
    // The name in parentheses may have blanks. After it come the fields from the third one on (proc_pid_stat(5)).
    const fields = readProcess(pid, "stat").split(") ").at(-1)?.split(" ").map(Number) ?? [];
    const [, parent, , , , , , , , , , user = 0, system = 0, endedUser = 0, endedSystem = 0] = fields;
    return { parent, ownMs: (user + system) * TICK_MS, endedMs: (endedUser + endedSystem) * TICK_MS };
}

/** @param {number} pid */
function residentBytes(pid) {
    return Number(/^VmRSS:\s+(\d+) kB/m.exec(readProcess(pid, "status"))?.[1] ?? 0) * KIB;
}
