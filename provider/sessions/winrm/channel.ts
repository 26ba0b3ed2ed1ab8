import type { Socket } from "node:net";
import type { SecureContext } from "node:tls";
import { type Connection, DEFAULT_DIAL_SECONDS, settingOf } from "../../core/connection";
import type { Redaction } from "../../core/redaction";
import { isSealedType, readSealed, sealedBody, sealedType } from "../../wsman/framing";
import { Malformed } from "../../wsman/malformed";
import { type Operation, SOAP_TYPE } from "../../wsman/names";
import { readEnvelope, type SoapElement } from "../../wsman/soap";
import { cancelled } from "../cancelled";
import { DialClock } from "../dialClock";
import type { PasswordGate } from "../passwordGate";
import { connectTcp } from "../tcp";
import type { Address } from "./address";
import { answerTo } from "./answers";
import { brokenLogin, brokenMessage, expired, LISTENER, malformed, type WinrmStep } from "./channelErrors";
import type { Fault } from "./faults";
import { type LoggedIn, logIn, type Proof, refusal, showPassword } from "./login";
import { statusError } from "./replyErrors";
import type { ServerTrust } from "./serverTrust";
import { secure } from "./tls";
import { type Reply, Wire, WireLost } from "./wire";

/** Milliseconds. They also apply if `perDialTimeout` is 0, so that nothing hangs forever. */
export interface ChannelLimits {
    readonly connectMs: number;
    readonly tlsMs: number;
    readonly authenticationMs: number;
}

export interface ChannelOptions {
    readonly connection: Connection;
    readonly address: Address;
    /** Undefined over HTTP. */
    readonly tls: { readonly trust: ServerTrust; readonly context: SecureContext } | undefined;
    /** Makes a new login for each socket. */
    readonly proof: (channelBinding: Buffer | undefined) => Proof;
    readonly gate: Pick<PasswordGate, "enter">;
    readonly redaction: Redaction;
    readonly limits: ChannelLimits;
    /** Fires when the run stops. */
    readonly signal: AbortSignal;
}

export interface Message {
    readonly operation: Operation;
    readonly messageId: string;
    readonly text: string;
}

/** One socket, and what lasts as long as it. */
interface Line extends LoggedIn {
    readonly wire: Wire;
    readonly proof: Proof;
    /** In DER; undefined over HTTP. */
    readonly certificate: Buffer | undefined;
    /** Milliseconds that were left of the dial's time. */
    readonly leftMs: number;
    /** Whether a message that carries the login itself (Basic, a certificate) was answered. */
    isProven: boolean;
}

/**
 * Exchanges messages with one host, one after the other. It connects and logs in if it has no socket, or if the host closed it between two
 * messages. It never sends a message again that may have reached the host.
 */
export class Channel {
    readonly #options: ChannelOptions;
    #line: Line | undefined;
    #turn: Promise<unknown> = Promise.resolve();
    #destroyed = new AbortController();

    constructor(options: ChannelOptions) {
        this.#options = options;
    }

    /**
     * Connects and logs in, unless that is done.
     * @throws WmisecError `unreachable` for everything that went wrong before a password was sent; `timeout` and `connectionLost` if its answer did
     *     not come; `hostKeyUnknown`, `hostKeyMismatch`, `noCommonAlgorithm`, `denied`, `protocol`, `cancelled`; ControllerFault
     */
    async open(): Promise<Pick<Line, "certificate" | "leftMs">> {
        if (this.#line?.wire.isOpen) return this.#line;
        this.#line?.wire.destroy();
        this.#close();
        this.#line = await this.#dial();
        return this.#line;
    }

    /**
     * @param deadlineMs for the answer, from when the message is sent
     * @returns the body of the answer, or the fault
     * @throws WmisecError as `open`, and `timeout`, `connectionLost`, `protocol`
     */
    exchange(message: Message, deadlineMs: number): Promise<SoapElement | Fault> {
        const answer = this.#turn.then(() => this.#exchange(message, deadlineMs));
        // The caller gets the error; the next message only waits for the end of this one.
        this.#turn = answer.catch(() => undefined);
        return answer;
    }

    /** Fails every exchange under way. */
    destroy(): void {
        this.#destroyed.abort(cancelled());
        this.#line?.wire.destroy();
        this.#close();
    }

    #close(): void {
        if (this.#line?.proof.by === "negotiate") this.#line.proof.mechanism.close();
        this.#line = undefined;
    }

    async #dial(): Promise<Line> {
        const { connection, signal, limits } = this.#options;
        const seconds = settingOf(connection, "perDialTimeout") ?? DEFAULT_DIAL_SECONDS;
        const over = new AbortController();
        let socket: Socket | undefined;
        const state = { isOwed: false };
        const clock = new DialClock<WinrmStep>("TCP connection", seconds * 1000, (step, passed) =>
            over.abort(expired(step, passed, state.isOwed)),
        );
        const stop = () => over.abort(cancelled());
        const stops = AbortSignal.any([signal, this.#destroyed.signal]);
        stops.addEventListener("abort", stop, { once: true });
        over.signal.addEventListener("abort", () => socket?.destroy(), { once: true });
        try {
            if (stops.aborted) stop();
            const line = await this.#connectAndLogIn(over.signal, clock, state, (connected) => {
                socket = connected;
            });
            if (over.signal.aborted) throw over.signal.reason;
            clock.pause();
            return { ...line, leftMs: clock.left };
        } catch (error) {
            socket?.destroy();
            if (over.signal.aborted) throw over.signal.reason;
            throw brokenLogin(error, { step: clock.step, isOwed: state.isOwed, answerMs: limits.authenticationMs });
        } finally {
            clock.pause();
            stops.removeEventListener("abort", stop);
        }
    }

    async #connectAndLogIn(
        over: AbortSignal,
        clock: DialClock<WinrmStep>,
        state: { isOwed: boolean },
        connected: (socket: Socket) => void,
    ): Promise<Omit<Line, "leftMs">> {
        const { connection, address, tls, proof: prove, redaction, limits } = this.#options;
        clock.enter("TCP connection", limits.connectMs);
        let socket = await connectTcp(address.host, address.port, over, LISTENER);
        connected(socket);
        let channelBinding: Buffer | undefined;
        let certificate: Buffer | undefined;
        if (tls !== undefined) {
            clock.enter("TLS", limits.tlsMs);
            ({ socket, channelBinding, certificate } = await secure(socket, connection, tls.trust, tls.context, over));
            connected(socket);
        }
        clock.enter("authentication", limits.authenticationMs);
        const wire = new Wire(socket, address);
        const proof = prove(channelBinding);
        try {
            const loggedIn = await logIn(
                { wire, proof, deadlineMs: limits.authenticationMs, ...this.#showing(over, clock, state) },
                (reply) => statusError(reply, redaction),
            );
            return { ...loggedIn, wire, proof, certificate, isProven: proof.by === "negotiate" };
        } catch (error) {
            if (proof.by === "negotiate") proof.mechanism.close();
            throw error;
        }
    }

    #showing(over: AbortSignal, clock: Pick<DialClock, "pause" | "resume">, state: { isOwed: boolean }) {
        const { gate, address } = this.#options;
        return {
            gate,
            server: `${address.host}:${address.port}`,
            over,
            waiting: (isWaiting: boolean) => (isWaiting ? clock.pause() : clock.resume()),
            owed: (isOwed: boolean) => {
                state.isOwed = isOwed;
            },
        };
    }

    async #exchange(message: Message, deadlineMs: number): Promise<SoapElement | Fault> {
        await this.open();
        const line = this.#line;
        if (line === undefined) throw cancelled();
        try {
            const reply = await this.#post(line, message, deadlineMs);
            if (reply.status === 401) throw refusal(line.proof, reply);
            line.isProven = true;
            return answerTo(message.messageId, readEnvelope(await this.#unsealed(line, reply)));
        } catch (error) {
            this.#line?.wire.destroy();
            this.#close();
            if (error instanceof WireLost) throw brokenMessage(error, message.operation, deadlineMs);
            throw error instanceof Malformed ? malformed(error) : error;
        }
    }

    async #post(line: Line, { text }: Message, deadlineMs: number): Promise<Reply> {
        const bytes = Buffer.from(text);
        const { wire, proof, authorization } = line;
        const headers: Record<string, string> = authorization === undefined ? {} : { Authorization: authorization };
        if (this.#options.tls !== undefined) {
            const post = { headers: { ...headers, "Content-Type": SOAP_TYPE }, body: bytes, deadlineMs };
            if (line.isProven) return await wire.post(post);
            const clock = { pause: () => undefined, resume: () => undefined };
            return await showPassword(wire, post, proof, this.#showing(this.#options.signal, clock, { isOwed: false }));
        }
        if (line.sealing === undefined || proof.by !== "negotiate") throw new Malformed("a login without encryption");
        const { sealedBy } = proof.mechanism;
        const sealed = sealedBody(sealedBy, { length: bytes.length, ...(await line.sealing.seal(bytes)) });
        return await wire.post({ headers: { ...headers, "Content-Type": sealedType(sealedBy) }, body: sealed, deadlineMs });
    }

    /** The text of an answer: a message or a fault. Over HTTP an answer must be sealed. */
    async #unsealed({ proof, sealing }: Line, reply: Reply): Promise<Buffer> {
        const type = reply.header("content-type");
        const isSealed = isSealedType(type);
        const isSoap = /^\s*application\/soap\+xml\b/i.test(type);
        if (reply.body.length === 0 || !(isSealed || isSoap)) throw statusError(reply, this.#options.redaction);
        if (this.#options.tls !== undefined && isSoap) return reply.body;
        if (!isSealed || sealing === undefined || proof.by !== "negotiate")
            throw new Malformed(isSealed ? "a sealed message over HTTPS" : "a message that is not sealed");
        const { length, signature, data } = readSealed(proof.mechanism.sealedBy, type, reply.body);
        const bytes = await sealing.unseal(signature, data);
        if (bytes.length !== length) throw new Malformed("a sealed message of another length than it says");
        return bytes;
    }
}
