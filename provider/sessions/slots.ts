import { cancelled } from "./cancelled";

/** Lets a limited number of tasks run at once; the others wait their turn, first come first served. */
export class Slots {
    #free: number;
    readonly #waiting: (() => void)[] = [];

    constructor(count: number) {
        this.#free = count;
    }

    /** @throws WmisecError `cancelled` when `signal` fires before the task's turn has come. */
    async run<T>(signal: AbortSignal, task: () => Promise<T>): Promise<T> {
        if (signal.aborted) throw cancelled();
        if (this.#free > 0) this.#free--;
        else await this.#turn(signal);
        try {
            return await task();
        } finally {
            const next = this.#waiting.shift();
            if (next === undefined) this.#free++;
            else next();
        }
    }

    #turn(signal: AbortSignal): Promise<void> {
        return new Promise((resolve, reject) => {
            const go = () => {
                signal.removeEventListener("abort", stop);
                resolve();
            };
            const stop = () => {
                this.#waiting.splice(this.#waiting.indexOf(go), 1);
                reject(cancelled());
            };
            this.#waiting.push(go);
            signal.addEventListener("abort", stop, { once: true });
        });
    }
}
