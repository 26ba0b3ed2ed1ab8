/**
 * Hosts in a process of their own, so that controllers can be measured alone; hostProcesses.mjs starts it. The first message says which hosts. The
 * answer has their connections, and each "counts" is answered with what has happened on the hosts so far.
 */
import { startSimulatedHosts } from "../../dist/provider/simulator/index.js";
import { startCommandHosts } from "./commandHosts.mjs";
import { CONTOSO, isDeclared } from "./policy.mjs";

/**
 * @typedef {{ kind: "windows", count: number, options: import("../../dist/provider/simulator/index.js").SimulatedHostOptions }
 *   | { kind: "commands", count: number, options: import("./commandHosts.mjs").CommandHostOptions }} HostsAsked
 * `windows`: simulated hosts of the package, which run our agent only. `commands`: SSH servers that answer any command.
 * @typedef {object} Counts
 * @property {number} connections
 * @property {number} requests over HTTP
 * @property {number} processes that were started
 * @property {number} up bytes to hosts @property {number} down bytes from hosts
 * @property {number} left processes and shells that are still there
 * @property {number} refused what clients did that ours never do
 * @property {number} declared hosts that have the whole policy, as far as they know
 */

/** @type {() => Counts} */
let count;

process.on("message", async (/** @type {"counts" | HostsAsked} */ asked) => {
    if (asked === "counts") process.send?.(count());
    else process.send?.(await start(asked));
});
process.on("disconnect", () => process.exit());

/** @param {HostsAsked} asked */
async function start(asked) {
    if (asked.kind === "commands") {
        const hosts = await startCommandHosts(asked.count, asked.options);
        count = hosts.counts;
        return hosts.connections;
    }
    const hosts = await startSimulatedHosts(asked.count, { machine: { namespaces: CONTOSO }, ...asked.options });
    const sum = (/** @type {keyof typeof hosts[0]["counters"]} */ name) =>
        hosts.reduce((total, host) => total + Number(host.counters[name]), 0);
    count = () => ({
        connections: sum("connections"),
        requests: sum("httpRequests"),
        processes: sum("processesStarted"),
        up: sum("wireBytesReceived"),
        down: sum("wireBytesSent"),
        left: sum("shellsOpen") + sum("processesRunning"),
        refused: hosts.flatMap(({ refused }) => refused).length,
        declared: hosts.filter(({ machine }) => isDeclared(machine)).length,
    });
    return hosts.map(({ connection }) => connection);
}
