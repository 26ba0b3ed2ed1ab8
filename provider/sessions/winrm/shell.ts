import { randomUUID } from "node:crypto";
import type { Redaction } from "../../core/redaction";
import { Malformed } from "../../wsman/malformed";
import type { Operation } from "../../wsman/names";
import type { SoapElement } from "../../wsman/soap";
import { closedByUs } from "../cancelled";
import { commandIdOf, type Received, receivedOf, shellIdOf } from "./answers";
import type { Channel } from "./channel";
import { malformed } from "./channelErrors";
import { type Addressing, commandMessage, createMessage, deleteMessage, receiveMessage, sendMessage, signalMessage } from "./envelope";
import { Fault, faultError, isNothingYet } from "./faults";

/** Milliseconds. */
export interface ShellLimits {
    /** How long the host may wait for output before it answers that there is none. */
    readonly pollMs: number;
    /** For the host to take input. It answers when the process, or the pipe to it, has the input. */
    readonly sendMs: number;
    /** How much longer than the host's own time limit we wait for an answer. */
    readonly graceMs: number;
}

/** Milliseconds for messages that end something. */
const END_MS = 10_000;

const uuid = (): string => `uuid:${randomUUID().toUpperCase()}`;

/** A fault that the caller may try to get around. */
export class Faulted extends Error {
    constructor(readonly fault: Fault) {
        super("fault");
    }
}

/**
 * A shell on a host, and one command in it. Output has its own channel: on a shared one, waiting for it would hold up the input.
 */
export class Shell {
    readonly #control: Channel;
    readonly #output: Channel;
    readonly #to: string;
    readonly #redaction: Redaction;
    readonly #limits: ShellLimits;
    readonly #sessionId = uuid();
    #creating: Promise<void> | undefined;
    #shellId: string | undefined;
    #commandId = "";
    #deleting: Promise<void> | undefined;

    constructor(channels: { readonly control: Channel; readonly output: Channel }, to: string, redaction: Redaction, limits: ShellLimits) {
        this.#control = channels.control;
        this.#output = channels.output;
        this.#to = to;
        this.#redaction = redaction;
        this.#limits = limits;
    }

    /** @throws Faulted if the host started nothing, so the caller may try again; WmisecError as `Channel.exchange` */
    create(timeoutMs: number): Promise<void> {
        this.#creating = this.#create(timeoutMs);
        return this.#creating;
    }

    async command(line: string, timeoutMs: number): Promise<void> {
        const answer = await this.#ask("command", this.#control, timeoutMs, (addressing) => commandMessage(addressing, line));
        this.#commandId = this.#read(() => commandIdOf(answer));
    }

    async send(bytes: Buffer, isEnd: boolean): Promise<void> {
        // It would come behind what ends the command.
        if (this.#deleting !== undefined) throw closedByUs("session");
        await this.#ask("send", this.#control, this.#limits.sendMs, (addressing) => sendMessage(addressing, this.#commandId, bytes, isEnd));
    }

    /** @returns undefined if nothing came for a while */
    async receive(): Promise<Received | undefined> {
        const { pollMs, graceMs } = this.#limits;
        const addressing = this.#addressing(pollMs);
        const message = {
            operation: "receive",
            messageId: addressing.messageId,
            text: receiveMessage(addressing, this.#commandId),
        } as const;
        const answer = await this.#output.exchange(message, pollMs + graceMs);
        if (!(answer instanceof Fault)) return this.#read(() => receivedOf(answer, this.#commandId));
        if (isNothingYet(answer)) return undefined;
        throw faultError(answer, "receive", this.#redaction);
    }

    /**
     * Ends the command, and the shell with everything in it. A later call waits for the first one. It does not report failures, because the host
     * removes an idle shell by itself.
     * @param isHurried sends one message instead of two: the end of a shell ends its command, too
     */
    async delete(isHurried = false): Promise<void> {
        // The answer to a Create under way names the shell that is to be deleted.
        await this.#creating?.catch(() => undefined);
        if (this.#shellId !== undefined) this.#deleting ??= this.#delete(isHurried);
        await this.#deleting;
    }

    destroy(): void {
        this.#control.destroy();
        this.#output.destroy();
    }

    async #create(timeoutMs: number): Promise<void> {
        const addressing = this.#addressing(timeoutMs);
        const text = createMessage(addressing);
        const message = { operation: "create", messageId: addressing.messageId, text } as const;
        const answer = await this.#control.exchange(message, timeoutMs + this.#limits.graceMs);
        if (answer instanceof Fault) throw new Faulted(answer);
        this.#shellId = this.#read(() => shellIdOf(answer));
    }

    async #delete(isHurried: boolean): Promise<void> {
        if (this.#commandId !== "" && !isHurried) await this.#tell("signal", (addressing) => signalMessage(addressing, this.#commandId));
        await this.#tell("delete", deleteMessage);
    }

    async #tell(operation: Operation, write: (addressing: Addressing) => string): Promise<void> {
        const addressing = this.#addressing(END_MS);
        // The host keeps something of a command even after its end. Its answer changes nothing.
        await this.#control
            .exchange({ operation, messageId: addressing.messageId, text: write(addressing) }, END_MS + this.#limits.graceMs)
            .catch(() => undefined);
    }

    async #ask(operation: Operation, channel: Channel, timeoutMs: number, write: (addressing: Addressing) => string): Promise<SoapElement> {
        const addressing = this.#addressing(timeoutMs);
        const answer = await channel.exchange(
            { operation, messageId: addressing.messageId, text: write(addressing) },
            timeoutMs + this.#limits.graceMs,
        );
        if (answer instanceof Fault) throw faultError(answer, operation, this.#redaction);
        return answer;
    }

    #read<T>(read: () => T): T {
        try {
            return read();
        } catch (error) {
            throw error instanceof Malformed ? malformed(error) : error;
        }
    }

    #addressing(timeoutMs: number): Addressing {
        return { to: this.#to, messageId: uuid(), sessionId: this.#sessionId, timeoutMs, shellId: this.#shellId };
    }
}
