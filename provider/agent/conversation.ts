import type { z } from "zod";
import { printable, WmisecError } from "../core/errors";
import { Redaction } from "../core/redaction";
import type { Session } from "../core/session";
import { parsedJson } from "../core/text/parsedJson";
import { parsed } from "../core/text/plainWords";
import { AGENT_FAILURES } from "../core/wire/hostFailure";
import { failureError } from "./failureError";
import { FrameError, FrameReader } from "./frames";
import { type Answer, answerSchema } from "./protocol";
import { HoldsSecret, withoutSecrets } from "./withoutSecrets";

export interface Question<T> {
    readonly id: number;
    readonly text: string;
    /** Of the answer's value. */
    readonly schema: z.ZodType<T>;
    /** For errors: "the read request". */
    readonly what: string;
    /** Milliseconds, counted from the answer to the previous question. When they have passed, the conversation ends with the error of `late`. */
    readonly deadlineMs: number;
    readonly late: () => WmisecError;
}

interface Waiting extends Pick<Question<unknown>, "id" | "what" | "deadlineMs" | "late"> {
    readonly resolve: (answer: Answer) => void;
    readonly reject: (reason: WmisecError) => void;
}

/** At most so many characters of standard error are kept. It is read, and never a failure by itself. */
const MAX_ERROR_OUTPUT = 8192;

/** An error shows so many characters of text that is not an answer. */
const SHOWN = 300;

/**
 * Questions to a process, which may be anything, and its answers, in the order of asking. It ends for good, with one
 * reason, at the first sign that the process is not our agent, or does not answer.
 *
 * Removes the secrets of this (the controller's) process from all output.
 */
export class Conversation {
    readonly #session: Session;
    readonly #frames: FrameReader;
    readonly #redaction: Redaction;
    readonly #endListeners: (() => void)[] = [];
    #errorOutput = "";
    #answers = 0;
    /** In the order of asking, which is that of answering. */
    readonly #waiting: Waiting[] = [];
    #timer: NodeJS.Timeout | undefined;
    #ended: WmisecError | undefined;

    /** @param redaction @default none: there are no secrets */
    constructor(session: Session, nonce: string, redaction = new Redaction()) {
        this.#session = session;
        this.#redaction = redaction;
        this.#frames = new FrameReader(nonce);
        session.onOutput((chunk) => this.#take(chunk));
        session.onErrorOutput((chunk) => {
            // Keeps more than is shown, so that a secret at the cut is still whole when it is searched for.
            this.#errorOutput = (this.#errorOutput + chunk.toString("latin1")).slice(-MAX_ERROR_OUTPUT - redaction.reach);
        });
        session.onEnd((reason) => this.end(this.#answers > 0 ? this.#withPrinted(reason) : reason));
    }

    /** Why there are no more answers; undefined while there are. */
    get ended(): WmisecError | undefined {
        return this.#ended;
    }

    /** What the process wrote since its last answer, apart from answers: one character a byte. */
    get printed(): string {
        const errors = this.#redaction.text(this.#errorOutput, Math.max(this.#errorOutput.length - MAX_ERROR_OUTPUT, 0));
        return `${this.#redaction.text(this.#frames.noise)}\n${errors}`;
    }

    /** Whether anything came that our agent may have written: an answer, or the beginning of one. */
    get heard(): boolean {
        return this.#answers > 0 || this.#frames.open;
    }

    /** Whether the handshake is all that ever came, and no other answer has begun. */
    get onlyReported(): boolean {
        return this.#answers === 1 && !this.#frames.open;
    }

    /** Called once, at the end; at once if it has ended. */
    onEnd(listener: () => void): void {
        if (this.#ended === undefined) this.#endListeners.push(listener);
        else listener();
    }

    /** @throws WmisecError the failure that the agent reports, or `ended`: then no later question is answered. */
    async ask<T>(question: Question<T>): Promise<T> {
        if (this.#ended !== undefined) throw this.#ended;
        const answer = this.#answer(question);
        this.#session.send(question.text);
        return this.#value(await answer, question);
    }

    /** Sends text without waiting for an answer. */
    tell(text: string): void {
        this.#session.send(text);
    }

    end(reason: WmisecError): WmisecError {
        if (this.#ended !== undefined) return this.#ended;
        this.#ended = reason;
        clearTimeout(this.#timer);
        for (const { reject } of this.#waiting.splice(0)) reject(reason);
        for (const listener of this.#endListeners.splice(0)) listener();
        void this.#session.close();
        return reason;
    }

    #answer({ id, what, deadlineMs, late }: Question<unknown>): Promise<Answer> {
        return new Promise((resolve, reject) => {
            this.#waiting.push({ id, what, deadlineMs, late, resolve, reject });
            if (this.#waiting.length === 1) this.#watchFirst();
        });
    }

    /** The agent works on one question at a time: the deadline of the next one begins with the answer to the one before. */
    #watchFirst(): void {
        clearTimeout(this.#timer);
        const [first] = this.#waiting;
        if (first !== undefined) this.#timer = setTimeout(() => this.end(first.late()), first.deadlineMs);
    }

    #value<T>(answer: Answer, { schema, what, text }: Question<T>): T {
        if (!answer.ok) throw failureError(answer.failure, what);
        const result = parsed(schema, answer.value);
        if (result.success) return this.#clean(result.data, text);
        const [issue] = result.error.issues;
        throw this.#garbled(`the answer to ${what} is not what our agent gives, at ${issue?.path.join(".")}: ${issue?.message}`);
    }

    #clean<T>(value: T, asked: string): T {
        try {
            return withoutSecrets(value, this.#redaction, asked);
        } catch (error) {
            if (!(error instanceof HoldsSecret)) throw error;
            throw this.end(new WmisecError("protocol", error.message, { remedy: error.remedy }));
        }
    }

    #take(chunk: Buffer): void {
        if (this.#ended !== undefined) return;
        try {
            for (const frame of this.#frames.push(chunk)) this.#frame(frame);
        } catch (error) {
            if (!(error instanceof FrameError)) throw error;
            this.#garbled(`the host sent ${error.message}`);
        }
    }

    #frame(text: string): void {
        if (this.#ended !== undefined) return;
        const parsed = answerSchema.safeParse(parsedJson(text));
        const [waiting] = this.#waiting;
        if (!parsed.success) this.#garbled("a frame is not an answer of our agent", text);
        else if (waiting?.id !== parsed.data.id) this.#garbled("an answer came that nobody waits for", text);
        else {
            this.#answers++;
            const data = this.#told(parsed.data);
            // The agent ends its process after this answer. That end must not be reported as the reason.
            if (!data.ok && data.failure.type === AGENT_FAILURES.timeout) this.end(failureError(data.failure, waiting.what));
            else {
                this.#waiting.shift();
                this.#watchFirst();
                waiting.resolve(data);
            }
        }
    }

    /** Only failures: a value is cleaned after its schema has checked it. */
    #told(answer: Answer): Answer {
        return answer.ok ? answer : { ...answer, failure: withoutSecrets(answer.failure, this.#redaction) };
    }

    /** Adds what the process printed last: it may explain the end. Before the first answer `startError` does that. */
    #withPrinted(reason: WmisecError): WmisecError {
        const said = printable(this.printed.trim().slice(-1500));
        if (said === "") return reason;
        return reason.with({ said: [reason.details.said, said].filter(Boolean).join("\n") });
    }

    #garbled(summary: string, said = ""): WmisecError {
        return this.end(
            new WmisecError("protocol", printable(this.#redaction.text(summary), SHOWN), {
                said: printable(this.#redaction.text(said.slice(0, 4 * SHOWN + this.#redaction.reach)), SHOWN),
                remedy: "find out what else writes to the output of this session (profiles, transcription, security software), then run again",
            }),
        );
    }
}
