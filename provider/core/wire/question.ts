import type { z } from "zod";

/** One kind of thing that a host can be asked about, and its list in a request and in an observation. */
export interface Question<Asked, Subject, Answer> {
    readonly asked: z.ZodType<Asked>;
    readonly answer: z.ZodType<Answer>;
    /** Most of them in one request. */
    readonly max: number;
    /** Most bytes that the answer for one of them takes. */
    readonly bytes: number;
    /** Milliseconds that each of them adds to the deadline. */
    readonly ms: number;
    /** The part of a request that the answer repeats. */
    subject(asked: Asked): Subject;
    /** A unique name. */
    nameOf(subject: Subject): string;
}

/** Returns its argument; infers the types. */
export const question = <Asked, Subject, Answer extends Subject>(one: Question<Asked, Subject, Answer>): Question<Asked, Subject, Answer> =>
    one;
