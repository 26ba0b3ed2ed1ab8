import { setMaxListeners } from "node:events";
import type { Duplex } from "node:stream";
import { type Connection, DEFAULT_DIAL_ERROR_LIMIT, DEFAULT_PORT, type Endpoint } from "../core/connection";
import { isWmisecError, type WmisecError } from "../core/errors";
import { Redaction } from "../core/redaction";
import { cancelled } from "./cancelled";
import { connectionKey } from "./connectionKey";
import { type Credentials, readCredentials } from "./credentials";
import { type DialLimits, dial } from "./dial";
import { Openings, type Place } from "./openings";
import { PasswordGate } from "./passwordGate";
import { Pool } from "./pool";
import { retryUnreachable } from "./retry";
import { saidOf } from "./saidOf";
import { Secrets } from "./secrets";
import type { Session, Sessions } from "./session";
import type { SshConnection } from "./sshConnection";
import { SshSession } from "./sshSession";
import { connectTcp } from "./tcp";
import { readTrust, systemKnownHosts } from "./trust";

/** Milliseconds. */
export interface SshLimits extends DialLimits {
    /** Until the host has started our command. */
    readonly execMs: number;
    /** Before the first new try of a dial, and the most that later waits grow to. */
    readonly firstRetryMs: number;
    readonly maxRetryMs: number;
    /** How long a server that had a password and says nothing holds up others that wait to send the same one. */
    readonly passwordPatienceMs: number;
    /** After which a jump host's connection that nobody needs is closed. */
    readonly jumpIdleMs: number;
}

export const DEFAULT_SSH_LIMITS: SshLimits = {
    connectMs: 60_000,
    keyExchangeMs: 60_000,
    authenticationMs: 120_000,
    keepaliveMs: 10_000,
    execMs: 30_000,
    firstRetryMs: 500,
    maxRetryMs: 10_000,
    passwordPatienceMs: 5000,
    jumpIdleMs: 15_000,
};

export interface SshSessionsOptions {
    /** The process's environment: SSH_AUTH_SOCK, `{ env }` references, and what `{ command }` programs see. */
    readonly env: NodeJS.ProcessEnv;
    /** The home folder that `~/` stands for. */
    readonly home: string;
    readonly limits?: Partial<SshLimits>;
    /** Told of each login to a server whose key was not checked. */
    readonly warn: (text: string) => void;
    /** Is told every secret that is used, and takes them out of what servers say. @default one of its own */
    readonly redaction?: Redaction;
    /** What others open, too, must not be more than the machine can bear. @default 32 at once */
    readonly openings?: Openings;
}

/** Milliseconds that sessions get to end by themselves when everything is closed. */
const CLOSE_ALL_MS = 400;

/**
 * Opens sessions over SSH. There is one of these in a process: what it learns about passwords holds for the process, and
 * the connections of jump hosts are shared by all hosts behind them. It does not share sessions: see `Pool`.
 */
export class SshSessions implements Sessions {
    readonly #env: NodeJS.ProcessEnv;
    readonly #home: string;
    readonly #warn: (text: string) => void;
    readonly #limits: SshLimits;
    readonly #stop = new AbortController();
    readonly #gate: PasswordGate;
    readonly #openings: Openings;
    readonly #redaction: Redaction;
    readonly #secrets: Secrets;
    readonly #jumps: Pool<SshConnection>;
    readonly #connections = new Set<SshConnection>();
    readonly #sessions = new Set<Session>();

    constructor({ env, home, limits, warn, openings = new Openings(), redaction = new Redaction() }: SshSessionsOptions) {
        // All that wait or dial listen to it; Node.js would print a warning from the eleventh on.
        setMaxListeners(0, this.#stop.signal);
        this.#env = env;
        this.#warn = warn;
        this.#home = home;
        this.#limits = { ...DEFAULT_SSH_LIMITS, ...limits };
        this.#redaction = redaction;
        this.#openings = openings;
        this.#gate = new PasswordGate(this.#limits.passwordPatienceMs);
        this.#secrets = new Secrets({ env, home, signal: this.#stop.signal, redaction });
        this.#jumps = new Pool({ idleMs: this.#limits.jumpIdleMs });
    }

    /**
     * @param command as the host's default shell gets it
     * @throws WmisecError that names the host: `secretUnavailable`, `invalidInput`, `unreachable` (after the new tries that
     *     `dialErrorLimit` allows), `hostKeyUnknown`, `hostKeyMismatch`, `denied`, `timeout`, `connectionLost`, `execRefused`,
     *     `cancelled`. None holds a secret.
     */
    async open(connection: Connection, command: string): Promise<Session> {
        let way: Way | undefined;
        try {
            const ssh = await this.#login(connection, "connection", async () => {
                way = await this.#way(connection);
                return way;
            });
            const session = await SshSession.start(ssh, command, this.#limits.execMs);
            this.#sessions.add(session);
            session.onEnd(() => this.#sessions.delete(session));
            return session;
        } catch (error) {
            if (!isWmisecError(error)) throw error;
            // What a host seems to have closed may have ended with the jump host.
            throw saidOf(connection, (error.code === "execRefused" ? way?.ended() : undefined) ?? error);
        }
    }

    async closeAll(): Promise<void> {
        this.#stop.abort();
        let timer: NodeJS.Timeout | undefined;
        const late = new Promise<void>((resolve) => {
            timer = setTimeout(resolve, CLOSE_ALL_MS);
        });
        await Promise.race([Promise.all([...this.#sessions].map((session) => session.close())), late]);
        clearTimeout(timer);
        await this.#jumps.closeAll();
        for (const connection of this.#connections) connection.destroy();
    }

    /** Logs in to one server, trying again while it is unreachable. */
    async #login(endpoint: Endpoint, field: "connection" | "connection.proxy", openWay: () => Promise<Way>): Promise<SshConnection> {
        const { signal } = this.#stop;
        if (signal.aborted) throw cancelled();
        const credentials = await readCredentials(endpoint, field, this.#secrets, { env: this.#env, home: this.#home });
        const attempt = async ({ connect, release }: Way) => {
            try {
                const dialled = await this.#openings.run(signal, (place) => this.#dial(endpoint, field, credentials, connect, place));
                dialled.onEnd(release);
                return dialled;
            } catch (error) {
                release();
                throw error;
            }
        };
        const connection = await retryUnreachable(openWay, attempt, {
            limit: endpoint.dialErrorLimit ?? DEFAULT_DIAL_ERROR_LIMIT,
            firstWaitMs: this.#limits.firstRetryMs,
            maxWaitMs: this.#limits.maxRetryMs,
            signal,
        });
        if (signal.aborted) {
            connection.destroy();
            throw cancelled();
        }
        this.#connections.add(connection);
        connection.onEnd(() => this.#connections.delete(connection));
        return connection;
    }

    /** One dial. Its place is another's while it waits for its turn to send a password. */
    async #dial(
        endpoint: Endpoint,
        field: "connection" | "connection.proxy",
        credentials: Credentials,
        connect: Way["connect"],
        place: Place,
    ): Promise<SshConnection> {
        const trust = await readTrust({ endpoint, field, home: this.#home, systemFiles: systemKnownHosts(this.#env) });
        const connection = await dial({
            endpoint,
            credentials,
            trust,
            gate: { enter: (...asked) => place.without(() => this.#gate.enter(...asked)) },
            redaction: this.#redaction,
            server: serverOf(endpoint),
            limits: this.#limits,
            signal: this.#stop.signal,
            transport: connect,
        });
        place.keeps((ended) => connection.onEnd(ended));
        if (trust.unchecked !== undefined) this.#warn(`${serverOf(endpoint)}: ${trust.unchecked}`);
        return connection;
    }

    async #way({ host, port = DEFAULT_PORT, proxy }: Connection): Promise<Way> {
        if (proxy === undefined) return direct(host, port);
        const ofJump = (error: unknown) => {
            throw isWmisecError(error) ? saidOfJump(error, proxy) : error;
        };
        const jump = await this.#jumps
            .lease(connectionKey(proxy), () =>
                this.#login(proxy, "connection.proxy", async () => direct(proxy.host, proxy.port ?? DEFAULT_PORT)),
            )
            .catch(ofJump);
        return {
            connect: (signal) => jump.resource.forward(host, port, signal).catch(ofJump),
            release: () => jump.release(),
            ended: () => jump.resource.ended && saidOfJump(jump.resource.ended, proxy),
        };
    }
}

/** How the bytes get to a server. */
interface Way {
    readonly connect: (signal: AbortSignal) => Promise<Duplex>;
    /** To be called once when the way is not needed any more. */
    readonly release: () => void;
    /** Why it leads nowhere any more; undefined while it does. */
    readonly ended: () => WmisecError | undefined;
}

const direct = (host: string, port: number): Way => ({
    connect: (signal) => connectTcp(host, port, signal),
    release: () => {},
    ended: () => undefined,
});

const serverOf = ({ host, port }: Endpoint): string => `${host}:${port ?? DEFAULT_PORT}`;

/** The error of a jump host, for those who want to go to a host behind it. */
function saidOfJump(error: WmisecError, proxy: Endpoint): WmisecError {
    return saidOf(proxy, error.with({ summary: `jump host ${serverOf(proxy)}: ${error.summary}` }));
}
