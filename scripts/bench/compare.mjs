import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { USER, withFleet } from "../demo/project.mjs";
import { printTable } from "../demo/table.mjs";
import { SetupError } from "../setupError.mjs";

const FLEETS = [10, 40];
/** Milliseconds until a PowerShell process on a host begins to read. A real one takes about 300 to 1,000. */
const STARTUP_MS = 300;
/** How many resources the engine handles at a time. */
const PARALLEL = 16;

/** Without a separate refresh: the example's `refresh: always` would turn each phase into two. @type {[title: string, args: string[]][]} */
const PHASES = [
    ["preview, no host", ["preview", "--refresh=false"]],
    ["first up", ["up", "--yes", "--skip-preview", "--refresh=false"]],
    ["preview --refresh", ["preview", "--refresh"]],
    ["destroy", ["destroy", "--yes", "--skip-preview", "--refresh=false"]],
];

const BASELINE = join(import.meta.dirname, "oneProcessPerAction.cjs");
/** The same fleet, as a program for the baseline. */
const BASELINE_PROGRAM = `
import { readFileSync } from "node:fs";
import * as pulumi from "@pulumi/pulumi";

const __provider = ${JSON.stringify(`exports.handler=()=>require(${JSON.stringify(BASELINE)}).provider`)};
class Action extends pulumi.CustomResource {
    constructor(name: string, props: object) {
        super("pulumi-nodejs:dynamic/bench:Action", name, { ...props, __provider });
    }
}
for (const { name, host, port, hostKey } of JSON.parse(readFileSync("inventory.json", "utf8"))) {
    const connection = { host, port, hostKey, user: ${JSON.stringify(USER)}, password: { env: "WMISEC_DEMO_PASSWORD" } };
    for (const kind of ["flag", "value"]) new Action(name + "-" + kind, { connection, kind });
}
`;

/** @typedef {import("../demo/project.mjs").SimulatedHost} SimulatedHost */

export async function compare() {
    const rows = [["hosts", "phase", "ours s", "baseline s", "baseline/ours", "ours: connections, processes", "baseline"]];
    for (const size of FLEETS) {
        const ours = await phasesOf(size, "ours");
        const baseline = await phasesOf(size, "baseline");
        for (const [index, our] of ours.entries()) {
            const base = baseline[index];
            if (base === undefined) throw new Error(`${our.title} was not measured`);
            const ratio = (base.seconds / our.seconds).toFixed(2);
            rows.push([String(size), our.title, our.seconds.toFixed(1), base.seconds.toFixed(1), ratio, our.counts, base.counts]);
        }
    }
    printTable(rows);
    console.log(
        `\nBoth: the same engine, a TypeScript program, 2 resources a host, ${PARALLEL} resources at a time. "no host" is what these cost alone.\n` +
            "Ours: one connection and process a host. Baseline: one for each look and each write.\n" +
            `Hosts are simulated; a process on one takes ${STARTUP_MS} ms to start.`,
    );
}

/** @param {number} size hosts @param {"ours" | "baseline"} side */
function phasesOf(size, side) {
    const names = Array.from({ length: size }, (_, index) => `host-${String(index + 1).padStart(2, "0")}`);
    const fleet = names.map((name) => ({ options: { name, startupMs: STARTUP_MS }, inventory: { checkSinkAccess: true } }));
    return withFleet(fleet, async (project, hosts) => {
        if (side === "baseline") writeFileSync(join(project.program, "index.ts"), BASELINE_PROGRAM);
        const phases = [];
        for (const [title, args] of PHASES) {
            console.log(`${hosts.length} hosts, ${side}: ${title}`);
            const before = countsOf(hosts);
            const start = performance.now();
            await project.run([...args, "--parallel", String(PARALLEL)]);
            const seconds = (performance.now() - start) / 1000;
            const counts = countsOf(hosts).map((count, index) => count - (before[index] ?? 0));
            phases.push({ title, seconds, counts: counts.join(", ") });
            if (title === "first up") expectAll(hosts, true);
        }
        expectAll(hosts, false);
        return phases;
    });
}

/** Counts connections and processes so far. @param {readonly SimulatedHost[]} hosts */
function countsOf(hosts) {
    const counters = hosts.map((host) => host.counters);
    return /** @type {const} */ (["connections", "processesStarted"]).map((name) => counters.reduce((sum, { [name]: n }) => sum + n, 0));
}

/**
 * Checks that both sides did the same work. If they did not, the numbers mean nothing.
 * @param {readonly SimulatedHost[]} hosts
 * @param {boolean} isUp
 */
function expectAll(hosts, isUp) {
    const wrong = hosts.find(({ machine }) => {
        const value = machine.value("SOFTWARE\\Microsoft\\WBEM\\CIMOM", "UnsecAppAccessControlDefault");
        return (machine.flag("root/cimv2") === true) !== isUp || (value !== "absent") !== isUp;
    });
    if (wrong) throw new SetupError(`${wrong.name} is not as declared`, { remedy: "this is a bug: please report it" });
}
