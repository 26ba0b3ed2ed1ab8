/** `abandoned`: the process died while it held the mutex. The next one in line still gets it, and Windows reports the abandonment. */
export type HowReleased = "released" | "abandoned";

/** A machine-wide named mutex: one holder at a time, the others wait in line. */
export class NamedMutex {
    /** How often a holder died. */
    abandoned = 0;
    private held = false;
    private readonly waiting: (() => void)[] = [];

    /**
     * @param timeoutMs how long to wait; 0 means not at all
     * @param signal aborted when the waiting process is gone: it no longer gets its turn
     * @returns a function that releases the mutex (calling it again does nothing); undefined if the time was up
     */
    acquire(timeoutMs: number, signal?: AbortSignal): Promise<((how?: HowReleased) => void) | undefined> {
        if (!this.held) return Promise.resolve(this.take());
        if (timeoutMs <= 0 || signal?.aborted) return Promise.resolve(undefined);
        return new Promise((settle) => {
            const leave = (outcome: ((how?: HowReleased) => void) | undefined) => {
                clearTimeout(timer);
                signal?.removeEventListener("abort", giveUp);
                settle(outcome);
            };
            const turn = () => leave(this.take());
            const giveUp = () => {
                this.waiting.splice(this.waiting.indexOf(turn), 1);
                leave(undefined);
            };
            const timer = setTimeout(giveUp, timeoutMs);
            signal?.addEventListener("abort", giveUp);
            this.waiting.push(turn);
        });
    }

    private take(): (how?: HowReleased) => void {
        this.held = true;
        let mine = true;
        return (how = "released") => {
            if (!mine) return;
            mine = false;
            if (how === "abandoned") this.abandoned += 1;
            this.held = false;
            this.waiting.shift()?.();
        };
    }
}
