import type { z } from "zod";
import { WmisecError } from "../core/errors";
import { MAX_REQUEST } from "../core/limits";
import type { Question } from "./conversation";
import { asciiJson, VERBS, type Verb, type VerbArgs, type VerbValue } from "./protocol";

/** For errors. */
const DOING: Readonly<Record<Verb, string>> = {
    observe: "the look at the host",
    apply: "the write to the host",
    readEvents: "the look at the event log",
    bye: "the goodbye",
};

/** A request as it is sent. */
export const requestLine = (id: number, verb: Verb, timeoutMs: number, args: unknown): string =>
    `${asciiJson({ id, verb, timeoutMs, args })}\n`;

/**
 * A verb as a question to the agent.
 * @param timeoutMs milliseconds for the verb on the host
 * @param moreMs milliseconds that we wait longer than that
 * @throws WmisecError `invalidInput` when the request is too long to be sent.
 */
export function verbQuestion<V extends Verb>(
    id: number,
    verb: V,
    args: VerbArgs<V>,
    timeoutMs: number,
    moreMs: number,
): Question<VerbValue<V>> {
    const text = requestLine(id, verb, timeoutMs, args);
    if (text.length > MAX_REQUEST)
        throw new WmisecError("invalidInput", `a request of ${text.length} bytes is more than the agent takes (${MAX_REQUEST})`, {
            remedy: "split the namespaces among several resources",
        });
    const what = DOING[verb];
    const deadlineMs = timeoutMs + moreMs;
    return {
        id,
        text,
        schema: VERBS[verb].value as z.ZodType as z.ZodType<VerbValue<V>>,
        what,
        deadlineMs,
        late: () =>
            new WmisecError("timeout", `${what} had no answer for ${deadlineMs / 1000} s`, {
                remedy: "see that the host and its service winmgmt are up and answer, then run again",
            }),
    };
}

/** The error of a write that was sent and whose answer did not come. */
export function unknownOutcome(error: WmisecError): WmisecError {
    return new WmisecError(error.code, error.summary, {
        ...error.details,
        remedy: `${error.details.remedy}; it is not known how much of the write was carried out, and the next run finds out`,
        cause: error.cause,
    });
}
