import { runModule, SCRIPTS } from "../runModule";
import { type Row, row } from "./rows";

async function report(rows: readonly Row[]): Promise<string> {
    const { stdout, stderr } = await runModule(`
        import { markdown } from "${SCRIPTS}/bench/report.mjs";
        process.stdout.write(markdown({ rows: ${JSON.stringify(rows)}, command: "npm run bench", machine: "2 cores" }));
    `);
    expect(stderr).toBe("");
    return stdout;
}

const ratiosIn = (text: string) => text.split("\n").filter((line) => line.includes(" / "));

test("a run as people read it: where it ran, what was measured and what was not", async () => {
    const counts = { connections: 1000, processes: 4000, up: 2048, down: 1536 };
    const first = { seconds: 12.34, cpuSeconds: 20, peakBytes: 300 << 20, stateBytes: 5000, counts };
    const text = await report([
        {
            scenario: "a",
            title: "first",
            side: "ours",
            hosts: 1000,
            startupMs: 0,
            phases: { "first up": first, destroy: { ...first, seconds: 3 } },
        },
        { scenario: "b", title: "second", side: "floor", phases: { "first up": { seconds: 1, counts } } },
        { scenario: "c", title: "third", side: "peer", hosts: 10, startupMs: 0, phases: {}, skipped: "there is none" },
        { scenario: "c", title: "third", side: "peer", hosts: 100, startupMs: 330, phases: {}, skipped: "there is none" },
        { scenario: "c", title: "third", side: "peer", hosts: 1000, startupMs: 330, phases: {}, skipped: "too many" },
    ]);
    expect(text).toBe(
        [
            "`npm run bench` on 2 cores.",
            "",
            "| hosts | start-up, ms | what | first up, s | up, nothing to do, s | preview --refresh, s | destroy, s | CPU, s | peak, MiB | connections | processes | KiB up | KiB down | state, KiB |",
            `|${" --- |".repeat(14)}`,
            "| 1,000 | 0 | first | 12.3 |  |  | 3.0 | 20.0 | 300 | 1,000 | 4,000 | 2 | 2 | 5 |",
            "|  |  | second | 1.0 |  |  |  |  |  | 1,000 | 4,000 | 2 | 2 |  |",
            "",
            "Not measured:",
            "",
            "- third: there is none (10 hosts at 0 ms, 100 hosts at 330 ms)",
            "- third: too many (1,000 hosts at 330 ms)",
            "- CPU and memory: only Linux tells them",
        ].join("\n"),
    );
});

test("ratios of what was measured at the same size, with the targets where there are some", async () => {
    const rows = [
        row("cli-start", undefined, { "preview --refresh": 3 }),
        row("network-floor", 200, { "first up": 1 }),
        row("fleet-ssh", 200, { "first up": 5, "preview --refresh": 6 }),
        row("remote-command", 200, { "first up": 60 }),
        row("ansible-raw", 200, { "first up": 25 }),
        row("remote-command", 200, { "first up": 1 }, 0),
        row("single-ssh", 100, { "first up": 1 }),
        row("fleet-ssh", 50, { "first up": 4 }),
        row("remote-command", 50, { "first up": 10 }),
    ];
    expect(ratiosIn(await report(rows))).toEqual([
        "| first up: remote-command / fleet-ssh | 200 | 330 | 12.00 | at least 8 |",
        "| first up: ansible-raw / fleet-ssh | 200 | 330 | 5.00 | at least 4 |",
        "| preview --refresh: fleet-ssh / (cli-start + network-floor) | 200 | 330 | 1.50 | at most 1.5 |",
        "| first up: remote-command / fleet-ssh | 50 | 330 | 2.50 |  |",
    ]);
});

test("what one host takes in a large fleet, beside a small one", async () => {
    const rows = [
        row("fleet-ssh", 100, { "first up": 10 }),
        row("fleet-ssh", 1000, { "first up": 110 }),
        row("fleet-ssh", 1000, { "first up": 5 }, 0),
    ];
    expect(ratiosIn(await report(rows))).toEqual([
        "| first up, a host: fleet-ssh / fleet-ssh with 100 hosts | 1,000 | 330 | 1.10 | at most 1.2 |",
    ]);
});

test("the native plugin beside the dynamic provider: its size has a column, and its CPU time a ratio", async () => {
    const row = (scenario: string, seconds: number, cpuSeconds: number, pluginBytes?: number): Row => {
        const phase = { seconds, cpuSeconds, peakBytes: 0, counts: { connections: 0, processes: 0, up: 0, down: 0 }, pluginBytes };
        return {
            scenario,
            title: scenario,
            side: "ours",
            hosts: 1,
            startupMs: 330,
            phases: { "first up": phase, "up, nothing to do": phase },
        };
    };
    const text = await report([row("single-ssh", 8, 10), row("native-bundle", 4, 4, 4 << 20), { ...row("native-bundle", 1, 1), hosts: 2 }]);
    expect(text).toMatch(/\| state, KiB \| plugin, KiB \|/);
    expect(text).toMatch(/\| native-bundle .* \| 4,096 \|$/m);
    expect(ratiosIn(text)).toEqual([
        "| first up: native-bundle / single-ssh | 1 | 330 | 0.50 |  |",
        "| first up, CPU: native-bundle / single-ssh | 1 | 330 | 0.40 |  |",
        "| up, nothing to do: native-bundle / single-ssh | 1 | 330 | 0.50 |  |",
    ]);
});
