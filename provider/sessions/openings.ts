import { cancelled } from "./cancelled";
import { ControllerFault } from "./controllerFault";

export interface OpeningsOptions {
    /** How many may be in progress at once. @default 32 */
    readonly most?: number;
    /** Called when the machine has run out of handles: it should close idle sessions. */
    readonly relieve?: () => void;
    /** Milliseconds after which a slow opening gives its place to another. @default 5000 */
    readonly patienceMs?: number;
    /** Milliseconds between two attempts while the machine has run out. @default 500 */
    readonly pauseMs?: number;
}

/** The place that one opening takes. */
export interface Place {
    /** Gives the place to others during a wait that is not for the network. Then takes the next free place. */
    without<T>(wait: () => Promise<T>): Promise<T>;
    /** What was opened stays open until `onEnd` calls back. Its end may let another be opened. */
    keeps(onEnd: (ended: () => void) => void): void;
}

/** Failed attempts, with nothing of ours left that could end, before the fault is reported. */
const MOST_VAIN = 4;

/**
 * Limits the number of openings in progress; the others wait their turn, first come first served. A host that is dead or
 * hangs keeps its place only for a while.
 *
 * If the machine runs out of file handles, that is not a host's fault. Then the limit is halved, and grows by one with each
 * success. The failed opening is retried as long as something of ours is left that will end.
 */
export class Openings {
    readonly #most: number;
    readonly #relieve: () => void;
    readonly #patienceMs: number;
    readonly #pauseMs: number;
    #limit: number;
    #underWay = 0;
    /** Sessions that are open. */
    #open = 0;
    /** Openings and sessions that have ended, except for a lack of handles. */
    #ends = 0;
    readonly #running = new Set<Place>();
    readonly #waiting: (() => void)[] = [];

    constructor({ most = 32, relieve = () => undefined, patienceMs = 5000, pauseMs = 500 }: OpeningsOptions = {}) {
        this.#most = most;
        this.#relieve = relieve;
        this.#patienceMs = patienceMs;
        this.#pauseMs = pauseMs;
        this.#limit = most;
    }

    /**
     * @throws what `task` throws; WmisecError `cancelled` when `signal` fires before the task's turn has come.
     */
    async run<T>(signal: AbortSignal, task: (place: Place) => Promise<T>): Promise<T> {
        for (let vain = 0; ; ) {
            await this.#take(signal, "behind others");
            const { place, end } = this.#place(signal);
            this.#running.add(place);
            let fault: ControllerFault;
            try {
                const opened = await task(place);
                this.#limit = Math.min(this.#most, this.#limit + 1);
                this.#ends++;
                return opened;
            } catch (error) {
                if (!(error instanceof ControllerFault && error.lack === "exhausted")) {
                    this.#ends++;
                    throw error;
                }
                fault = error;
                this.#limit = Math.max(1, Math.floor(this.#underWay / 2));
            } finally {
                this.#running.delete(place);
                end();
            }
            vain = (await this.#someEnd(signal)) ? 0 : vain + 1;
            if (vain === MOST_VAIN) throw fault;
        }
    }

    /** Waits a moment. @returns whether anything has ended meanwhile, or will end and free its handles */
    async #someEnd(signal: AbortSignal): Promise<boolean> {
        const [ends, others] = [this.#ends, [...this.#running]];
        this.#relieve();
        await pause(this.#pauseMs, signal);
        return this.#open > 0 || this.#ends > ends || others.some((one) => this.#running.has(one));
    }

    /** For a place that was just taken. */
    #place(signal: AbortSignal): { place: Place; end: () => void } {
        let patience: NodeJS.Timeout | undefined;
        let ended = false;
        const taken = () => {
            patience = setTimeout(leave, this.#patienceMs).unref();
            // The opening may have failed while it waited for its turn. Then nobody else would give the place back.
            if (ended) leave();
        };
        const leave = () => {
            if (patience === undefined) return;
            clearTimeout(patience);
            patience = undefined;
            this.#leave();
        };
        const place: Place = {
            without: async (wait) => {
                leave();
                try {
                    return await wait();
                } finally {
                    // A rejection means that the run is stopping, which the caller notices itself.
                    if (!ended) await this.#take(signal, "in front").then(taken, () => undefined);
                }
            },
            keeps: (onEnd) => {
                this.#open++;
                onEnd(() => {
                    this.#open--;
                    this.#ends++;
                });
            },
        };
        const end = () => {
            ended = true;
            leave();
        };
        taken();
        return { place, end };
    }

    #leave(): void {
        this.#underWay--;
        while (this.#underWay < this.#limit && this.#waiting.length > 0) this.#waiting.shift()?.();
    }

    #take(signal: AbortSignal, where: "in front" | "behind others"): Promise<void> {
        return new Promise((resolve, reject) => {
            if (signal.aborted) {
                reject(cancelled());
                return;
            }
            const go = () => {
                signal.removeEventListener("abort", stop);
                this.#underWay++;
                resolve();
            };
            const stop = () => {
                this.#waiting.splice(this.#waiting.indexOf(go), 1);
                reject(cancelled());
            };
            if (this.#underWay < this.#limit) {
                this.#underWay++;
                resolve();
                return;
            }
            if (where === "in front") this.#waiting.unshift(go);
            else this.#waiting.push(go);
            signal.addEventListener("abort", stop, { once: true });
        });
    }
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
        const over = () => {
            clearTimeout(timer);
            signal.removeEventListener("abort", over);
            resolve();
        };
        const timer = setTimeout(over, ms);
        signal.addEventListener("abort", over, { once: true });
        if (signal.aborted) over();
    });
}
