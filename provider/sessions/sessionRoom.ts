import { cancelled } from "./cancelled";

export interface SessionRoomOptions {
    /** How many sessions may be open at once. @default 500 */
    readonly most?: number;
    /** Called while somebody waits: whoever holds an idle session gives it back. */
    readonly relieve?: () => void;
    /** Milliseconds between two such calls. @default 500 */
    readonly askMs?: number;
}

/**
 * Room for a limited number of open sessions; who finds none waits for one to end, first come first served. Each session is a
 * connection, or a program `ssh` with its files, of the machine that runs pulumi: a fleet must not take all of it.
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
     * Room for what `open` opens, from now until it has ended; where it fails, no longer.
     * @throws what `open` throws; WmisecError `cancelled` when `signal` fires before there is room
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

    /** Asks for room as long as somebody waits: a session that is busy now may be idle later. */
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
