import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { onPosix } from "../posix";
import { run, SCRIPTS, temporaryFolder } from "./runModule";

/** Runs `npm test`'s program on a folder of test files of its own. */
async function testRun(files: Record<string, string>, ...args: string[]) {
    const root = temporaryFolder();
    for (const [name, text] of Object.entries(files)) writeFileSync(join(root, name), text);
    writeFileSync(join(root, "jest.config.js"), "module.exports = { testEnvironment: 'node' };");
    const ended = await run([join(SCRIPTS, "test.mjs"), `--rootDir=${root}`, `--config=${join(root, "jest.config.js")}`, ...args], {
        HOME: root,
        TMPDIR: root,
    });
    const lines = ended.stdout.trimEnd().split("\n");
    return { ...ended, lines, last: lines.at(-1) };
}

const PASSES = `test("one", () => {}); test("two", () => {});`;
const FAILS = `test("three", () => { throw new Error("no"); });`;

test("all pass: the true numbers, last, and exit 0", async () => {
    const ended = await testRun({ "a.test.js": PASSES, "b.test.js": `test("three", () => {});` });
    expect(ended.last).toBe("3 passed, 0 failed, 0 skipped");
    expect(ended.exit).toBe(0);
});

test("one fails: exit 1", async () => {
    const ended = await testRun({ "a.test.js": PASSES, "b.test.js": FAILS });
    expect(ended.last).toBe("2 passed, 1 failed, 0 skipped");
    expect(ended.exit).toBe(1);
});

test("skipped tests are told with their reasons, one line a group", async () => {
    const ended = await testRun({
        "a.test.js": `
            describe.skip("a real host [skipped: WMISEC_TEST_HOST is not set]", () => { test("one", () => {}); test("two", () => {}); });
            describe("agent", () => { test.skip("runs [skipped: no pwsh on PATH]", () => {}); test.todo("later"); test("here", () => {}); });
        `,
    });
    expect(ended.lines.slice(-4)).toEqual([
        "skipped: 2 tests of a real host (WMISEC_TEST_HOST is not set)",
        "skipped: agent > runs (no pwsh on PATH)",
        "skipped: agent > later (no reason given)",
        "1 passed, 0 failed, 4 skipped",
    ]);
    expect(ended.exit).toBe(0);
});

test("arguments go to Jest: what they leave out is not counted", async () => {
    const ended = await testRun({ "a.test.js": PASSES, "b.test.js": FAILS }, "a.test", "-t", "one");
    expect(ended.last).toBe("1 passed, 0 failed, 0 skipped");
    expect(ended.exit).toBe(0);
});

test("a file that does not load counts as a failure", async () => {
    const ended = await testRun({ "a.test.js": PASSES, "b.test.js": "this is no JavaScript", "c.test.js": FAILS });
    expect(ended.last).toBe("2 passed, 2 failed, 0 skipped");
    expect(ended.exit).toBe(1);
});

test.each([
    ["no test file", {}, "failed: Jest ended with exit 1, without results", "0 passed, 1 failed, 0 skipped"],
    [
        "only skipped tests",
        { "a.test.js": `test.skip("one [skipped: here]", () => {});` },
        "failed: no test ran",
        "0 passed, 1 failed, 1 skipped",
    ],
])("%s is a failure", async (_what, files, problem, last) => {
    const ended = await testRun(files);
    expect(ended.lines).toContain(problem);
    expect(ended.last).toBe(last);
    expect(ended.exit).toBe(1);
});

onPosix("Jest killed in the middle is a failure", async () => {
    const ended = await testRun({ "a.test.js": `test("one", () => { process.kill(process.pid, "SIGKILL"); });` }, "--runInBand");
    expect(ended.lines.slice(-2)).toEqual(["failed: Jest ended with SIGKILL, without results", "0 passed, 1 failed, 0 skipped"]);
    expect(ended.exit).toBe(1);
});

onPosix("a process that a test left running is named, ended, and a failure", async () => {
    const ended = await testRun({
        "a.test.js": `test("one", () => {
            require("node:child_process").spawn(process.execPath, ["-e", "setTimeout(() => {}, 60000)"], { detached: true, stdio: "ignore" }).unref();
        });`,
    });
    expect(ended.last).toBe("1 passed, 1 failed, 0 skipped");
    const pid = Number(/a test left a process running: (\d+) .*setTimeout/.exec(ended.stdout)?.[1]);
    expect(isRunning(pid)).toBe(false);
    expect(ended.exit).toBe(1);
});

/** A process that was killed and that nobody waited for is still in the list, with an empty command. */
function isRunning(pid: number): boolean {
    const file = `/proc/${pid}/cmdline`;
    return existsSync(file) && readFileSync(file, "utf8") !== "";
}
