import { cancelled } from "./cancelled";

export interface SessionRoomOptions {
    /** How many sessions may be open at once. @default 500 */
    readonly most?: number;
    /** Called while somebody waits: it should close idle sessions. */
    readonly relieve?: () => void;
    /** Milliseconds between two such calls. @default 500 */
    readonly askMs?: number;
}

/**
 * Limits the number of open sessions. If there is no room, the next waits until a session ends, first come first served. Each session
 * uses a connection, or a program `ssh` with its files, of the machine that runs pulumi. A fleet must not use up all of them.
 */
export class SessionRoom {
    readonly #most: number;
    readonly #relieve: () => void;
    readonly #askMs: number;
    readonly #waiting: (() => void)[] = [];
    #taken = 0;
    #asking: NodeJS.Timeout | undefined;

    constructor({ most = 500, relieve = () => undefined, askMs = 500 }: SessionRoomOptions = {}) {
        this.#most = most;
        this.#relieve = relieve;
        this.#askMs = askMs;
    }

    /**
     * Holds room for the session of `open` until it has ended, or `open` has failed.
     * @throws what `open` throws; WmisecError `cancelled` if `signal` fires before there is room
     */
    async hold<S extends { onEnd(listener: () => void): void }>(signal: AbortSignal, open: () => Promise<S>): Promise<S> {
        await this.#enter(signal);
        try {
            const opened = await open();
            opened.onEnd(() => this.#leave());
            return opened;
        } catch (error) {
            this.#leave();
            throw error;
        }
    }

    #enter(signal: AbortSignal): Promise<void> {
        if (signal.aborted) return Promise.reject(cancelled());
        if (this.#taken < this.#most) {
            this.#taken++;
            return Promise.resolve();
        }
        return new Promise((resolve, reject) => {
            const go = () => {
                signal.removeEventListener("abort", stop);
                resolve();
            };
            const stop = () => {
                this.#waiting.splice(this.#waiting.indexOf(go), 1);
                this.#ask();
                reject(cancelled());
            };
            this.#waiting.push(go);
            signal.addEventListener("abort", stop, { once: true });
            this.#ask();
        });
    }

    #leave(): void {
        const next = this.#waiting.shift();
        if (next === undefined) this.#taken--;
        else next();
        this.#ask();
    }

    /** Keeps asking while somebody waits: a session that is busy now may be idle later. */
    #ask(): void {
        if (this.#waiting.length === 0) {
            clearInterval(this.#asking);
            this.#asking = undefined;
        } else if (this.#asking === undefined) {
            this.#asking = setInterval(() => this.#relieve(), this.#askMs).unref();
            this.#relieve();
        }
    }
}
