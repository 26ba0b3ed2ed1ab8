import type { Duplex } from "node:stream";
import type { Client, ClientCallback, ClientChannel } from "ssh2";
import { bareHost } from "../core/bareHost";
import { printable, WmisecError } from "../core/errors";
import type { Redaction } from "../core/redaction";
import { cancelled, closedByUs } from "./cancelled";
import { closedAfterLogin } from "./closedAfterLogin";
import { Ending } from "./ending";
import { withoutSecrets } from "./withoutSecrets";

/** Milliseconds for the other side to close a connection that we have ended. */
const CLOSE_MS = 400;

/** RFC 4254 section 5.1, SSH_OPEN_ADMINISTRATIVELY_PROHIBITED. */
const PROHIBITED = 1;

/** ssh2's error for a channel that was not opened. */
type ChannelError = Error & { readonly reason?: number | string };

/** ssh2's message for a channel on a connection that has ended. */
const NOT_CONNECTED = "Not connected";

/** ssh2's error for a connection. `code` is a number for the reason of an SSH DISCONNECT message. */
type ConnectionError = Error & { readonly code?: string | number };

/** The other side closed the connection; the network in between did not fail. */
const CLOSED: ReadonlySet<unknown> = new Set(["ECONNRESET", "EPIPE"]);

/** A connection to a server after the login. `dial` makes it. */
export class SshConnection {
    readonly #client: Client;
    readonly #socket: Duplex;
    readonly #redaction: Redaction;
    readonly #user: string;
    readonly #ending = new Ending<WmisecError>();
    #lastError: ConnectionError | undefined;
    #closing = false;

    /**
     * @param socket the one that `client` uses
     * @param user the logged-in user
     * @param redaction for the server's text
     */
    constructor(client: Client, socket: Duplex, user: string, redaction: Redaction) {
        this.#client = client;
        this.#redaction = redaction;
        this.#socket = socket;
        this.#user = user;
        client.on("error", (error) => {
            this.#lastError = withoutSecrets(error, this.#redaction);
        });
        client.on("close", () => this.#end());
    }

    /** Undefined while it is open. */
    get ended(): WmisecError | undefined {
        return this.#ending.reason;
    }

    /** The server's text, for people. */
    told(text: string, limit?: number): string {
        return printable(this.#redaction.text(text), limit);
    }

    /** Calls back once, at once if it has ended already. */
    onEnd(listener: (reason: WmisecError) => void): void {
        this.#ending.onEnd(listener);
    }

    /**
     * Starts a command without a terminal.
     * @throws WmisecError `execRefused`, also when the server closed the connection meanwhile; `timeout` after `ms`;
     *     `connectionLost`.
     */
    async exec(command: string, ms: number): Promise<ClientChannel> {
        const deadline = new AbortController();
        const timer = setTimeout(() => deadline.abort(), ms);
        try {
            return await this.#channel((callback) => this.#client.exec(command, callback), deadline.signal);
        } catch (error) {
            if (deadline.signal.aborted)
                throw new WmisecError("timeout", `did not start our command within ${ms / 1000} s`, {
                    remedy: "check whether the host is overloaded; nothing was done on it",
                });
            // ssh2 notices the end before it reports it.
            if ((error as ChannelError).message === NOT_CONNECTED) await this.#endOr(deadline.signal);
            const { ended } = this;
            if (ended === undefined) throw execRefused(error as ChannelError);
            throw this.#wasClosed ? closedAfterLogin(this.#user, ended.details.said) : ended;
        } finally {
            clearTimeout(timer);
        }
    }

    /**
     * A stream to another server, through this one.
     * @throws WmisecError `unreachable`, also if this connection is gone; `denied` if the server does not forward;
     *     `cancelled` if `signal` fires first.
     */
    async forward(host: string, port: number, signal: AbortSignal): Promise<Duplex> {
        try {
            const bare = bareHost(host);
            return await this.#channel((callback) => this.#client.forwardOut("127.0.0.1", 0, bare, port, callback), signal);
        } catch (error) {
            if (signal.aborted) throw cancelled();
            throw notForwarded(error as ChannelError, host, port);
        }
    }

    /** Settles when the connection is gone, within CLOSE_MS; never rejects. */
    async close(): Promise<void> {
        this.#closing = true;
        if (this.ended !== undefined) return;
        this.#client.end();
        await this.#ending.within(CLOSE_MS);
        this.destroy();
    }

    /** Closes at once, without telling the other side. */
    destroy(): void {
        this.#closing = true;
        this.#socket.destroy();
        this.#end();
    }

    /** Whether the other side closed it, and not a failure of the network. */
    get #wasClosed(): boolean {
        const code = this.#lastError?.code;
        return !this.#closing && (this.#lastError === undefined || CLOSED.has(code) || typeof code === "number");
    }

    #endOr(signal: AbortSignal): Promise<void> {
        return new Promise((resolve) => {
            if (signal.aborted) resolve();
            else signal.addEventListener("abort", () => resolve(), { once: true });
            this.onEnd(() => resolve());
        });
    }

    #channel(start: (callback: ClientCallback) => void, signal: AbortSignal): Promise<ClientChannel> {
        return new Promise((resolve, reject) => {
            const giveUp = () => reject(new Error("gave up"));
            if (signal.aborted) {
                giveUp();
                return;
            }
            signal.addEventListener("abort", giveUp, { once: true });
            start((error, channel) => {
                signal.removeEventListener("abort", giveUp);
                if (error !== undefined) reject(withoutSecrets(error, this.#redaction));
                // Too late: nobody waits for it.
                else if (signal.aborted) channel.close();
                else resolve(channel);
            });
        });
    }

    #end(): void {
        this.#ending.end(this.#closing ? closedByUs("connection") : lost(this.#lastError));
    }
}

function lost(error: Error | undefined): WmisecError {
    return new WmisecError("connectionLost", "the connection was lost", {
        said: error === undefined ? "it was closed without a message" : printable(error.message),
        remedy: "check whether the host was restarted or the network is unsteady, then run again",
        cause: error,
    });
}

function execRefused(error: ChannelError): WmisecError {
    if (error.message === NOT_CONNECTED) return lost(error);
    return new WmisecError("execRefused", "refused to start our command", {
        said: printable(error.message),
        remedy: "see the host's sshd_config (ForceCommand, MaxSessions, ChrootDirectory) and that the account may run programs",
        cause: error,
    });
}

function notForwarded(error: ChannelError, host: string, port: number): WmisecError {
    const said = printable(error.message);
    if (error.reason === PROHIBITED)
        return new WmisecError("denied", `does not forward to ${host} port ${port}`, {
            said,
            remedy: "allow it in the jump host's sshd_config (AllowTcpForwarding, PermitOpen)",
            cause: error,
        });
    return new WmisecError("unreachable", `could not connect to ${host} port ${port}`, {
        said,
        remedy: "check that the host is up, and that the jump host can reach it by this name and port",
        cause: error,
    });
}
