import type { Duplex } from "node:stream";
import { Client, type ServerHostKeyAlgorithm } from "ssh2";
import { DEFAULT_DIAL_SECONDS, type Endpoint } from "../core/connection";
import type { WmisecError } from "../core/errors";
import type { Redaction } from "../core/redaction";
import { onAuthAnswer } from "./authAnswers";
import { Authentication } from "./authentication";
import { cancelled } from "./cancelled";
import type { Credentials } from "./credentials";
import { DialClock, type DialStep } from "./dialClock";
import { broken, expired, type SshError } from "./dialErrors";
import { Negotiation } from "./negotiation";
import type { PasswordGate } from "./passwordGate";
import { agentSilent } from "./sshAgent";
import { SshConnection } from "./sshConnection";
import type { Trust } from "./trust";
import { withoutSecrets } from "./withoutSecrets";

/** Milliseconds. They apply even if `perDialTimeout` is 0, so that nothing hangs forever. */
export interface DialLimits {
    readonly connectMs: number;
    readonly keyExchangeMs: number;
    readonly authenticationMs: number;
    /** Between two keepalive requests; three without an answer end the connection. */
    readonly keepaliveMs: number;
}

export interface DialOptions {
    readonly endpoint: Endpoint;
    readonly credentials: Credentials;
    readonly trust: Trust;
    readonly gate: Pick<PasswordGate, "enter">;
    /** For the server's text. */
    readonly redaction: Redaction;
    /** Host and port for errors: `web-07:22`. */
    readonly server: string;
    /** Connects to the server, directly or through a jump host. */
    readonly transport: (signal: AbortSignal) => Promise<Duplex>;
    readonly limits: DialLimits;
    readonly signal: AbortSignal;
}

/** One attempt to connect and log in, as `dial`, with a given list of host key algorithms. Run it once. */
export class DialAttempt {
    readonly #options: DialOptions;
    readonly #hostKeyAlgorithms: ServerHostKeyAlgorithm[];
    readonly #client = new Client();
    /** Aborted once the outcome is known. */
    readonly #over = new AbortController();
    readonly #negotiation = new Negotiation();
    readonly #clock: DialClock;
    readonly #authentication: Authentication;
    #socket: Duplex | undefined;
    #keyRefused = false;
    #resolve: (connection: SshConnection) => void = () => {};
    #reject: (error: unknown) => void = () => {};

    constructor(options: DialOptions, hostKeyAlgorithms: ServerHostKeyAlgorithm[]) {
        this.#options = options;
        this.#hostKeyAlgorithms = hostKeyAlgorithms;
        this.#clock = new DialClock<DialStep>(
            "TCP connection",
            (options.endpoint.perDialTimeout ?? DEFAULT_DIAL_SECONDS) * 1000,
            (step, seconds) => this.#fail(this.#silentAgent(seconds) ?? expired(step, seconds, this.#authentication.passwordOwed)),
        );
        this.#authentication = new Authentication({ ...options, clock: this.#clock, over: this.#over.signal, fail: this.#fail });
    }

    run(): Promise<SshConnection> {
        const { limits, signal, transport } = this.#options;
        return new Promise((resolve, reject) => {
            this.#resolve = resolve;
            this.#reject = reject;
            if (signal.aborted) {
                this.#stop();
                return;
            }
            signal.addEventListener("abort", this.#stop, { once: true });
            this.#listen();
            this.#clock.enter("TCP connection", limits.connectMs);
            transport(this.#over.signal).then(this.#start).catch(this.#fail);
        });
    }

    #listen(): void {
        const client = this.#client;
        client.on("handshake", () => {
            this.#negotiation.over();
            this.#clock.enter("authentication", this.#options.limits.authenticationMs);
        });
        client.on("change password", (prompt) => this.#fail(this.#authentication.passwordExpired(prompt)));
        client.on("error", (heard: SshError) => this.#failed(withoutSecrets(heard, this.#options.redaction)));
        client.on("close", () => this.#fail(this.#silentAgent(this.#clock.spent) ?? this.#broken()));
        client.on("ready", () => {
            if (this.#socket === undefined) return;
            this.#authentication.succeeded();
            this.#decide();
            this.#resolve(new SshConnection(client, this.#socket, this.#options.credentials.user, this.#options.redaction));
        });
    }

    readonly #start = (stream: Duplex): void => {
        this.#socket = stream;
        if (this.#over.signal.aborted) {
            stream.destroy();
            return;
        }
        const { credentials, limits, trust } = this.#options;
        this.#clock.enter("key exchange", limits.keyExchangeMs);
        this.#client.connect({
            sock: stream,
            username: credentials.user,
            authHandler: this.#authentication.next,
            algorithms: { serverHostKey: this.#hostKeyAlgorithms },
            hostVerifier: (key: Buffer) => {
                this.#keyRefused = !trust.accepts(key);
                return !this.#keyRefused;
            },
            debug: this.#negotiation.listen,
            readyTimeout: 0,
            keepaliveInterval: limits.keepaliveMs,
            keepaliveCountMax: 3,
        });
        onAuthAnswer(this.#client, this.#authentication.answered);
    };

    #failed(error: SshError): void {
        if (this.#keyRefused) this.#fail(this.#options.trust.refusal);
        else if (error.level === "agent" || error.level === "client-authentication") this.#authentication.note(error.message);
        else if (this.#clock.step === "authentication" && DENIALS.has(error.code))
            this.#fail(this.#authentication.disconnected(error.message));
        else this.#fail(this.#negotiation.failure(error) ?? this.#silentAgent(this.#clock.spent) ?? this.#broken(error));
    }

    #broken(error?: SshError): WmisecError {
        return broken(this.#clock.step, error, this.#authentication.passwordOwed);
    }

    /** The fault of an SSH agent that was asked to sign and has not answered; undefined if there is none. */
    #silentAgent(seconds: number): ReturnType<typeof agentSilent> | undefined {
        const { agent } = this.#options.credentials;
        return agent?.keys.some(({ owesAnswer }) => owesAnswer) ? agentSilent(agent.from, seconds) : undefined;
    }

    readonly #stop = (): void => this.#fail(cancelled());

    readonly #fail = (error: unknown): void => {
        if (this.#over.signal.aborted) return;
        this.#decide();
        this.#authentication.abandon();
        // Later errors of this client do not matter, but without a listener they would end the process.
        this.#client.on("error", () => {});
        this.#socket?.destroy();
        this.#reject(error);
    };

    /** The outcome is known: later events are ignored. */
    #decide(): void {
        const { credentials, signal } = this.#options;
        this.#clock.pause();
        signal.removeEventListener("abort", this.#stop);
        this.#client.removeAllListeners();
        this.#over.abort();
        for (const key of credentials.agent?.keys ?? []) key.giveUp();
    }
}

/**
 * DISCONNECT reasons that mean that our credentials were refused (RFC 4253, 11.1): protocol error, which OpenSSH sends after too
 * many failures, and no more methods. Others, such as a server that is stopping, say nothing about credentials.
 */
const DENIALS: ReadonlySet<unknown> = new Set([2, 14]);
