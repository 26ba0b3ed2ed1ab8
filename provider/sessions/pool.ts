import { setMaxListeners } from "node:events";
import { cancelled } from "./cancelled";
import { settledWithin } from "./ending";

export interface Poolable {
    /** Calls back when the resource ends or is closed; at once if it has ended already. */
    onEnd(listener: () => void): void;
    /** Settles when it is gone; never rejects. */
    close(): Promise<void>;
}

export interface Lease<R> {
    readonly resource: R;
    /** Later calls do nothing. */
    release(): void;
}

export interface PoolOptions {
    /** Milliseconds after which a resource that nobody leases is closed. @default 15000 */
    readonly idleMs?: number;
}

interface Entry<R> {
    readonly opening: Promise<R>;
    leases: number;
    idle: NodeJS.Timeout | undefined;
}

/** `closeAll` settles within so many milliseconds. */
const CLOSE_ALL_MS = 900;

/**
 * Keeps one open resource for each key. All callers with that key share it. It is closed when nobody has leased it for a while.
 * If a resource ends by itself, the next caller gets a new one. If an opening fails, it fails for all who waited for it, and
 * the next caller tries again.
 */
export class Pool<R extends Poolable> {
    readonly #entries = new Map<string, Entry<R>>();
    readonly #stop = new AbortController();
    readonly #idleMs: number;

    constructor({ idleMs = 15_000 }: PoolOptions = {}) {
        // Every wait and dial listens to it. Without this, Node.js prints a warning at the eleventh listener.
        setMaxListeners(0, this.#stop.signal);
        this.#idleMs = idleMs;
    }

    /**
     * @param open called when there is no resource for `key`; its signal fires when the pool is closed.
     * @throws what `open` throws; WmisecError `cancelled` once the pool is closed.
     */
    async lease(key: string, open: (signal: AbortSignal) => Promise<R>): Promise<Lease<R>> {
        if (this.#stop.signal.aborted) throw cancelled();
        const entry = this.#entries.get(key) ?? this.#add(key, open);
        entry.leases++;
        clearTimeout(entry.idle);
        const resource = await entry.opening;
        let released = false;
        return {
            resource,
            release: () => {
                if (released) return;
                released = true;
                entry.leases--;
                if (entry.leases === 0) this.#closeWhenIdle(key, entry, resource);
            },
        };
    }

    /** Ends every opening and every resource, leased or not, and refuses new ones; settles within a second. */
    async closeAll(): Promise<void> {
        this.#stop.abort();
        const entries = [...this.#entries.values()];
        this.#entries.clear();
        const closed = entries.map(async (entry) => {
            clearTimeout(entry.idle);
            await (await entry.opening).close();
        });
        await settledWithin(CLOSE_ALL_MS, Promise.allSettled(closed));
    }

    #add(key: string, open: (signal: AbortSignal) => Promise<R>): Entry<R> {
        const entry: Entry<R> = { opening: open(this.#stop.signal), leases: 0, idle: undefined };
        this.#entries.set(key, entry);
        const forget = () => {
            clearTimeout(entry.idle);
            if (this.#entries.get(key) === entry) this.#entries.delete(key);
        };
        entry.opening.then((resource) => resource.onEnd(forget), forget);
        return entry;
    }

    /** The timer does not keep the process alive. The resource itself does, for `idleMs` at most. */
    #closeWhenIdle(key: string, entry: Entry<R>, resource: R): void {
        if (this.#entries.get(key) !== entry) return;
        entry.idle = setTimeout(() => {
            this.#entries.delete(key);
            void resource.close();
        }, this.#idleMs).unref();
    }
}
