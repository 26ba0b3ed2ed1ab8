import { randomBytes } from "node:crypto";
import { WmisecError } from "../core/errors";
import type { Session } from "../core/session";
import type { MachineFacts } from "../core/wire/machine";
import type { AgentPart } from "./command";
import { Conversation, type Question } from "./conversation";
import { type AgentOptions, DEFAULT_GRACE_MS, handshake, SilentRequest } from "./handshake";
import type { Verb, VerbArgs, VerbValue } from "./protocol";
import { askAll, type Request, requestLine, requestOf, unknownOutcome } from "./verbQuestion";

/** An agent that runs on a host. */
export interface AgentClient {
    /** From the handshake. */
    readonly machine: MachineFacts;
    /** Why it answers no more; undefined while it does. */
    readonly ended: WmisecError | undefined;
    /**
     * Asks for one verb. The agent does one request at a time, so requests wait for each other.
     * @param timeoutMs milliseconds for the verb on the host, from the start of its turn
     * @throws WmisecError of the code that `failureError` finds; `timeout`, `connectionLost`, `protocol`: the client may have
     *     ended then, and later requests fail with the same error; SilentRequest for a look that may be repeated in another
     *     way; `invalidInput` if the request is too long to be sent.
     */
    ask<V extends Verb>(verb: V, args: VerbArgs<V>, timeoutMs: number): Promise<VerbValue<V>>;
    /** Called once, when it has ended or was closed; at once if that has happened. */
    onEnd(listener: () => void): void;
    /** Ends the session; open requests fail with `cancelled`. Settles when the session is gone. */
    close(): Promise<void>;
}

export const closedByUs = (): WmisecError =>
    new WmisecError("cancelled", "the session with the host was closed by us", { remedy: "run the command again" });

/**
 * Sends our agent to a process that runs our bootstrap, and waits for its handshake. Closes the session if that fails.
 * @throws WmisecError `languageMode`, `notElevated`, `wrongBitness`, `execRefused` (the process ended without output, for example
 *     because there is no PowerShell), `protocol`, `timeout` (SilentStart if the agent sent nothing), `hostError`, or
 *     what ended the session.
 */
export async function startAgent(session: Session, options: AgentOptions = {}): Promise<AgentClient> {
    const nonce = randomBytes(16).toString("hex");
    const conversation = new Conversation(session, nonce, options.redaction);
    try {
        const machine = await handshake(conversation, nonce, options);
        return new StreamAgent(session, conversation, machine, options.graceMs ?? DEFAULT_GRACE_MS);
    } catch (error) {
        await session.close();
        throw error;
    }
}

/** One process for all requests; it says goodbye when it is closed. */
class StreamAgent implements AgentClient {
    #turn: Promise<unknown> = Promise.resolve();
    #lastId = 0;
    readonly #loaded = new Set<AgentPart>();

    constructor(
        private readonly session: Session,
        private readonly conversation: Conversation,
        readonly machine: MachineFacts,
        private readonly graceMs: number,
    ) {}

    get ended(): WmisecError | undefined {
        return this.conversation.ended;
    }

    ask<V extends Verb>(verb: V, args: VerbArgs<V>, timeoutMs: number): Promise<VerbValue<V>> {
        const asked = this.#turn.then(() => this.#exchange(verb, args, timeoutMs));
        // The caller gets the failure; the next request only waits for the end.
        this.#turn = asked.catch(() => undefined);
        return asked;
    }

    onEnd(listener: () => void): void {
        this.conversation.onEnd(listener);
    }

    close(): Promise<void> {
        if (this.ended === undefined) {
            this.conversation.tell(requestLine(this.#nextId(), "bye", 1000, {}));
            this.conversation.end(closedByUs());
        }
        return this.session.close();
    }

    async #exchange<V extends Verb>(verb: V, args: VerbArgs<V>, timeoutMs: number): Promise<VerbValue<V>> {
        const request = requestOf(() => this.#nextId(), this.#loaded, verb, args, timeoutMs, this.graceMs);
        const sent = this.ended === undefined;
        try {
            const value = await askAll(this.conversation, this.#withSilence(request));
            for (const part of request.parts) this.#loaded.add(part);
            return value;
        } catch (error) {
            const { ended } = this;
            throw sent && verb === "apply" && ended !== undefined && error === ended ? unknownOutcome(ended) : error;
        }
    }

    /** Makes a deadline a SilentRequest. This includes the parts that travel before a request: their deadlines pass first. */
    #withSilence<V extends Verb>(request: Request<V>): Request<V> {
        const watched = <T>(question: Question<T>): Question<T> => ({
            ...question,
            late: () => (this.conversation.onlyReported ? new SilentRequest(question.late()) : question.late()),
        });
        return { ...request, loads: request.loads.map(watched), question: watched(request.question) };
    }

    #nextId(): number {
        this.#lastId++;
        return this.#lastId;
    }
}
