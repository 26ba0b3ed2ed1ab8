import { join } from "node:path";
import { run, SCRIPTS } from "../scripts/runModule";

test("the bench measures ours on two hosts", async () => {
    const args = ["--hosts", "2", "--start-ups", "0", "--scenarios", "network-floor,fleet-ssh,single-ssh"];
    const { exit, stdout, stderr } = await run([join(SCRIPTS, "bench.mjs"), ...args], { HOME: process.env["HOME"] });
    expect([exit, stderr]).toEqual([0, ""]);
    const rows = stdout.split("\n").filter((line) => line.startsWith("| 2 |") && !line.includes(" / "));
    const cells = rows.map((line) => line.split(" | "));
    const connections = Object.fromEntries(cells.map(([, , title = "", ...numbers]) => [title, numbers.slice(6, 8)]));
    expect(connections).toMatchObject({
        "network alone: ssh2, one command a host": ["2", "2"],
        "ours: 2 resources a host, SSH": ["2", "2"],
    });
});
