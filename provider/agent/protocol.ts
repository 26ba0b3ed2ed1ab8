import { z } from "zod";
import { MAX_STEPS } from "../core/limits";
import { eventsReading, eventsRequest } from "../core/wire/events";
import { hostFailure } from "../core/wire/hostFailure";
import { machineFacts } from "../core/wire/machine";
import { observation, observeRequest } from "../core/wire/observation";
import { applied, step, unseen } from "../core/wire/step";
import { AGENT_PARTS } from "./command";

/**
 * Both directions of the agent's protocol. A request is one line of ASCII JSON. An answer is one frame,
 * `<nonce>{json}<nonce>`, in ASCII, in which CR and LF are ignored. Bytes outside frames are not part of the protocol.
 */

/** Each verb with the schemas of its arguments and its value. The agent can do nothing else. */
export const VERBS = {
    observe: { args: observeRequest, value: observation },
    apply: {
        args: z.strictObject({
            steps: z.array(step).min(1).max(MAX_STEPS),
            observe: observeRequest,
            /** Identity of the machine that the steps were planned for (core/wire/machine.ts); on any other nothing is written. */
            machine: z.string().min(1).max(300),
            /** Milliseconds to wait for another run's turn on this host. */
            mutexTimeoutMs: z.int().min(0),
            /** Milliseconds for one mofcomp. */
            mofcompTimeoutMs: z.int().min(1),
            /** Leaves the MOF files where they are, for a bug report. */
            keepMof: z.boolean(),
        }),
        value: z.union([applied, unseen]),
    },
    readEvents: { args: eventsRequest, value: eventsReading },
    /** Adds a part of the agent, whose hash its core knows. */
    load: { args: z.strictObject({ part: z.enum(AGENT_PARTS), text: z.string() }), value: z.null() },
    /** Ends the process after its answer. */
    bye: { args: z.strictObject({}), value: z.null() },
} as const;
export type Verb = keyof typeof VERBS;
export type VerbArgs<V extends Verb> = z.infer<(typeof VERBS)[V]["args"]>;
export type VerbValue<V extends Verb> = z.infer<(typeof VERBS)[V]["value"]>;

export const requestSchema = z.strictObject({
    /** Counts up from 1; 0 is the handshake. */
    id: z.int().min(1),
    verb: z.enum(Object.keys(VERBS) as [Verb, ...Verb[]]),
    /** Milliseconds after which the agent answers with the failure `pulumi-wmisec.Timeout` and ends its process. */
    timeoutMs: z.int().min(1),
    args: z.unknown(),
});
export type Request = z.infer<typeof requestSchema>;

/** `value` is checked later, by the schema of the verb that the id belongs to. */
export const answerSchema = z.discriminatedUnion("ok", [
    z.strictObject({ id: z.int().min(0), ok: z.literal(true), value: z.unknown() }),
    z.strictObject({ id: z.int().min(0), ok: z.literal(false), failure: hostFailure }),
]);
export type Answer = z.infer<typeof answerSchema>;

export const handshakeSchema = machineFacts;

/** The bootstrap's message when it stops before there is a nonce or a frame: this prefix, one of the words, and maybe a detail. */
export const BOOTSTRAP_STOP = "wmisec-stop:";
/**
 * `languageMode`: not FullLanguage, the detail names it. `header`: the first line was not length, hash and nonce.
 * `hash`: the agent's text arrived changed. `ended`: standard input ended too early. `waited`: no more input came for a minute.
 * `error`: anything else; the detail is the exception's type.
 */
export const BOOTSTRAP_STOP_WORDS = ["languageMode", "header", "hash", "ended", "waited", "error"] as const;

/** The line before the agent's text: length in bytes, SHA-256 in upper-case hex, nonce (32 lower-case hex digits). */
export const agentHeader = (length: number, sha256: string, nonce: string): string => `${length} ${sha256} ${nonce}\n`;

/** More than this outside frames is not from our agent. Bytes. */
export const MAX_NOISE = 1 << 20;

/** JSON in ASCII, which code pages on the way can't change. */
export const asciiJson = (value: unknown): string =>
    JSON.stringify(value).replace(/[\u007f-\uffff]/g, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`);
