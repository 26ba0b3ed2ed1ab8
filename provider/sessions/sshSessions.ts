import type { Duplex } from "node:stream";
import { type Connection, DEFAULT_PORT, type Endpoint } from "../core/connection";
import { isWmisecError, type WmisecError } from "../core/errors";
import type { Session } from "../core/session";
import { cancelled } from "./cancelled";
import { connectionKey } from "./connectionKey";
import { type Credentials, readCredentials } from "./credentials";
import { dial } from "./dial";
import type { DialLimits } from "./dialAttempt";
import { settledWithin } from "./ending";
import type { Place } from "./openings";
import { Pool } from "./pool";
import { type RetryLimits, retryUnreachable } from "./retry";
import type { Services } from "./services";
import type { Sessions } from "./session";
import type { SshConnection } from "./sshConnection";
import { SshSession } from "./sshSession";
import { connectTcp } from "./tcp";
import { readTrust, systemKnownHosts } from "./trust";
import { withConnection } from "./withConnection";

/** Milliseconds. */
export interface SshLimits extends DialLimits, RetryLimits {
    /** Until the host has started our command. */
    readonly execMs: number;
    /** Until an unused connection to a jump host is closed. */
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
    jumpIdleMs: 15_000,
};

/** Milliseconds for sessions to end by themselves when everything is closed. */
const CLOSE_ALL_MS = 400;

/**
 * Opens sessions over SSH. All hosts behind a jump host share its connection. Sessions are not shared: see `Pool`.
 */
export class SshSessions implements Sessions {
    readonly #services: Services;
    readonly #limits: SshLimits;
    readonly #jumps: Pool<SshConnection>;
    readonly #connections = new Set<SshConnection>();
    readonly #sessions = new Set<Session>();

    constructor(services: Services, limits: Partial<SshLimits> = {}) {
        this.#services = services;
        this.#limits = { ...DEFAULT_SSH_LIMITS, ...limits };
        this.#jumps = new Pool({ idleMs: this.#limits.jumpIdleMs });
    }

    /**
     * @param command as the host's default shell gets it
     * @throws WmisecError that names the host: `secretUnavailable`, `invalidInput`, `unreachable` (after the retries that
     *     `dialErrorLimit` allows), `hostKeyUnknown`, `hostKeyMismatch`, `denied`, `timeout`, `connectionLost`, `execRefused`,
     *     `cancelled`. None holds a secret.
     */
    async open(connection: Connection, command: string): Promise<Session> {
        let way: Way | undefined;
        try {
            const openWay = async () => {
                way = await this.#way(connection);
                return way;
            };
            const { room, stop } = this.#services;
            const ssh = await this.#login(connection, "connection", openWay, (dial) => room.hold(stop.signal, dial));
            const session = await SshSession.start(ssh, command, this.#limits.execMs);
            this.#sessions.add(session);
            session.onEnd(() => this.#sessions.delete(session));
            return session;
        } catch (error) {
            if (!isWmisecError(error)) throw error;
            // A connection that the host seems to have closed may have ended because the jump host did.
            throw withConnection(connection, (error.code === "execRefused" ? way?.ended() : undefined) ?? error);
        }
    }

    async closeAll(): Promise<void> {
        this.#services.stop.abort();
        await settledWithin(CLOSE_ALL_MS, Promise.all([...this.#sessions].map((session) => session.close())));
        await this.#jumps.closeAll();
        for (const connection of this.#connections) connection.destroy();
    }

    /**
     * Logs in to one server, and retries while it is unreachable.
     * @param withRoom holds room for a dial, and none during the wait for the next one
     */
    async #login(
        endpoint: Endpoint,
        field: "connection" | "connection.proxy",
        openWay: () => Promise<Way>,
        withRoom = (dial: () => Promise<SshConnection>) => dial(),
    ): Promise<SshConnection> {
        const { secrets, openings, stop } = this.#services;
        const { signal } = stop;
        if (signal.aborted) throw cancelled();
        const credentials = await readCredentials(endpoint, field, secrets, this.#services);
        const attempt = async ({ connect, release }: Way) => {
            try {
                const dialled = await withRoom(() =>
                    openings.run(signal, (place) => this.#dial(endpoint, field, credentials, connect, place)),
                );
                dialled.onEnd(release);
                return dialled;
            } catch (error) {
                release();
                throw error;
            }
        };
        const connection = await retryUnreachable(openWay, attempt, endpoint, this.#limits, signal);
        if (signal.aborted) {
            connection.destroy();
            throw cancelled();
        }
        this.#connections.add(connection);
        connection.onEnd(() => this.#connections.delete(connection));
        return connection;
    }

    /** One dial. It gives up its place while it waits for its turn to send a password. */
    async #dial(
        endpoint: Endpoint,
        field: "connection" | "connection.proxy",
        credentials: Credentials,
        connect: Way["connect"],
        place: Place,
    ): Promise<SshConnection> {
        const { env, home, warn, gate, redaction, stop } = this.#services;
        const trust = await readTrust({ endpoint, field, home, systemFiles: systemKnownHosts(env) });
        const connection = await dial({
            endpoint,
            credentials,
            trust,
            gate: { enter: (...asked) => place.without(() => gate.enter(...asked)) },
            redaction,
            server: serverOf(endpoint),
            limits: this.#limits,
            signal: stop.signal,
            transport: connect,
        });
        place.keeps((ended) => connection.onEnd(ended));
        if (trust.unchecked !== undefined) warn(`${serverOf(endpoint)}: ${trust.unchecked}`);
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
    /** Call it once when the way is not needed any more. */
    readonly release: () => void;
    /** Why it is broken; undefined while it works. */
    readonly ended: () => WmisecError | undefined;
}

const direct = (host: string, port: number): Way => ({
    connect: (signal) => connectTcp(host, port, signal),
    release: () => {},
    ended: () => undefined,
});

const serverOf = ({ host, port }: Endpoint): string => `${host}:${port ?? DEFAULT_PORT}`;

/** A jump host's error, for a host behind it. */
function saidOfJump(error: WmisecError, proxy: Endpoint): WmisecError {
    return withConnection(proxy, error.with({ summary: `jump host ${serverOf(proxy)}: ${error.summary}` }));
}
