/** Counts requests that are being answered. */
export class InFlight {
    private count = 0;
    private waiting: (() => void)[] = [];

    async during<T>(work: () => Promise<T>): Promise<T> {
        this.count++;
        try {
            return await work();
        } finally {
            this.count--;
            if (this.count === 0) for (const settle of this.waiting.splice(0)) settle();
        }
    }

    /** Settles when none is. */
    idle(): Promise<void> {
        return this.count === 0 ? Promise.resolve() : new Promise((resolve) => void this.waiting.push(resolve));
    }
}
