import { type Job, Scheduler } from "../../provider/fleet/scheduler";

/** A job that ends when it is told to. */
class Work {
    readonly job: Job;
    isWriting = false;
    isCut = false;
    private finish = (): void => undefined;

    constructor(
        private readonly running: Set<string>,
        readonly name: string,
        via?: string,
    ) {
        this.job = {
            via,
            run: () => {
                running.add(name);
                return new Promise((resolve) => {
                    this.finish = resolve;
                });
            },
            isWriting: () => this.isWriting,
            cut: () => {
                this.isCut = true;
                this.end();
            },
        };
    }

    end(): void {
        this.running.delete(this.name);
        this.finish();
    }
}

const LIMITS = { concurrency: 64, perJumpHost: 32, perSecond: undefined };
/** Lets everything happen that waits for nothing but its turn. */
const settled = async () => {
    for (let turn = 0; turn < 50; turn += 1) await Promise.resolve();
};

let running: Set<string>;
let stopping: AbortController;
beforeEach(() => {
    running = new Set();
    stopping = new AbortController();
});
afterEach(() => jest.useRealTimers());

const works = (count: number, name = "h", via?: string) =>
    Array.from({ length: count }, (_, index) => new Work(running, `${name}${index}`, via));
const scheduled = (all: readonly Work[], limits: Partial<typeof LIMITS> | { perSecond: number } = {}) =>
    new Scheduler({ ...LIMITS, ...limits }, stopping.signal).run(all.map(({ job }) => job));
const isOver = async (run: Promise<void>) => {
    let over = false;
    void run.then(() => {
        over = true;
    });
    await settled();
    return over;
};

test("no more run at a time than concurrency says, and another begins as soon as one ends", async () => {
    const all = works(5);
    const run = scheduled(all, { concurrency: 2 });
    await settled();
    expect([...running]).toEqual(["h0", "h1"]);
    all[1]?.end();
    await settled();
    expect([...running]).toEqual(["h0", "h2"]);
    for (const one of [0, 2, 3, 4]) {
        await settled();
        all[one]?.end();
    }
    await run;
    expect(running.size).toBe(0);
});

test("no jobs: it is over at once", async () => scheduled([]));

test("each jump host has a limit of its own; hosts that need none have not", async () => {
    void scheduled([...works(5, "a", "jump-a:22"), ...works(5, "b", "jump-b:22"), ...works(5, "c")], { perJumpHost: 2 });
    await settled();
    expect([...running].sort()).toEqual(["a0", "a1", "b0", "b1", "c0", "c1", "c2", "c3", "c4"]);
});

test("lanes take turns", async () => {
    const all = [...works(3, "a", "jump-a:22"), ...works(3, "b", "jump-b:22"), ...works(3, "c")];
    void scheduled(all, { concurrency: 1 });
    const order: string[] = [];
    for (let index = 0; index < 9; index += 1) {
        await settled();
        const [name] = running;
        order.push(name ?? "?");
        all.find((one) => one.name === name)?.end();
    }
    expect(order).toEqual(["a0", "b0", "c0", "a1", "b1", "c1", "a2", "b2", "c2"]);
});

test("jump hosts that are slow, even with as many hosts as may run at all, do not hold up the others", async () => {
    const slow = [...works(10, "a", "jump-a:22"), ...works(10, "b", "jump-b:22")];
    const fast = works(20);
    void scheduled([...slow, ...fast], { concurrency: 6, perJumpHost: 3 });
    for (let round = 0; round < 20; round += 1) {
        await settled();
        fast.find(({ name }) => running.has(name))?.end();
    }
    await settled();
    expect(running.size).toBe(6);
    expect(fast.filter(({ name }) => running.has(name))).toEqual([]);
});

test("no more begin in a second than perSecond says", async () => {
    jest.useFakeTimers();
    void scheduled(works(5), { perSecond: 2 });
    await settled();
    expect(running.size).toBe(1);
    await jest.advanceTimersByTimeAsync(499);
    expect(running.size).toBe(1);
    await jest.advanceTimersByTimeAsync(1);
    expect(running.size).toBe(2);
    await jest.advanceTimersByTimeAsync(1500);
    expect(running.size).toBe(5);
});

describe("a stop", () => {
    test("begins no more jobs, and is over at once if none is under way", async () => {
        stopping.abort();
        await scheduled(works(3));
        expect(running.size).toBe(0);
    });

    test("also while it waits for the next second", async () => {
        jest.useFakeTimers();
        const all = works(3);
        const run = scheduled(all, { perSecond: 1 });
        await settled();
        all[0]?.end();
        stopping.abort();
        await run;
        expect(running.size).toBe(0);
    });

    test("gives looks two seconds, and leaves those that take longer", async () => {
        jest.useFakeTimers();
        const [quick, slow, next] = works(3);
        const run = scheduled(
            [quick, slow, next].flatMap((one) => one ?? []),
            { concurrency: 2 },
        );
        await settled();
        stopping.abort();
        expect(await isOver(run)).toBe(false);
        quick?.end();
        await jest.advanceTimersByTimeAsync(1999);
        expect(await isOver(run)).toBe(false);
        await jest.advanceTimersByTimeAsync(1);
        await run;
        expect([...running]).toEqual(["h1"]);
        expect(slow?.isCut).toBe(false);
    });

    test("awaits writes, and is over when the last has ended", async () => {
        jest.useFakeTimers();
        const [look, write] = works(2);
        const run = scheduled([look, write].flatMap((one) => one ?? []));
        await settled();
        if (write !== undefined) write.isWriting = true;
        stopping.abort();
        await jest.advanceTimersByTimeAsync(16_000);
        expect(await isOver(run)).toBe(false);
        write?.end();
        await run;
        expect(write?.isCut).toBe(false);
    });

    test("cuts a write that takes too long", async () => {
        jest.useFakeTimers();
        const [write] = works(1);
        const run = scheduled([write].flatMap((one) => one ?? []));
        await settled();
        if (write !== undefined) write.isWriting = true;
        stopping.abort();
        await jest.advanceTimersByTimeAsync(16_999);
        expect(write?.isCut).toBe(false);
        await jest.advanceTimersByTimeAsync(1);
        await run;
        expect(write?.isCut).toBe(true);
    });
});
