import { randomBytes } from "node:crypto";
import { isWmisecError, WmisecError } from "../core/errors";
import type { Session } from "../core/session";
import { type MachineFacts, machineIdentity } from "../core/wire/machine";
import { type AgentClient, closedByUs } from "./client";
import { Conversation } from "./conversation";
import { type AgentOptions, DEFAULT_GRACE_MS, DEFAULT_HANDSHAKE_MS, handshake } from "./handshake";
import type { Verb, VerbArgs, VerbValue } from "./protocol";
import { askAll, type Request, requestOf, unknownOutcome } from "./verbQuestion";

/**
 * An agent for hosts whose PowerShell gets its input only when that ends. For each request it opens a new session, sends header,
 * agent and request together, ends the input, and reads handshake and answer. A session that fails ends only its own request.
 * It holds no session between requests.
 */
export class OneShotAgent implements AgentClient {
    readonly #openSession: () => Promise<Session>;
    readonly #options: AgentOptions;
    readonly #listeners: (() => void)[] = [];
    #turn: Promise<unknown> = Promise.resolve();
    #ended: WmisecError | undefined;
    #retired: WmisecError | undefined;
    #underWay: Conversation | undefined;
    #closed: Promise<void> | undefined;

    /**
     * Does a handshake, to learn which machine answers.
     * @param openSession opens a session with a process that runs our bootstrap
     * @throws WmisecError as `startAgent` does, and what `openSession` throws
     */
    static async start(openSession: () => Promise<Session>, options: AgentOptions = {}): Promise<OneShotAgent> {
        const session = await openSession();
        const nonce = randomBytes(16).toString("hex");
        try {
            const machine = handshake(new Conversation(session, nonce, options.redaction), nonce, options);
            session.endInput();
            return new OneShotAgent(await machine, openSession, options);
        } finally {
            await session.close();
        }
    }

    private constructor(
        readonly machine: MachineFacts,
        openSession: () => Promise<Session>,
        options: AgentOptions,
    ) {
        this.#openSession = openSession;
        this.#options = options;
    }

    get ended(): WmisecError | undefined {
        return this.#ended ?? this.#retired;
    }

    /** A stream works now: `ended` tells callers to take another client. Requests are still answered. */
    retire(): void {
        this.#retired ??= closedByUs();
    }

    ask<V extends Verb>(verb: V, args: VerbArgs<V>, timeoutMs: number): Promise<VerbValue<V>> {
        const asked = this.#turn.then(() => this.#exchange(verb, args, timeoutMs));
        // The caller gets the failure; the next request only waits for the end.
        this.#turn = asked.catch(() => undefined);
        return asked;
    }

    onEnd(listener: () => void): void {
        if (this.#ended === undefined) this.#listeners.push(listener);
        else listener();
    }

    close(): Promise<void> {
        this.#closed ??= this.#close();
        return this.#closed;
    }

    async #close(): Promise<void> {
        this.#ended = closedByUs();
        this.#underWay?.end(this.#ended);
        for (const listener of this.#listeners.splice(0)) listener();
        await this.#turn;
    }

    async #exchange<V extends Verb>(verb: V, args: VerbArgs<V>, timeoutMs: number): Promise<VerbValue<V>> {
        const { handshakeTimeoutMs = DEFAULT_HANDSHAKE_MS, graceMs = DEFAULT_GRACE_MS } = this.#options;
        let lastId = 0;
        // Each request has a process of its own, which has only the core after the handshake.
        const request = requestOf(() => ++lastId, new Set(), verb, args, timeoutMs, handshakeTimeoutMs + graceMs);
        if (this.#ended !== undefined) throw this.#ended;
        const session = await this.#openSession();
        try {
            if (this.#ended !== undefined) throw this.#ended;
            return await this.#converse(session, request);
        } finally {
            this.#underWay = undefined;
            await session.close();
        }
    }

    /** The handshake may come only with the answer, so it gets as much time. */
    async #converse<V extends Verb>(session: Session, request: Request<V>): Promise<VerbValue<V>> {
        const nonce = randomBytes(16).toString("hex");
        const conversation = new Conversation(session, nonce, this.#options.redaction);
        this.#underWay = conversation;
        const shaken = handshake(conversation, nonce, { ...this.#options, handshakeTimeoutMs: request.question.deadlineMs });
        const answered = askAll(conversation, request);
        session.endInput();
        const [machine, answer] = await Promise.allSettled([shaken, answered]);
        const other = machine.status === "fulfilled" && machineIdentity(machine.value) !== machineIdentity(this.machine);
        if (other) throw anotherMachine(machine.value, this.machine);
        if (machine.status === "fulfilled" && answer.status === "fulfilled") return answer.value;
        const error: unknown = machine.status === "rejected" ? machine.reason : answer.status === "rejected" && answer.reason;
        // The request travels with the handshake. If the handshake fails, the request may still have been carried out.
        const unanswered = machine.status === "rejected" || (answer.status === "rejected" && answer.reason === conversation.ended);
        throw request.verb === "apply" && unanswered && isWmisecError(error) ? unknownOutcome(error) : error;
    }
}

const anotherMachine = (found: MachineFacts, first: MachineFacts): WmisecError =>
    new WmisecError("changedMeanwhile", "another machine answered a request than at the beginning of this run", {
        said: `${machineIdentity(found)}; it was ${machineIdentity(first)}`,
        remedy: "find out which machines have this name (a cluster, a changed DNS entry) and what was done on that machine, then run again",
    });
