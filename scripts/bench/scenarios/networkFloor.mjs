import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import spawn from "nano-spawn";
import { withHosts } from "../hostProcesses.mjs";
import { commandHosts } from "./connections.mjs";

const CLIENT = fileURLToPath(new URL("../networkClient.mjs", import.meta.url));

/** What the network, the logins and the start of a process on each host take: one session and one command a host, all hosts at once. @type {import("./scenario.mjs").Scenario} */
export const networkFloor = {
    name: "network-floor",
    title: "network alone: ssh2, one command a host",
    side: "floor",
    upTo: Number.POSITIVE_INFINITY,
    dependsOn: ["hosts", "startup"],
    missing: async () => undefined,
    run: (bench) =>
        withHosts(commandHosts(bench), async ({ connections, counts }) => {
            const file = join(bench.login.folder, "hosts.json");
            writeFileSync(file, JSON.stringify(connections));
            await bench.measure("first up", {
                work: (env) => spawn(process.execPath, [CLIENT, file, bench.login.keyFile], { env }),
                counts,
            });
        }),
};
