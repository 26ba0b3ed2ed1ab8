/** The end of something. Each listener is called once; at once if the end has already come. */
export class Ending<Reason> {
    readonly #listeners: ((reason: Reason) => void)[] = [];
    #reason: Reason | undefined;

    /** Undefined before the end. */
    get reason(): Reason | undefined {
        return this.#reason;
    }

    onEnd(listener: (reason: Reason) => void): void {
        if (this.#reason === undefined) this.#listeners.push(listener);
        else listener(this.#reason);
    }

    /** The first reason counts. */
    end(reason: Reason): void {
        if (this.#reason !== undefined) return;
        this.#reason = reason;
        for (const listener of this.#listeners.splice(0)) listener(reason);
    }

    /** Settles at the end, or after so many milliseconds. */
    within(ms: number): Promise<void> {
        return settledWithin(ms, new Promise<void>((resolve) => this.onEnd(() => resolve())));
    }
}

/** Settles when `work` has succeeded or failed, or after so many milliseconds. */
export async function settledWithin(ms: number, work: Promise<unknown>): Promise<void> {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<void>((resolve) => {
        timer = setTimeout(resolve, ms);
    });
    await Promise.race([Promise.allSettled([work]), late]);
    clearTimeout(timer);
}
