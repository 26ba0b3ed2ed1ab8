/** The seed of random tests: `WMISEC_TEST_SEED`, else another one each time. Tests print it. */
export const SEED = Number(process.env["WMISEC_TEST_SEED"] ?? Math.floor(Math.random() * 2 ** 31));

/** The same numbers for the same seed (mulberry32). */
export class Random {
    constructor(private state: number) {}

    /** From 0 to below 1. */
    fraction(): number {
        this.state = (this.state + 0x6d2b79f5) | 0;
        let mixed = Math.imul(this.state ^ (this.state >>> 15), 1 | this.state);
        mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
        return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
    }

    /** A whole number from 0 to below `end`. */
    below(end: number): number {
        return Math.floor(this.fraction() * end);
    }

    chance(probability: number): boolean {
        return this.fraction() < probability;
    }

    /** @throws RangeError for an empty list */
    pick<T>(from: readonly T[]): T {
        if (from.length === 0) throw new RangeError("nothing to pick from");
        return from[this.below(from.length)] as T;
    }
}
