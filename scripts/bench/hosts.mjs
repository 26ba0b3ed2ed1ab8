/**
 * Simulated hosts in a process of their own, so that what the controller takes is measured alone. Started by ../benchSessions.mjs with a channel:
 * gets `{ count, options }`, answers with their connections, and to each "counts" with what happened at them so far.
 */
import { startSimulatedHosts } from "../../dist/provider/simulator/index.js";

/** @type {readonly import("../../dist/provider/simulator/index.js").SimulatedHost[]} */
let hosts = [];

process.on("message", async (/** @type {"counts" | { count: number, options: object }} */ asked) => {
    if (asked !== "counts") {
        hosts = await startSimulatedHosts(asked.count, asked.options);
        process.send?.(hosts.map(({ connection }) => connection));
        return;
    }
    const sum = (/** @type {keyof typeof hosts[0]["counters"]} */ name) =>
        hosts.reduce((total, { counters }) => total + Number(counters[name]), 0);
    process.send?.({
        connections: sum("connections"),
        requests: sum("httpRequests"),
        up: sum("wireBytesReceived"),
        down: sum("wireBytesSent"),
        processes: sum("processesStarted"),
        left: sum("shellsOpen") + sum("processesRunning"),
        refused: hosts.flatMap(({ refused }) => refused).length,
    });
});
process.on("disconnect", () => process.exit());
