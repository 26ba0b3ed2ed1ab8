import type { z } from "zod";

/** One kind of thing that a host can be asked about: its list in a look, and its list in the answer. */
export interface Question<Asked, Subject, Answer> {
    readonly asked: z.ZodType<Asked>;
    readonly answer: z.ZodType<Answer>;
    /** So many of them in one look, at most. */
    readonly most: number;
    /** What the answer for one of them may weigh, at most. */
    readonly bytes: number;
    /** Milliseconds that one of them adds to the deadline of a look. */
    readonly ms: number;
    /** What an answer repeats of what was asked. */
    subject(asked: Asked): Subject;
    /** Tells one from another. */
    nameOf(subject: Subject): string;
}

/** As it is given, with all its types. */
export const question = <Asked, Subject, Answer extends Subject>(one: Question<Asked, Subject, Answer>): Question<Asked, Subject, Answer> =>
    one;
