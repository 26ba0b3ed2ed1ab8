import type { z } from "zod";
import { WmisecError } from "../core/errors";
import { MAX_REQUEST } from "../core/limits";
import { type AgentPart, partText } from "./command";
import type { Conversation, Question } from "./conversation";
import { neededParts } from "./neededParts";
import { asciiJson, VERBS, type Verb, type VerbArgs, type VerbValue } from "./protocol";

/** For errors. */
const DOING: Readonly<Record<Verb, string>> = {
    observe: "the read request",
    apply: "the write request",
    readEvents: "the event log request",
    load: "the sending of a part of our agent",
    bye: "the goodbye",
};

/** Milliseconds for the host to add one part of the agent. */
const LOAD_MS = 20_000;

/** A request as it is sent. @param args in JSON */
const lineOf = (id: number, verb: Verb, timeoutMs: number, args: string): string =>
    `{"id":${id},"verb":"${verb}","timeoutMs":${timeoutMs},"args":${args}}\n`;

/** A request as it is sent. */
export const requestLine = (id: number, verb: Verb, timeoutMs: number, args: unknown): string =>
    lineOf(id, verb, timeoutMs, asciiJson(args));

/** The same for every host, and long: made once. */
const loads = new Map<AgentPart, string>();

function loadArgs(part: AgentPart): string {
    const known = loads.get(part) ?? asciiJson({ part, text: partText(part).text });
    loads.set(part, known);
    return known;
}

/**
 * A verb as a question to the agent.
 * @param timeoutMs milliseconds for the verb on the host
 * @param moreMs milliseconds that we wait beyond that
 * @throws WmisecError `invalidInput` if the request is too long to be sent.
 */
export function verbQuestion<V extends Verb>(
    id: number,
    verb: V,
    args: VerbArgs<V>,
    timeoutMs: number,
    moreMs: number,
): Question<VerbValue<V>> {
    return questionOf(id, verb, asciiJson(args), timeoutMs, moreMs);
}

/** @param args in JSON */
function questionOf<V extends Verb>(id: number, verb: V, args: string, timeoutMs: number, moreMs: number): Question<VerbValue<V>> {
    const text = lineOf(id, verb, timeoutMs, args);
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
                remedy: "check that the host and its service winmgmt are up and answer, then run again",
            }),
    };
}

/** A verb, and the parts of the agent that it needs first. They are sent together, and answered in this order. */
export interface Request<V extends Verb> {
    readonly verb: V;
    readonly parts: readonly AgentPart[];
    readonly loads: readonly Question<null>[];
    readonly question: Question<VerbValue<V>>;
}

/**
 * @param nextId gives each question its number
 * @param loaded parts that the agent has
 * @throws WmisecError as `verbQuestion` does
 */
export function requestOf<V extends Verb>(
    nextId: () => number,
    loaded: ReadonlySet<AgentPart>,
    verb: V,
    args: VerbArgs<V>,
    timeoutMs: number,
    moreMs: number,
): Request<V> {
    const parts = neededParts(verb, args).filter((part) => !loaded.has(part));
    const loads = parts.map((part) => questionOf(nextId(), "load", loadArgs(part), LOAD_MS, moreMs));
    return { verb, parts, loads, question: verbQuestion(nextId(), verb, args, timeoutMs, moreMs) };
}

/** Sends all of them at once. @throws WmisecError the first failure */
export async function askAll<V extends Verb>(conversation: Conversation, { loads, question }: Request<V>): Promise<VerbValue<V>> {
    const loading = Promise.allSettled(loads.map((load) => conversation.ask(load)));
    const answered = conversation.ask(question);
    // If a part was refused, that explains a failed answer, which is then ignored.
    answered.catch(() => undefined);
    for (const load of await loading) if (load.status === "rejected") throw load.reason;
    return answered;
}

/** The error of a write that was sent and not answered. */
export function unknownOutcome(error: WmisecError): WmisecError {
    return error.with({
        remedy: `${error.details.remedy}; it is not known how much of the write was carried out, and the next run finds out`,
    });
}
