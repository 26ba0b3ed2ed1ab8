import { setTimeout as wait } from "node:timers/promises";
import { type Connection, INSECURE_ACCEPT_ANY } from "../../core/connection";
import { fingerprintText } from "../../core/connection/certificateText";
import { isWmisecError } from "../../core/errors";
import type { Session } from "../../core/session";
import { cancelled } from "../cancelled";
import { settledWithin } from "../ending";
import type { Place } from "../openings";
import { type RetryLimits, retryUnreachable } from "../retry";
import type { Services } from "../services";
import type { Sessions } from "../session";
import { withConnection } from "../withConnection";
import { type Address, addressOf } from "./address";
import { Channel, type ChannelLimits } from "./channel";
import { faultError, triesAfter } from "./faults";
import { fingerprintOf, readServerTrust, type ServerTrust } from "./serverTrust";
import { Faulted, Shell, type ShellLimits } from "./shell";
import { readWinrmCredentials, SecureContexts, type WinrmCredentials } from "./winrmCredentials";
import { WinrmSession } from "./winrmSession";

/** Milliseconds. */
export interface WinrmLimits extends ChannelLimits, ShellLimits, RetryLimits {
    /** For the host to make a shell, if `perDialTimeout` is 0. */
    readonly createMs: number;
    /** For the host to start our command. */
    readonly commandMs: number;
    /** Before Create is tried again because a quota is used up. Each further wait is twice as long. */
    readonly quotaMs: number;
    /** For command and shell to end on the host, after a session or a failed dial. */
    readonly deleteMs: number;
}

const DEFAULT_LIMITS: WinrmLimits = {
    connectMs: 60_000,
    tlsMs: 60_000,
    authenticationMs: 120_000,
    createMs: 60_000,
    commandMs: 30_000,
    quotaMs: 500,
    pollMs: 20_000,
    sendMs: 60_000,
    graceMs: 10_000,
    deleteMs: 450,
    firstRetryMs: 500,
    maxRetryMs: 10_000,
};

/** Milliseconds that sessions have to end by themselves in `closeAll`. */
const CLOSE_ALL_MS = 400;

interface Prepared {
    readonly address: Address;
    readonly trust: ServerTrust | undefined;
    readonly credentials: WinrmCredentials;
}

/** Opens sessions over WinRM. Each has its own shell and two connections. */
export class WinrmSessions implements Sessions {
    readonly #services: Services;
    readonly #limits: WinrmLimits;
    readonly #contexts = new SecureContexts();
    readonly #shells = new Set<Shell>();
    readonly #sessions = new Set<WinrmSession>();

    constructor(services: Services, limits: Partial<WinrmLimits> = {}) {
        this.#services = services;
        this.#limits = { ...DEFAULT_LIMITS, ...limits };
    }

    /**
     * Resolves when the host has started the command.
     * @throws WmisecError that names the host: `secretUnavailable`, `invalidInput`, `unreachable` (after the new tries that
     *     `dialErrorLimit` allows), `hostKeyUnknown`, `hostKeyMismatch`, `noCommonAlgorithm`, `denied`, `timeout`, `connectionLost`,
     *     `execRefused`, `protocol`, `cancelled`. None contains a secret.
     */
    async open(connection: Connection, command: string): Promise<Session> {
        const { room, openings, secrets, stop } = this.#services;
        const { signal } = stop;
        try {
            if (signal.aborted) throw cancelled();
            const address = addressOf(connection);
            const credentials = await readWinrmCredentials(connection, secrets);
            const trust = address.isHttps ? await readServerTrust(connection, { ...this.#services, signal }) : undefined;
            const prepared = { address, credentials, trust };
            // No room is held between two attempts.
            const attempt = () =>
                room.hold(signal, () => openings.run(signal, (place) => this.#dial(connection, prepared, command, place)));
            return await retryUnreachable(async () => undefined, attempt, connection, this.#limits, signal);
        } catch (error) {
            throw isWmisecError(error) ? withConnection(connection, error) : error;
        }
    }

    async closeAll(): Promise<void> {
        this.#services.stop.abort();
        const deleted = [...this.#shells].map((shell) => shell.delete(true));
        const ends = [...deleted, ...[...this.#sessions].map((session) => session.close(0))];
        await settledWithin(CLOSE_ALL_MS, Promise.all(ends));
        for (const shell of this.#shells) shell.destroy();
    }

    async #dial(connection: Connection, prepared: Prepared, command: string, place: Place): Promise<Session> {
        const { redaction, stop } = this.#services;
        const channels = this.#channels(connection, prepared, place);
        const shell = new Shell(channels, prepared.address.url, redaction, this.#limits);
        this.#shells.add(shell);
        try {
            const { leftMs, certificate } = await channels.control.open();
            this.#warnOfAny(connection, certificate);
            const created = this.#create(shell, leftMs);
            // Log in while the host makes the shell. If that fails, the first Receive opens the channel again and reports the error.
            const opened = channels.output.open().catch(() => undefined);
            await created;
            await opened;
            await shell.command(command, this.#limits.commandMs);
            if (stop.signal.aborted) throw cancelled();
            const session = new WinrmSession(shell, this.#limits.deleteMs);
            place.keeps((ended) => session.onEnd(ended));
            this.#sessions.add(session);
            session.onEnd(() => {
                this.#sessions.delete(session);
                void session.close().then(() => this.#shells.delete(shell));
            });
            return session;
        } catch (error) {
            await settledWithin(this.#limits.deleteMs, shell.delete());
            shell.destroy();
            this.#shells.delete(shell);
            throw error;
        }
    }

    #channels(connection: Connection, { address, trust, credentials }: Prepared, place: Place) {
        const { gate, redaction, stop } = this.#services;
        const options = {
            ...{ connection, address, redaction, limits: this.#limits, signal: stop.signal },
            tls: trust && { trust, context: this.#contexts.contextOf(trust, credentials.certificate) },
            proof: credentials.proof,
        };
        // Another dial uses the place while this one waits for its turn to send a password.
        const control = new Channel({ ...options, gate: { enter: (...asked) => place.without(() => gate.enter(...asked)) } });
        return { control, output: new Channel({ ...options, gate }) };
    }

    /** If a quota is used up, any shell that ends makes room for ours. So Create is tried again while the dial has time. */
    async #create(shell: Shell, leftMs: number): Promise<void> {
        const end = performance.now() + Math.min(leftMs, this.#limits.createMs);
        for (let tries = 1, waitMs = this.#limits.quotaMs; ; tries++, waitMs *= 2) {
            try {
                await shell.create(Math.max(1000, end - performance.now()));
                return;
            } catch (error) {
                if (!(error instanceof Faulted)) throw error;
                const { fault } = error;
                if (tries > triesAfter(fault) || performance.now() + waitMs > end)
                    throw faultError(fault, "create", this.#services.redaction);
            }
            await wait(waitMs, undefined, { signal: this.#services.stop.signal }).catch(() => {
                throw cancelled();
            });
        }
    }

    #warnOfAny({ host, serverCertificate }: Connection, certificate: Buffer | undefined): void {
        if (serverCertificate !== INSECURE_ACCEPT_ANY || certificate === undefined) return;
        this.#services.warn(
            `${host}: its certificate is not checked ("${INSECURE_ACCEPT_ANY}"); it showed ${fingerprintText(fingerprintOf(certificate))}`,
        );
    }
}
