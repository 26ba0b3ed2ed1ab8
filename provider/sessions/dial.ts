import type { Duplex } from "node:stream";
import { Client, type ClientErrorExtensions, type ServerHostKeyAlgorithm } from "ssh2";
import { DEFAULT_DIAL_SECONDS, type Endpoint } from "../core/connection";
import { printable, WmisecError } from "../core/errors";
import type { Redaction } from "../core/redaction";
import { onAuthAnswer } from "./authAnswers";
import { Authentication } from "./authentication";
import { cancelled } from "./cancelled";
import type { Credentials } from "./credentials";
import { DialClock, type DialStep } from "./dialClock";
import { Negotiation } from "./negotiation";
import type { PasswordGate } from "./passwordGate";
import { agentSilent } from "./sshAgent";
import { SshConnection } from "./sshConnection";
import type { Trust } from "./trust";
import { withoutSecrets } from "./withoutSecrets";

/** Milliseconds. They hold also where `perDialTimeout` is 0, so that nothing hangs for ever. */
export interface DialLimits {
    readonly connectMs: number;
    readonly keyExchangeMs: number;
    readonly authenticationMs: number;
    /** Between two signs of life that we ask for; three without an answer end the connection. */
    readonly keepaliveMs: number;
}

export interface DialOptions {
    readonly endpoint: Endpoint;
    readonly credentials: Credentials;
    readonly trust: Trust;
    readonly gate: Pick<PasswordGate, "enter">;
    /** For what the server says. */
    readonly redaction: Redaction;
    /** Host and port in words: `web-07:22`. */
    readonly server: string;
    /** Connects to the server, directly or by way of another. */
    readonly transport: (signal: AbortSignal) => Promise<Duplex>;
    readonly limits: DialLimits;
    readonly signal: AbortSignal;
}

/**
 * Connects and logs in, once.
 * @throws WmisecError `unreachable` for everything that went wrong before a password was sent and may be tried again, also a
 *     deadline; `timeout` and `connectionLost` when the answer to a password did not come; `hostKeyUnknown`,
 *     `hostKeyMismatch`; `noCommonAlgorithm`; `denied`; `protocol`; `cancelled`; ControllerFault, also for an SSH agent that
 *     does not answer.
 */
export async function dial(options: DialOptions): Promise<SshConnection> {
    const { trust } = options;
    for (;;) {
        const refusal = trust.refusal;
        const algorithms = trust.algorithms();
        if (refusal !== undefined && algorithms.length === 0) throw refusal;
        try {
            return await dialOnce(options, algorithms);
        } catch (error) {
            if (error !== trust.refusal) throw refusal ?? error;
        }
    }
}

/** An error of ssh2 or of the socket. `code` is a number for the reason of an SSH DISCONNECT message. */
type SshError = Error & ClientErrorExtensions & { readonly code?: string | number };

function dialOnce(options: DialOptions, serverHostKey: ServerHostKeyAlgorithm[]): Promise<SshConnection> {
    const { endpoint, credentials, trust, limits, signal, redaction } = options;
    return new Promise((resolve, reject) => {
        const client = new Client();
        const over = new AbortController();
        let socket: Duplex | undefined;
        let keyRefused = false;
        const negotiation = new Negotiation();
        const agentKeys = credentials.agent?.keys ?? [];

        const clock = new DialClock((endpoint.perDialTimeout ?? DEFAULT_DIAL_SECONDS) * 1000, (step, seconds) =>
            fail(agentOwed(seconds) ?? expired(step, seconds, authentication.passwordOwed)),
        );
        const decide = () => {
            clock.pause();
            signal.removeEventListener("abort", stop);
            client.removeAllListeners();
            over.abort();
            for (const key of agentKeys) key.giveUp();
        };
        const fail = (error: unknown) => {
            if (over.signal.aborted) return;
            decide();
            authentication.abandon();
            // What a client that was given up still has to say is of no interest, but unheard it would end the process.
            client.on("error", () => {});
            socket?.destroy();
            reject(error);
        };
        const stop = () => fail(cancelled());
        const agentOwed = (seconds: number) =>
            agentKeys.some(({ owesAnswer }) => owesAnswer) ? agentSilent(credentials.agent?.from ?? "", seconds) : undefined;
        const authentication = new Authentication({ ...options, clock, over: over.signal, fail });

        client.on("handshake", () => {
            negotiation.over();
            clock.enter("authentication", limits.authenticationMs);
        });
        client.on("change password", (prompt) => fail(authentication.passwordExpired(prompt)));
        client.on("error", (heard: SshError) => {
            const error = withoutSecrets(heard, redaction);
            if (keyRefused) fail(trust.refusal);
            else if (error.level === "agent" || error.level === "client-authentication") authentication.note(error.message);
            else if (clock.step === "authentication" && DENIALS.has(error.code)) fail(authentication.disconnected(error.message));
            else fail(negotiation.failure(error) ?? agentOwed(clock.spent) ?? broken(clock.step, error, authentication.passwordOwed));
        });
        client.on("close", () => fail(agentOwed(clock.spent) ?? broken(clock.step, undefined, authentication.passwordOwed)));
        client.on("ready", () => {
            if (socket === undefined) return;
            authentication.succeeded();
            decide();
            resolve(new SshConnection(client, socket, credentials.user, redaction));
        });

        const start = (stream: Duplex) => {
            socket = stream;
            if (over.signal.aborted) {
                stream.destroy();
                return;
            }
            clock.enter("key exchange", limits.keyExchangeMs);
            client.connect({
                sock: stream,
                username: credentials.user,
                authHandler: authentication.next,
                algorithms: { serverHostKey },
                hostVerifier: (key: Buffer) => {
                    keyRefused = !trust.accepts(key);
                    return !keyRefused;
                },
                debug: negotiation.listen,
                readyTimeout: 0,
                keepaliveInterval: limits.keepaliveMs,
                keepaliveCountMax: 3,
            });
            onAuthAnswer(client, authentication.answered);
        };

        if (signal.aborted) {
            stop();
            return;
        }
        signal.addEventListener("abort", stop, { once: true });
        clock.enter("TCP connection", limits.connectMs);
        options.transport(over.signal).then(start).catch(fail);
    });
}

/**
 * Reasons of a DISCONNECT that say that our credentials are not good enough (RFC 4253, 11.1): protocol error, which is what
 * OpenSSH calls too many failures, and no more methods. Others, such as a server that is stopping, say nothing of them.
 */
const DENIALS: ReadonlySet<unknown> = new Set([2, 14]);

function expired(step: DialStep, seconds: number, passwordOwed: boolean): WmisecError {
    const summary = `no answer within ${seconds} s (step: ${step})`;
    if (passwordOwed)
        return new WmisecError("timeout", summary, {
            remedy: "see whether the host can reach its domain controller, or raise perDialTimeout; the password is not sent again by itself",
        });
    return new WmisecError("unreachable", summary, { remedy: EXPIRED_REMEDIES[step] });
}

const EXPIRED_REMEDIES: Readonly<Record<DialStep, string>> = {
    "TCP connection": "check that the host is up and that firewalls let the port through, or raise perDialTimeout",
    "key exchange": "see that an SSH server answers on this port and that the host is not overloaded, or raise perDialTimeout",
    authentication: "see whether the host can reach its domain controller, and whether the SSH agent answers, or raise perDialTimeout",
};

/** @param error undefined when the connection was closed without one */
function broken(step: DialStep, error: SshError | undefined, passwordOwed: boolean): WmisecError {
    const code = typeof error?.code === "string" ? ` (${error.code})` : "";
    const summary = `the connection was closed before we were logged in (step: ${step})${code}`;
    const details = { said: printable(error?.message ?? "nothing"), cause: error };
    if (step === "authentication" && error?.message === "Bad packet length")
        return new WmisecError("protocol", "sent an SSH packet that is larger than our client takes (35,000 bytes), or garbled", {
            ...details,
            remedy: 'it may be the login banner: make it shorter (Banner in the host\'s sshd_config), or use transport "openssh", which takes 256 kB',
        });
    if (passwordOwed)
        return new WmisecError("connectionLost", summary, {
            ...details,
            remedy: "see the host's SSH log (Applications and Services Logs, OpenSSH); the password is not sent again by itself",
        });
    return new WmisecError("unreachable", summary, {
        ...details,
        remedy: "see that an SSH server answers on this port, that it is not too busy (MaxStartups in sshd_config), and its log on the host",
    });
}
