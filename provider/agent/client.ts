import { randomBytes } from "node:crypto";
import type { z } from "zod";
import { printable, WmisecError } from "../core/errors";
import type { MachineFacts } from "../core/machine";
import { type AgentText, agentText } from "./command";
import { type AgentSession, Conversation } from "./conversation";
import { agentHeader, asciiJson, handshakeSchema, MAX_REQUEST, VERBS, type Verb, type VerbArgs, type VerbValue } from "./protocol";
import { startError } from "./startError";

export interface AgentOptions {
    /** Milliseconds from the agent's text to its handshake. @default 30000 */
    readonly handshakeTimeoutMs?: number;
    /** Milliseconds that an answer may be later than its verb's own deadline on the host. @default 5000 */
    readonly graceMs?: number;
    /** What is sent. @default our agent; tests send one with other verbs */
    readonly agent?: AgentText;
}

/** An agent that runs on a host. */
export interface AgentClient {
    /** From the handshake. */
    readonly machine: MachineFacts;
    /** Why it answers no more; undefined while it does. */
    readonly ended: WmisecError | undefined;
    /**
     * Asks for one verb. Requests wait for each other: the agent does one at a time.
     * @param timeoutMs milliseconds for the verb on the host, from when it is its turn
     * @throws WmisecError of the code that `failureError` finds; `timeout`, `connectionLost`, `protocol`: the client has ended
     *     then, and everything that is asked later fails with the same error; `invalidInput` when the request is too long to
     *     be sent.
     */
    ask<V extends Verb>(verb: V, args: VerbArgs<V>, timeoutMs: number): Promise<VerbValue<V>>;
    /** Called once, when it has ended or was closed; at once if that was before. */
    onEnd(listener: () => void): void;
    /** Says goodbye and closes the session; what is still asked fails with `cancelled`. Settles when the session is gone. */
    close(): Promise<void>;
}

/**
 * Sends our agent to a process that runs our bootstrap, and waits for its handshake. Closes the session when that fails.
 * @throws WmisecError `languageMode`, `notElevated`, `wrongBitness`, `execRefused` (the process ended before it spoke, as it
 *     does where there is no PowerShell), `protocol`, `timeout`, `hostError`, or what ended the session.
 */
export async function startAgent(session: AgentSession, options: AgentOptions = {}): Promise<AgentClient> {
    const nonce = randomBytes(16).toString("hex");
    const conversation = new Conversation(session, nonce);
    try {
        const machine = await handshake(conversation, nonce, options);
        refuseUnfit(machine);
        return new Agent(session, conversation, machine, options.graceMs ?? 5000);
    } catch (error) {
        await session.close();
        throw error;
    }
}

async function handshake(
    conversation: Conversation,
    nonce: string,
    { agent = agentText(), handshakeTimeoutMs = 30_000 }: AgentOptions,
): Promise<MachineFacts> {
    try {
        return await conversation.ask({
            id: 0,
            text: agentHeader(agent.length, agent.sha256, nonce) + agent.text,
            schema: handshakeSchema,
            what: "the agent's report on the machine",
            deadlineMs: handshakeTimeoutMs,
            late: () =>
                new WmisecError("timeout", `our agent did not report within ${handshakeTimeoutMs / 1000} s`, {
                    remedy: "see how long PowerShell takes to start on this host, and that the service winmgmt runs and answers",
                }),
        });
    } catch (error) {
        const { ended, printed } = conversation;
        throw ended !== undefined && error === ended ? startError(ended, printed) : error;
    }
}

function refuseUnfit(machine: MachineFacts): void {
    const said = printable(`${machine.user} on ${machine.computerName}, Windows ${machine.osVersion}, PowerShell ${machine.psVersion}`);
    if (machine.os64Bit && !machine.process64Bit)
        throw new WmisecError("wrongBitness", "PowerShell is 32-bit on a 64-bit Windows, where it sees another registry", {
            said,
            remedy: "install the 64-bit OpenSSH server on the host, so that it starts the 64-bit PowerShell",
        });
    if (!machine.elevated)
        throw new WmisecError("notElevated", "the session does not have an administrator's full rights", {
            said,
            remedy: "use an account in the host's group Administrators; for a local account see LocalAccountTokenFilterPolicy",
        });
}

/** For errors. */
const DOING: Readonly<Record<Verb, string>> = {
    observe: "the look at the host",
    apply: "the write to the host",
    readEvents: "the look at the event log",
    bye: "the goodbye",
};

class Agent implements AgentClient {
    #turn: Promise<unknown> = Promise.resolve();
    #lastId = 0;

    constructor(
        private readonly session: AgentSession,
        private readonly conversation: Conversation,
        readonly machine: MachineFacts,
        private readonly graceMs: number,
    ) {}

    get ended(): WmisecError | undefined {
        return this.conversation.ended;
    }

    ask<V extends Verb>(verb: V, args: VerbArgs<V>, timeoutMs: number): Promise<VerbValue<V>> {
        const asked = this.#turn.then(() => this.#exchange(verb, args, timeoutMs));
        // Who asked hears of the failure; who comes next waits only for the end.
        this.#turn = asked.catch(() => undefined);
        return asked;
    }

    onEnd(listener: () => void): void {
        this.conversation.onEnd(listener);
    }

    close(): Promise<void> {
        if (this.ended === undefined) {
            this.conversation.tell(this.#line("bye", {}, 1000));
            this.conversation.end(
                new WmisecError("cancelled", "the session with the host was closed by us", { remedy: "run the command again" }),
            );
        }
        return this.session.close();
    }

    async #exchange<V extends Verb>(verb: V, args: VerbArgs<V>, timeoutMs: number): Promise<VerbValue<V>> {
        const text = this.#line(verb, args, timeoutMs);
        if (text.length > MAX_REQUEST)
            throw new WmisecError("invalidInput", `a request of ${text.length} bytes is more than the agent takes (${MAX_REQUEST})`, {
                remedy: "split the namespaces among several resources",
            });
        const what = DOING[verb];
        const schema: z.ZodType = VERBS[verb].value;
        const deadlineMs = timeoutMs + this.graceMs;
        const late = () =>
            new WmisecError("timeout", `${what} had no answer for ${deadlineMs / 1000} s`, {
                remedy: "see that the host and its service winmgmt are up and answer, then run again",
            });
        const sent = this.ended === undefined;
        try {
            return (await this.conversation.ask({ id: this.#lastId, text, schema, what, deadlineMs, late })) as VerbValue<V>;
        } catch (error) {
            const { ended } = this;
            throw sent && verb === "apply" && ended !== undefined && error === ended ? unknownOutcome(ended) : error;
        }
    }

    #line(verb: Verb, args: unknown, timeoutMs: number): string {
        this.#lastId++;
        return `${asciiJson({ id: this.#lastId, verb, timeoutMs, args })}\n`;
    }
}

function unknownOutcome(error: WmisecError): WmisecError {
    return new WmisecError(error.code, error.summary, {
        ...error.details,
        remedy: `${error.details.remedy}; it is not known how much of the write was carried out, and the next run finds out`,
        cause: error.cause,
    });
}
