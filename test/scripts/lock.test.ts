import { existsSync, mkdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import { onPosix } from "../posix";
import { runModule, SCRIPTS, temporaryFolder } from "./runModule";

/** Takes the lock and, while it has it, reads a counter, waits, and writes it one higher: two holders at once would lose a count. */
const count = (folder: string) =>
    runModule(`
        import { readFileSync, writeFileSync } from "node:fs";
        import { setTimeout } from "node:timers/promises";
        import { withLock } from "${SCRIPTS}/lock.mjs";
        const counter = "${folder}/counter";
        await withLock("${folder}/lock", async () => {
            const before = Number(readFileSync(counter, "utf8"));
            await setTimeout(50);
            writeFileSync(counter, String(before + 1));
        }, (owner) => writeFileSync("${folder}/waits", owner));
    `);

function counterAt0(): string {
    const folder = temporaryFolder();
    writeFileSync(join(folder, "counter"), "0");
    return folder;
}

/** A lock as another process left it. */
function lockOf(folder: string, owner: { pid: number; machine: string } | undefined, ageSeconds: number): string {
    const lock = join(folder, "lock");
    mkdirSync(lock);
    if (owner) writeFileSync(join(lock, "owner.json"), JSON.stringify({ ...owner, token: "another", name: "somebody" }));
    const then = new Date(Date.now() - ageSeconds * 1000);
    utimesSync(lock, then, then);
    return lock;
}

const counted = (folder: string) => readFileSync(join(folder, "counter"), "utf8");

onPosix("one holder at a time, and the lock is gone afterwards", async () => {
    const folder = counterAt0();
    const ends = await Promise.all([1, 2, 3].map(() => count(folder)));
    expect(ends.map(({ exit, stderr }) => ({ exit, stderr }))).toEqual(ends.map(() => ({ exit: 0, stderr: "" })));
    expect(counted(folder)).toBe("3");
    expect(existsSync(join(folder, "lock"))).toBe(false);
});

onPosix("work that throws gives the lock back", async () => {
    const folder = counterAt0();
    const failed = await runModule(`
        import { withLock } from "${SCRIPTS}/lock.mjs";
        await withLock("${folder}/lock", async () => { throw new Error("work failed"); }, () => {});
    `);
    expect(failed.exit).toBe(1);
    expect(failed.stderr).toContain("work failed");
    expect(existsSync(join(folder, "lock"))).toBe(false);
});

onPosix.each([
    ["whose process is gone", { pid: 2 ** 22 + 1, machine: hostname() }, 0],
    ["of another machine, untouched for an hour", { pid: 1, machine: "elsewhere" }, 3600],
    ["that never got an owner, an hour old", undefined, 3600],
])("a lock %s is taken over", async (_what, owner, age) => {
    const folder = counterAt0();
    lockOf(folder, owner, age);
    expect((await count(folder)).exit).toBe(0);
    expect(counted(folder)).toBe("1");
});

onPosix.each([
    ["whose process lives", { pid: process.pid, machine: hostname() }],
    ["of another machine, touched just now", { pid: 1, machine: "elsewhere" }],
])("a lock %s is waited for, and its holder named", async (_what, owner) => {
    const folder = counterAt0();
    const lock = lockOf(folder, owner, 0);
    const waiting = count(folder);
    while (!existsSync(join(folder, "waits"))) await new Promise((resolve) => setTimeout(resolve, 20));
    // It may look again before the lock is gone: it waits all the same.
    await new Promise((resolve) => setTimeout(resolve, 1_200));
    expect(counted(folder)).toBe("0");
    rmSync(lock, { recursive: true });
    expect((await waiting).exit).toBe(0);
    expect(readFileSync(join(folder, "waits"), "utf8")).toBe("somebody");
    expect(counted(folder)).toBe("1");
});
