/**
 * Measures the cost of a session for each transport and kind of login, and of a fleet whose hosts are all asked at once: requests, bytes, CPU and
 * memory of the controller alone (the simulated hosts run in another process, hosts.mjs). Times depend on this machine; counts and bytes do not.
 */
import { connectHosts } from "../../dist/provider/connect.js";
import { namespacePath } from "../../dist/provider/core/namespacePath.js";
import { LEDGER_ONLY } from "../../dist/provider/core/wire/observation.js";
import { withHosts } from "./hostProcesses.mjs";

/** How many sessions to average, one after another. */
const SESSIONS = 20;
const LOOK = { ...LEDGER_ONLY, namespaces: [namespacePath("root/cimv2")] };
const MIB = 1 << 20;

/** @typedef {import("../../dist/provider/core/connection/index.js").Connection} Connection */

/** @type {[string, object][]} */
const WAYS = [
    ["SSH, password", {}],
    ["WinRM, Basic over HTTPS", { transport: "winrm", winrm: { authentication: ["basic"] } }],
    ["WinRM, NTLM sealed over HTTP", { transport: "winrm", winrm: { scheme: "http" } }],
    ["WinRM, NTLM bound over HTTPS", { transport: "winrm", winrm: { channelBinding: "strict" } }],
];

export async function compareSessions() {
    console.log(`A session: the agent, two looks, the end. Means of ${SESSIONS}.`);
    print("", "connections", "HTTP requests", "KiB up", "KiB down", "controller's CPU ms");
    print(...Array(6).fill("---"));
    for (const [title, options] of WAYS) {
        const { cpuMs, counts } = await withSimulated(options, 1, async (connections) => {
            // The first session loads and compiles what the later ones only use.
            await failuresOf(connections, 2);
            const cpu = process.cpuUsage();
            for (let index = 0; index < SESSIONS; index++) await failuresOf(connections, 2);
            return cpu;
        });
        const mean = (/** @type {number} */ sum) => (sum / (SESSIONS + 1)).toFixed(0);
        const kib = [counts.up, counts.down].map((bytes) => mean(bytes / 1024));
        print(title, mean(counts.connections), mean(counts.requests), ...kib, (cpuMs / SESSIONS).toFixed(1));
    }
}

/**
 * @param {number} size how many hosts
 * @returns {Promise<boolean>} whether every host answered from one process, and nothing was refused
 */
export async function askFleet(size) {
    let allWell = true;
    console.log(`\n${size} hosts, all asked at once: one look each.`);
    print("", "failed", "processes", "left behind", "seconds", "controller's CPU s", "controller's peak MiB");
    print(...Array(7).fill("---"));
    for (const [title, options] of WAYS) {
        let failed = 0;
        let peak = 0;
        const watching = setInterval(() => {
            peak = Math.max(peak, process.memoryUsage.rss());
        }, 50);
        const { ms, cpuMs, counts } = await withSimulated(options, size, async (connections) => {
            const cpu = process.cpuUsage();
            failed = await failuresOf(connections, 1);
            return cpu;
        });
        clearInterval(watching);
        const seconds = [ms, cpuMs].map((each) => (each / 1000).toFixed(1));
        print(title, String(failed), String(counts.processes), String(counts.left), ...seconds, (peak / MIB).toFixed(0));
        if (failed > 0 || counts.refused > 0 || counts.processes !== size) allWell = false;
    }
    return allWell;
}

/**
 * Runs `work` with simulated hosts, and returns its time, its CPU time and the counts.
 * @param {object} options
 * @param {number} count
 * @param {(connections: readonly Connection[]) => Promise<NodeJS.CpuUsage>} work returns the CPU usage at the moment when measuring begins
 */
const withSimulated = (options, count, work) =>
    withHosts({ kind: "windows", count, options }, async ({ connections, counts }) => {
        const start = performance.now();
        const { user, system } = process.cpuUsage(await work(connections));
        return { ms: performance.now() - start, cpuMs: (user + system) / 1000, counts: await counts() };
    });

/**
 * Does what one process of a controller does: opens a session to each host, and closes all sessions at the end.
 * @param {readonly Connection[]} connections
 * @param {number} looks how many for each host
 * @returns {Promise<number>} how many hosts failed
 */
async function failuresOf(connections, looks) {
    const hosts = connectHosts(() => undefined, {});
    const ends = await Promise.allSettled(
        connections.map(async (connection) => {
            const host = hosts.host(connection);
            for (let index = 0; index < looks; index++) await host.observe(LOOK);
        }),
    );
    const failures = ends.flatMap((end) => (end.status === "rejected" ? [String(end.reason)] : []));
    if (failures[0] !== undefined) console.error(failures[0]);
    await hosts.closeAll();
    return failures.length;
}

/** @param {string[]} cells */
function print(...cells) {
    console.log(`| ${cells.join(" | ")} |`);
}
