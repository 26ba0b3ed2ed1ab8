import { Pool, type PoolOptions } from "../../provider/sessions/pool";
import { failure } from "../errors";
import { eventually } from "./common";

class Thing {
    closed = 0;
    readonly #listeners: (() => void)[] = [];
    onEnd(listener: () => void): void {
        this.#listeners.push(listener);
    }
    end(): void {
        for (const listener of this.#listeners) listener();
    }
    async close(): Promise<void> {
        this.closed++;
        this.end();
    }
}

const pools: Pool<Thing>[] = [];
const newPool = (options?: PoolOptions) => {
    const pool = new Pool<Thing>(options);
    pools.push(pool);
    return pool;
};
afterEach(async () => {
    await Promise.all(pools.splice(0).map((pool) => pool.closeAll()));
});

/** Opens things, and remembers them. */
function opener() {
    const things: Thing[] = [];
    const open = async () => {
        const thing = new Thing();
        things.push(thing);
        return thing;
    };
    return { things, open };
}

test("those who ask for one key share one resource, asked at once or later", async () => {
    const pool = newPool();
    const { things, open } = opener();
    const leases = await Promise.all([pool.lease("a", open), pool.lease("a", open)]);
    leases.push(await pool.lease("a", open));
    expect(things).toHaveLength(1);
    expect(leases.map(({ resource }) => resource)).toEqual([things[0], things[0], things[0]]);
    expect((await pool.lease("b", open)).resource).not.toBe(things[0]);
});

test("a resource is closed when the last lease has been over for a while, and not before", async () => {
    const pool = newPool({ idleMs: 20 });
    const { things, open } = opener();
    const first = await pool.lease("a", open);
    const second = await pool.lease("a", open);
    first.release();
    first.release();
    await new Promise((resolve) => setTimeout(resolve, 60));
    expect(things[0]?.closed).toBe(0);
    second.release();
    const third = await pool.lease("a", open);
    await new Promise((resolve) => setTimeout(resolve, 60));
    expect(things[0]?.closed).toBe(0);
    third.release();
    await eventually(() => things[0]?.closed === 1, "idle close");
    await pool.lease("a", open);
    expect(things).toHaveLength(2);
});

test("one that ended by itself is not handed out again, and its late release touches nobody", async () => {
    const pool = newPool({ idleMs: 0 });
    const { things, open } = opener();
    const old = await pool.lease("a", open);
    old.resource.end();
    const fresh = await pool.lease("a", open);
    expect(fresh.resource).not.toBe(old.resource);
    old.release();
    await new Promise((resolve) => setTimeout(resolve, 30));
    expect(things.map(({ closed }) => closed)).toEqual([0, 0]);
});

test("an opening that fails fails for all who wait, and the next one tries again", async () => {
    const pool = newPool();
    const { open } = opener();
    const broken = () => Promise.reject(new Error("no"));
    const outcomes = await Promise.allSettled([pool.lease("a", broken), pool.lease("a", open)]);
    expect(outcomes.map(({ status }) => status)).toEqual(["rejected", "rejected"]);
    await pool.lease("a", open);
});

describe("closeAll", () => {
    test("closes what is leased and what is idle, and refuses new ones", async () => {
        const pool = newPool();
        const { things, open } = opener();
        await pool.lease("a", open);
        (await pool.lease("b", open)).release();
        await pool.closeAll();
        expect(things.map(({ closed }) => closed)).toEqual([1, 1]);
        expect((await failure(pool.lease("c", open))).code).toBe("cancelled");
        expect(things).toHaveLength(2);
    });

    test("tells those who are opening, and closes what opens too late", async () => {
        const pool = newPool();
        const late = new Thing();
        const opening = pool.lease("a", (signal) => new Promise((resolve) => signal.addEventListener("abort", () => resolve(late))));
        await pool.closeAll();
        await opening;
        expect(late.closed).toBe(1);
    });

    test("does not wait for ever for one that hangs", async () => {
        const pool = newPool();
        await pool.lease("a", async () => Object.assign(new Thing(), { close: () => new Promise<void>(() => {}) }));
        await pool.closeAll();
    });
});
