/**
 * Simulated hosts in a separate process, so that the controller can be measured alone. sessions.mjs starts it with a message channel. It answers
 * `{ count, options }` with the hosts' connections, and each "counts" with what has happened on the hosts so far.
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
