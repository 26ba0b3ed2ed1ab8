import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { onPosix } from "../posix";
import { program, runModule, SCRIPTS, temporaryFolder } from "./runModule";

interface StepOptions {
    command?: string;
    timeoutMs?: number;
    before?: string;
    env?: NodeJS.ProcessEnv;
}

/** A step that runs this shell script. */
function step(lines: string, { command, timeoutMs, before = "", env = {} }: StepOptions = {}) {
    const folder = temporaryFolder();
    const work = command ?? program(join(folder, "work"), lines);
    const options = JSON.stringify({
        title: "working: a while",
        command: work,
        args: ["hard"],
        cwd: folder,
        remedy: "work less",
        timeoutMs,
    });
    const running = runModule(
        `
        ${before}
        import { reportAndFail } from "${SCRIPTS}/setupError.mjs";
        import { longStep } from "${SCRIPTS}/longStep.mjs";
        await longStep(${options}).catch(reportAndFail);
        `,
        env,
    );
    return { folder, work, running };
}

/** Writes its number and its child's, which both would live for a minute. */
const TWO_PROCESSES = `sleep 60 & echo "$$ $!" > pids.new; mv pids.new pids; wait`;

async function pidsIn(folder: string): Promise<number[]> {
    const file = join(folder, "pids");
    while (!existsSync(file)) await new Promise((resolve) => setTimeout(resolve, 20));
    return readFileSync(file, "utf8").trim().split(" ").map(Number);
}

/** Waits until they are gone: a process that is killed may take a moment. */
async function gone(pids: readonly number[]): Promise<void> {
    const isRunning = (pid: number) => {
        const file = `/proc/${pid}/cmdline`;
        return existsSync(file) && readFileSync(file, "utf8") !== "";
    };
    while (pids.some(isRunning)) await new Promise((resolve) => setTimeout(resolve, 20));
}

onPosix("in a pipe: a line at the beginning and one at the end, and not what the program wrote", async () => {
    const { running } = step("echo out; echo err >&2");
    expect(await running).toEqual({
        exit: 0,
        stdout: "",
        stderr: expect.stringMatching(/^working: a while\nworking: a while \.\.\. done in 0:0\d\n$/),
    });
});

const TERMINAL = `Object.assign(process.stderr, { isTTY: true, columns: 80, cursorTo() {}, clearLine() {}, moveCursor() {} });`;

onPosix("on a terminal: a line that counts, and one at the end", async () => {
    const { stderr } = await step("sleep 1.5", { before: TERMINAL }).running;
    expect(stderr).toContain("working: a while ... 0:01");
    expect(stderr.split("\n")).toEqual([expect.stringMatching(/working: a while \.\.\. done in 0:0\d$/), ""]);
});

onPosix.each([{ CI: "true" }, { TERM: "dumb" }])("with %j a terminal gets plain lines, too", async (env) => {
    const { stderr } = await step("exit 0", { before: TERMINAL, env }).running;
    expect(stderr).toMatch(/^working: a while\nworking: a while \.\.\. done in 0:0\d\n$/);
});

onPosix("a program that fails is quoted, the last 30 lines of it, with what was tried and what to do", async () => {
    const { running, work, folder } = step("for i in $(seq 40); do echo line $i; done; echo at last >&2; exit 3");
    const { exit, stderr } = await running;
    expect(exit).toBe(1);
    expect(stderr).toMatch(/^working: a while\nworking: a while \.\.\. failed after 0:0\d\n\nworking: a while: exit 3\n/);
    const said = stderr.slice(stderr.indexOf("said:"), stderr.indexOf("  tried:"));
    expect(said).toContain("line 40\n");
    expect(said).toContain("at last\n");
    expect(said.trimEnd().split("\n")).toHaveLength(30);
    expect(stderr).toContain(`  tried: ${work} hard (in ${folder})\n  do:    work less\n`);
});

onPosix("a program that is killed, and one that can't be started, are told apart", async () => {
    expect((await step("kill -9 $$").running).stderr).toContain("working: a while: killed by SIGKILL");
    const { stderr } = await step("", { command: "/not/there" }).running;
    expect(stderr).toMatch(/working: a while: did not start: spawn .* ENOENT/);
});

onPosix("a program that takes too long is ended, with all that it started", async () => {
    const { running, folder } = step(TWO_PROCESSES, { timeoutMs: 1_500 });
    const pids = await pidsIn(folder);
    expect((await running).stderr).toContain("working: a while: no end after 1500 ms");
    await gone(pids);
});

onPosix.each([
    ["SIGINT", 130, ""],
    ["SIGTERM", 143, ""],
    ["SIGINT", 130, TERMINAL],
] as const)("%s ends the program, with all that it started (exit %d) %s", async (signal, exit, before) => {
    const { running, folder } = step(TWO_PROCESSES, { before });
    const pids = await pidsIn(folder);
    running.kill(signal);
    expect((await running).exit).toBe(exit);
    await gone(pids);
});
