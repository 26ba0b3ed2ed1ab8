import { setMaxListeners } from "node:events";
import type { WmisecError } from "../../provider/core/errors";
import { ControllerFault } from "../../provider/sessions/controllerFault";
import { Openings, type Place } from "../../provider/sessions/openings";
import { failure } from "../errors";

const never = new AbortController().signal;
setMaxListeners(0, never);
const noHandles = () => new ControllerFault("exhausted", "no files", { remedy: "x" });
const turns = async (count = 20) => {
    for (let at = 0; at < count; at++) await new Promise((resolve) => setImmediate(resolve));
};

/** Something that is opened out of a number of handles. */
class Handles {
    free: number;
    readonly ends: (() => void)[] = [];
    most = 0;
    #now = 0;

    constructor(free: number) {
        this.free = free;
    }

    readonly open = async (place: Place): Promise<string> => {
        if (this.free === 0) throw noHandles();
        this.free--;
        this.most = Math.max(this.most, ++this.#now);
        await turns(2);
        this.#now--;
        place.keeps((ended) => {
            this.ends.push(() => {
                this.free++;
                ended();
            });
        });
        return "opened";
    };

    closeAll(): void {
        for (const end of this.ends.splice(0)) end();
    }
}

test("no more than the limit are under way at once, and a failed one gives its place to the next", async () => {
    const openings = new Openings({ most: 3 });
    let now = 0;
    let most = 0;
    const open = async (index: number) => {
        most = Math.max(most, ++now);
        await turns(2);
        now--;
        if (index % 2 === 0) throw new Error("no");
    };
    const outcomes = await Promise.allSettled(Array.from({ length: 20 }, (_, index) => openings.run(never, () => open(index))));
    expect(most).toBe(3);
    expect(outcomes.filter(({ status }) => status === "fulfilled")).toHaveLength(10);
});

test("more than there are handles for are all opened, as those before them end", async () => {
    const handles = new Handles(7);
    let relieved = 0;
    const openings = new Openings({
        pauseMs: 1,
        relieve: () => {
            relieved++;
            handles.closeAll();
        },
    });
    const all = Array.from({ length: 100 }, () => openings.run(never, handles.open));
    expect(await Promise.all(all)).toEqual(all.map(() => "opened"));
    expect(relieved).toBeGreaterThan(0);
});

test("what holds a handle and will end is waited for, however long that takes", async () => {
    const handles = new Handles(1);
    const openings = new Openings({ pauseMs: 1 });
    await openings.run(never, handles.open);
    let opened = false;
    const second = openings.run(never, handles.open).then(() => {
        opened = true;
    });
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(opened).toBe(false);
    handles.closeAll();
    await second;
});

test("with nothing there that could end, it is told that the machine has nothing left, to all who wait", async () => {
    const openings = new Openings({ pauseMs: 1 });
    const errors = await Promise.all(
        Array.from({ length: 50 }, () => failure(openings.run(never, async () => Promise.reject(noHandles())))),
    );
    expect(new Set(errors.map(({ code }: WmisecError) => code))).toEqual(new Set(["invalidInput"]));
});

test("fewer are let through after a lack of handles, and more again when there are some", async () => {
    const openings = new Openings({ most: 8, pauseMs: 1 });
    const handles = new Handles(1000);
    let lacking = 8;
    const first = Array.from({ length: 8 }, () =>
        openings.run(never, (place) => (lacking-- > 0 ? Promise.reject(noHandles()) : handles.open(place))),
    );
    await Promise.all(first);
    expect(handles.most).toBeLessThan(8);
    await Promise.all(Array.from({ length: 40 }, () => openings.run(never, handles.open)));
    expect(handles.most).toBe(8);
});

test("an opening that waits for something else lets others go on, and comes next", async () => {
    const openings = new Openings({ most: 1 });
    const order: string[] = [];
    let over = () => {};
    const waits = openings.run(never, async (place) => {
        await place.without(() => new Promise<void>((resolve) => (over = resolve)));
        order.push("who waited");
    });
    await turns();
    const others = ["a", "b"].map((name) =>
        openings.run(never, async () => {
            order.push(name);
            over();
            await turns();
        }),
    );
    await Promise.all([waits, ...others]);
    expect(order).toEqual(["a", "who waited", "b"]);
});

test("an opening that takes long gives its place to others, and may still succeed", async () => {
    const openings = new Openings({ most: 2, patienceMs: 1 });
    let over = () => {};
    const long = new Promise<void>((resolve) => (over = resolve));
    const slow = Array.from({ length: 10 }, () => openings.run(never, () => long));
    await openings.run(never, async () => undefined);
    over();
    await Promise.all(slow);
    let now = 0;
    let most = 0;
    const busy = async () => {
        most = Math.max(most, ++now);
        now--;
    };
    await Promise.all(Array.from({ length: 10 }, () => openings.run(never, busy)));
    expect(most).toBeLessThanOrEqual(2);
});

test("a run that is stopped ends those who wait, in line or for handles", async () => {
    const stop = new AbortController();
    const openings = new Openings({ most: 1, pauseMs: 600_000 });
    const without = failure(openings.run(stop.signal, async () => Promise.reject(noHandles())));
    await turns();
    let end = () => {};
    const holder = openings.run(never, () => new Promise<void>((resolve) => (end = resolve)));
    const inLine = failure(openings.run(stop.signal, async () => undefined));
    await turns();
    stop.abort();
    expect([(await inLine).code, (await without).code]).toEqual(["cancelled", "cancelled"]);
    end();
    await holder;
    expect(await openings.run(never, async () => "next")).toBe("next");
});

test("one that fails while it waits for something else leaves no place taken", async () => {
    const openings = new Openings({ most: 1, patienceMs: 600_000 });
    let over = () => {};
    const closed = openings.run(never, async (place) => {
        void place.without(() => new Promise<void>((resolve) => (over = resolve)));
        throw new Error("the host closed the connection");
    });
    await expect(closed).rejects.toThrow("closed");
    over();
    await turns();
    let ran = false;
    void openings.run(never, async () => {
        ran = true;
    });
    await turns();
    expect(ran).toBe(true);
});
