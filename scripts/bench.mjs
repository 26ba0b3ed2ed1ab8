/**
 * How long `pulumi` takes with this provider for fleets of simulated hosts, two resources each, beside a provider that opens a connection and
 * starts a process on the host for every action (bench/oneProcessPerAction.cjs). Seconds are this machine's; the ratios within one run and
 * the counts on the hosts say something.
 */
import { randomBytes } from "node:crypto";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { DemoProject } from "./demo/project.mjs";
import { madeBySetup } from "./madeBySetup.mjs";
import { reportAndFail, SetupError } from "./setupError.mjs";

const FLEETS = [10, 40];
/** Milliseconds until a PowerShell process on a host reads; a real one takes about 300 to 1,000. */
const STARTUP_MS = 300;
/** Resources at a time. */
const PARALLEL = 16;
const USER = "CONTOSO\\svc-pulumi";

/** Without a refresh of their own: the example's `refresh: always` would make each two. @type {[title: string, args: string[]][]} */
const PHASES = [
    ["preview, no host", ["preview", "--refresh=false"]],
    ["first up", ["up", "--yes", "--skip-preview", "--refresh=false"]],
    ["preview --refresh", ["preview", "--refresh"]],
    ["destroy", ["destroy", "--yes", "--skip-preview", "--refresh=false"]],
];

/** The same fleet as a program of the baseline's. */
const BASELINE_PROGRAM = `
import { readFileSync } from "node:fs";
import * as pulumi from "@pulumi/pulumi";

const __provider = ${JSON.stringify(
    `exports.handler=()=>require(${JSON.stringify(fileURLToPath(new URL("./bench/oneProcessPerAction.cjs", import.meta.url)))}).provider`,
)};
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

/** @typedef {import("../dist/provider/simulator/index.js").SimulatedHost} SimulatedHost */

try {
    const rows = [["hosts", "phase", "ours s", "baseline s", "baseline/ours", "ours: connections, processes", "baseline"]];
    for (const size of FLEETS) {
        const ours = await phasesOf(size, "ours");
        const baseline = await phasesOf(size, "baseline");
        for (const [index, [title]] of PHASES.entries()) {
            const [our, base] = [ours[index], baseline[index]];
            if (our === undefined || base === undefined) throw new Error(`${title} was not measured`);
            const ratio = (base.seconds / our.seconds).toFixed(2);
            rows.push([String(size), title, our.seconds.toFixed(1), base.seconds.toFixed(1), ratio, our.counts, base.counts]);
        }
    }
    print(rows);
    console.log(
        `\nBoth: the same engine, a TypeScript program, 2 resources a host, ${PARALLEL} resources at a time. "no host" is what these cost alone.\n` +
            "Ours: one connection and process a host. Baseline: one for each look and each write.\n" +
            `Hosts are simulated; a process on one takes ${STARTUP_MS} ms to start.`,
    );
} catch (error) {
    reportAndFail(error);
}

/**
 * @param {number} size hosts
 * @param {"ours" | "baseline"} side
 * @returns {Promise<{ seconds: number, counts: string }[]>} in the order of PHASES
 */
async function phasesOf(size, side) {
    const cli = madeBySetup();
    const { startSimulatedHosts } = await import("../dist/provider/simulator/index.js");
    const password = randomBytes(12).toString("base64url");
    const hosts = await startSimulatedHosts(
        Array.from({ length: size }, (_, index) => ({
            name: `host-${String(index + 1).padStart(2, "0")}`,
            startupMs: STARTUP_MS,
            users: [{ user: USER, password }],
        })),
    );
    try {
        return await measured(cli, hosts, password, side);
    } finally {
        await Promise.all(hosts.map((host) => host.stop()));
    }
}

/**
 * @param {ReturnType<typeof madeBySetup>} cli
 * @param {readonly SimulatedHost[]} hosts
 * @param {string} password
 * @param {string} side
 */
async function measured(cli, hosts, password, side) {
    const inventory = hosts.map(({ name, address, port, hostKey }) => ({ name, host: address, port, hostKey, checkSinkAccess: true }));
    const project = new DemoProject(cli, { inventory, password });
    try {
        if (side === "baseline") writeFileSync(join(project.program, "index.ts"), BASELINE_PROGRAM);
        await project.init(USER);
        const phases = [];
        for (const [title, args] of PHASES) {
            console.log(`${hosts.length} hosts, ${side}: ${title}`);
            const before = countsOf(hosts);
            const start = performance.now();
            await project.run([...args, "--parallel", String(PARALLEL)]);
            const seconds = (performance.now() - start) / 1000;
            const counts = countsOf(hosts).map((count, index) => count - (before[index] ?? 0));
            phases.push({ seconds, counts: counts.join(", ") });
            if (title === "first up") expectAll(hosts, true);
        }
        expectAll(hosts, false);
        return phases;
    } finally {
        project.dispose();
    }
}

/**
 * Connections and processes so far.
 * @param {readonly SimulatedHost[]} hosts
 */
function countsOf(hosts) {
    const sum = (/** @type {"connections" | "processesStarted"} */ name) =>
        hosts.reduce((total, { counters }) => total + counters[name], 0);
    return [sum("connections"), sum("processesStarted")];
}

/**
 * Both sides must have done the same work, or the numbers mean nothing.
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

/** @param {string[][]} rows the first is the head */
function print(rows) {
    const widths = rows[0]?.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0))) ?? [];
    const line = (/** @type {string[]} */ row) => `| ${row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(" | ")} |`;
    const [head = [], ...body] = rows;
    console.log(`\n${line(head)}\n|${widths.map((width) => "-".repeat(width + 2)).join("|")}|\n${body.map(line).join("\n")}`);
}
