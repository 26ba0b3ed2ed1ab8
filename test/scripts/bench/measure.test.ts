import { existsSync, readFileSync } from "node:fs";
import { runModule, SCRIPTS } from "../runModule";

/** What is measured of a piece of work; `lines` may use `spawn`, `once`, `sleep`, and must pass `env` on. */
async function measured(
    lines: string,
): Promise<{ readonly seconds: number; readonly cpuSeconds: number; readonly peakBytes: number; readonly result: unknown }> {
    const { stdout, stderr } = await runModule(`
        import { spawn } from "node:child_process";
        import { once } from "node:events";
        import { setTimeout as sleep } from "node:timers/promises";
        import { measured } from "${SCRIPTS}/bench/measure.mjs";
        const node = (code, env) => spawn(process.execPath, ["-e", code], { env: { ...process.env, ...env }, stdio: ["pipe", "pipe", "inherit"] });
        console.log(JSON.stringify(await measured(async (env) => { ${lines} })));
    `);
    expect(stderr).toBe("");
    return JSON.parse(stdout);
}

/** Works until it has used this much CPU time, whatever else the machine does. */
const burn = (ms: number) => `while (process.cpuUsage().user + process.cpuUsage().system < ${ms * 1000});`;

const here = process.platform === "linux" ? test : test.skip;
const title = (what: string) => (process.platform === "linux" ? what : `${what} [skipped: CPU and memory are measured on Linux]`);

here(title("the CPU time of children and of theirs counts"), async () => {
    const grandchild = JSON.stringify(burn(400));
    const child = JSON.stringify(`${burn(300)} require("node:child_process").execFileSync(process.execPath, ["-e", ${grandchild}]);`);
    const { cpuSeconds } = await measured(`await once(node(${child}, env), "exit");`);
    // The system counts in hundredths of a second, for each process.
    expect(cpuSeconds).toBeGreaterThan(0.66);
});

here(title("the CPU time of who outlives its parent counts, too, and it is ended"), async () => {
    const orphan = JSON.stringify(`${burn(500)} console.log(process.pid); setInterval(() => {}, 1000);`);
    const child = JSON.stringify(
        `require("node:child_process").spawn(process.execPath, ["-e", ${orphan}], { detached: true, stdio: ["ignore", "inherit", "ignore"] }).unref();`,
    );
    const { cpuSeconds, result } = await measured(`
        const child = node(${child}, env);
        const exit = once(child, "exit");
        const [pid] = await once(child.stdout, "data");
        await exit;
        child.stdout.destroy();
        return Number(pid);
    `);
    expect(cpuSeconds).toBeGreaterThan(0.48);
    const runs = () => existsSync(`/proc/${result}/cmdline`) && readFileSync(`/proc/${result}/cmdline`, "utf8") !== "";
    // It was told to end, and may not have got to it yet.
    for (const deadline = Date.now() + 60_000; Date.now() < deadline && runs(); ) await new Promise((settle) => setTimeout(settle, 20));
    expect(runs()).toBe(false);
});

/** A process that holds memory until its input ends. */
const HOLDER = JSON.stringify(`
    const held = Buffer.alloc(100 << 20, 1);
    console.log(held.length);
    process.stdin.on("end", () => process.exit()).resume();
`);
/** Ends such processes, but not before somebody has looked at them. */
const LOOKED_AT = `
    await Promise.all(children.map((child) => once(child.stdout, "data")));
    await sleep(500);
    await Promise.all(children.map((child) => { child.stdin.end(); return once(child, "exit"); }));
`;

here(title("the memory of all that run at the same time is added up"), async () => {
    const { peakBytes } = await measured(`const children = [node(${HOLDER}, env), node(${HOLDER}, env)]; ${LOOKED_AT}`);
    expect(peakBytes).toBeGreaterThan(200 << 20);
});

here(title("the memory of others does not count"), async () => {
    const { peakBytes } = await measured(`const children = [node(${HOLDER}, {})]; ${LOOKED_AT}`);
    expect(peakBytes).toBe(0);
});
