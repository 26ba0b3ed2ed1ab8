/** The steps of a dial over SSH, as errors name them. */
export type DialStep = "TCP connection" | "key exchange" | "authentication";

interface Deadline {
    readonly ms: number;
    left: number;
}

const deadline = (ms: number): Deadline => ({ ms, left: ms });

/**
 * The deadlines of one dial: one for the current step and one for the whole. It is paused while we wait for something other than
 * the server.
 */
export class DialClock<Step extends string = DialStep> {
    #step: Step;
    #ofStep = deadline(Number.POSITIVE_INFINITY);
    readonly #ofDial: Deadline;
    readonly #expired: (step: Step, seconds: number) => void;
    #timer: NodeJS.Timeout | undefined;
    #startedAt = 0;

    /**
     * @param first the step that a dial begins with
     * @param dialMs for the whole dial; 0 means no limit
     * @param expired gets the current step and the length of the deadline that passed
     */
    constructor(first: Step, dialMs: number, expired: (step: Step, seconds: number) => void) {
        this.#step = first;
        this.#ofDial = deadline(dialMs === 0 ? Number.POSITIVE_INFINITY : dialMs);
        this.#expired = expired;
    }

    get step(): Step {
        return this.#step;
    }

    /** Seconds that the current step has taken, rounded. */
    get spent(): number {
        return Math.round((this.#ofStep.ms - this.#ofStep.left + performance.now() - this.#startedAt) / 1000);
    }

    /** Milliseconds that the dial has left; of a clock that stands still. */
    get left(): number {
        return Math.max(0, this.#ofDial.left);
    }

    enter(step: Step, stepMs: number): void {
        this.pause();
        this.#step = step;
        this.#ofStep = deadline(stepMs);
        this.resume();
    }

    pause(): void {
        if (this.#timer === undefined) return;
        clearTimeout(this.#timer);
        this.#timer = undefined;
        const spent = performance.now() - this.#startedAt;
        this.#ofStep.left -= spent;
        this.#ofDial.left -= spent;
    }

    resume(): void {
        const next = this.#ofStep.left < this.#ofDial.left ? this.#ofStep : this.#ofDial;
        this.#startedAt = performance.now();
        this.#timer = setTimeout(() => this.#expired(this.#step, next.ms / 1000), Math.max(0, next.left));
    }
}
