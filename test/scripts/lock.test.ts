import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from "node:fs";
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
        await withLock("${folder}/it", "it is being made", async () => {
            const before = Number(readFileSync(counter, "utf8"));
            await setTimeout(50);
            writeFileSync(counter, String(before + 1));
        });
    `);

function counterAt0(): string {
    const folder = temporaryFolder();
    writeFileSync(join(folder, "counter"), "0");
    return folder;
}

/** A lock as another process left it. */
function lockOf(folder: string, holder: string | undefined, ageSeconds: number): string {
    const lock = join(folder, "it.lock");
    mkdirSync(lock);
    if (holder !== undefined) writeFileSync(join(folder, "it"), holder);
    const then = new Date(Date.now() - ageSeconds * 1000);
    utimesSync(lock, then, then);
    return lock;
}

const counted = (folder: string) => readFileSync(join(folder, "counter"), "utf8");

onPosix("one holder at a time, and nothing is left afterwards", async () => {
    const folder = counterAt0();
    const ends = await Promise.all([1, 2, 3].map(() => count(folder)));
    expect(ends.map(({ exit }) => exit)).toEqual([0, 0, 0]);
    expect(counted(folder)).toBe("3");
    expect(readdirSync(folder)).toEqual(["counter"]);
});

onPosix("work that throws releases the lock", async () => {
    const folder = counterAt0();
    const failed = await runModule(`
        import { withLock } from "${SCRIPTS}/lock.mjs";
        await withLock("${folder}/it", "it is being made", async () => { throw new Error("work failed"); });
    `);
    expect(failed.exit).toBe(1);
    expect(failed.stderr).toContain("work failed");
    expect(readdirSync(folder)).toEqual(["counter"]);
});

onPosix("a process that gets a signal to end releases the lock", async () => {
    const folder = counterAt0();
    const holding = runModule(`
        import { withLock } from "${SCRIPTS}/lock.mjs";
        await withLock("${folder}/it", "it is being made", () => new Promise((resolve) => setTimeout(resolve, 60_000)));
    `);
    while (!existsSync(join(folder, "it"))) await new Promise((resolve) => setTimeout(resolve, 20));
    holding.kill("SIGTERM");
    await holding;
    expect(existsSync(join(folder, "it.lock"))).toBe(false);
});

onPosix.each([
    ["whose holder did not touch it for an hour", "process 1 elsewhere"],
    ["that never got a holder, an hour old", undefined],
])("a lock %s is taken over", async (_what, holder) => {
    const folder = counterAt0();
    lockOf(folder, holder, 3_600);
    expect((await count(folder)).exit).toBe(0);
    expect(counted(folder)).toBe("1");
});

onPosix("a lock whose holder died a moment ago is taken over after seconds", async () => {
    const folder = counterAt0();
    lockOf(folder, "process 1 elsewhere", 0);
    expect((await count(folder)).exit).toBe(0);
    expect(counted(folder)).toBe("1");
});

onPosix.each([
    ["process 1 elsewhere", "it is being made by process 1 elsewhere: waiting for it\n"],
    [undefined, "it is being made by another run: waiting for it\n"],
])("a lock that was touched just now is waited for, and its holder named: %s", async (holder, said) => {
    const folder = counterAt0();
    const lock = lockOf(folder, holder, 0);
    const waiting = count(folder);
    // It may look again before the lock is gone: it waits all the same.
    await new Promise((resolve) => setTimeout(resolve, 2_000));
    expect(counted(folder)).toBe("0");
    rmSync(lock, { recursive: true });
    expect(await waiting).toEqual({ exit: 0, stdout: "", stderr: said });
    expect(counted(folder)).toBe("1");
});
