import { type Connection, DEFAULT_DIAL_SECONDS, INSECURE_ACCEPT_ANY } from "../../core/connection";
import { isWmisecError } from "../../core/errors";
import type { Session } from "../../core/session";
import { cancelled } from "../cancelled";
import { settledWithin } from "../ending";
import { expandHome } from "../expandHome";
import { NoCommonAlgorithm } from "../noCommonAlgorithm";
import type { Place } from "../openings";
import { type RetryLimits, retryUnreachable } from "../retry";
import type { Services } from "../services";
import type { Sessions } from "../session";
import { agentSilent, isSilentAgent } from "../sshAgent";
import { withConnection } from "../withConnection";
import { OpensshSession } from "./opensshSession";
import { sshArguments } from "./sshArguments";
import { agentOf, effectiveOptions, findSsh, type SshClient } from "./sshClient";
import { LoginExpired, loginFailure, noSsh } from "./sshEnd";
import { SshFiles } from "./sshFiles";
import { SshProgram } from "./sshProgram";

/** Milliseconds. */
export interface OpensshLimits extends RetryLimits {
    /** Until ssh is logged in, if `perDialTimeout` is 0, so that nothing hangs forever. */
    readonly loginMs: number;
    /** Beyond `perDialTimeout`. ssh gets that limit, too, and knows better than we what it waited for. */
    readonly graceMs: number;
    /** For an SSH agent to answer, after a dial has failed. */
    readonly agentMs: number;
}

const DEFAULT_LIMITS: OpensshLimits = { loginMs: 240_000, graceMs: 1000, agentMs: 2000, firstRetryMs: 500, maxRetryMs: 10_000 };

/** Milliseconds for programs to end by themselves when everything is closed. */
const CLOSE_ALL_MS = 400;

/**
 * Opens sessions by the program `ssh` of the controller. What its user's configuration has (Kerberos, certificates, smart
 * cards, ProxyCommand, ProxyJump) works as it does by hand, as long as nothing needs interactive input.
 */
export class OpensshSessions implements Sessions {
    readonly #services: Services;
    readonly #limits: OpensshLimits;
    readonly #programs = new Set<SshProgram>();
    readonly #sessions = new Set<Session>();
    readonly #files = new Set<SshFiles>();
    #ssh: Promise<SshClient | undefined> | undefined;

    constructor(services: Services, limits: Partial<OpensshLimits> = {}) {
        this.#services = services;
        this.#limits = { ...DEFAULT_LIMITS, ...limits };
    }

    /**
     * Settles when ssh reports the login. If the host refuses to start the command, the session ends with that reason.
     * @throws WmisecError that names the host: `invalidInput` (also when there is no program `ssh`), `unreachable` (after the
     *     retries that `dialErrorLimit` allows), `hostKeyUnknown`, `hostKeyMismatch`, `denied`, `connectionLost`, `cancelled`.
     */
    async open(connection: Connection, command: string): Promise<Session> {
        const { room, openings, stop } = this.#services;
        const { signal } = stop;
        try {
            // Holds no room during the wait for the next dial.
            const attempt = () => room.hold(signal, () => openings.run(signal, (place) => this.#dial(connection, command, place)));
            return await retryUnreachable(async () => undefined, attempt, connection, this.#limits, signal);
        } catch (error) {
            throw isWmisecError(error) ? withConnection(connection, error) : error;
        }
    }

    async closeAll(): Promise<void> {
        this.#services.stop.abort();
        const gone = [...this.#programs].map((program) => new Promise<void>((resolve) => program.onExit(() => resolve())));
        await settledWithin(CLOSE_ALL_MS, Promise.all([...gone, ...[...this.#sessions].map((session) => session.close())]));
        for (const program of this.#programs) program.kill();
        await Promise.all(gone);
        for (const files of this.#files) files.remove();
    }

    async #dial(connection: Connection, command: string, place: Place): Promise<Session> {
        const { env, home, warn, redaction, stop } = this.#services;
        const files = new SshFiles(connection);
        const { trust, log } = files;
        const done = () => {
            files.remove();
            this.#files.delete(files);
        };
        this.#files.add(files);
        try {
            const ssh = await this.#found();
            if (stop.signal.aborted) throw cancelled();
            if (ssh === undefined) throw noSsh();
            const args = sshArguments(connection, command, { trust, log: log.path, version: ssh.version, home });
            const program = new SshProgram(ssh.path, args, env, log, redaction);
            this.#programs.add(program);
            program.onExit(() => this.#programs.delete(program));
            const options = () => effectiveOptions(ssh.path, args, env, stop.signal);
            await this.#login(connection, program, files).catch(async (error: unknown) => {
                throw await this.#explained(connection, error, options);
            });
            if (trust.keys === "anybody")
                warn(`${connection.host}: its host key is not checked ("${INSECURE_ACCEPT_ANY}"); it showed ${files.shown()}`);
            files.loggedIn();
            const session = new OpensshSession(program, connection.user);
            place.keeps((ended) => session.onEnd(ended));
            this.#sessions.add(session);
            session.onEnd(() => {
                this.#sessions.delete(session);
                done();
            });
            return session;
        } catch (error) {
            done();
            throw error;
        }
    }

    /** Adds what ssh did not report: whether its agent was silent, and which algorithms we offered. */
    async #explained(connection: Connection, error: unknown, options: () => Promise<ReadonlyMap<string, string>>): Promise<unknown> {
        if (error instanceof LoginExpired) {
            const { env, home } = this.#services;
            const agent = connection.agentSocketPath ?? agentOf(await options(), env);
            const silent = agent !== undefined && (await isSilentAgent(expandHome(agent, home), this.#limits.agentMs));
            return silent ? agentSilent(`agent (${agent})`, error.seconds) : error;
        }
        if (error instanceof NoCommonAlgorithm) return error.withOurs((await options()).get(error.setting.toLowerCase()));
        return error;
    }

    /** Searches once; after a failed search the next caller searches again. */
    #found(): Promise<SshClient | undefined> {
        this.#ssh ??= findSsh(this.#services.env, this.#services.stop.signal).catch((error: unknown) => {
            this.#ssh = undefined;
            throw error;
        });
        return this.#ssh;
    }

    /** Settles at the login, fails when the program is gone. */
    #login(connection: Connection, program: SshProgram, files: SshFiles): Promise<void> {
        const { signal } = this.#services.stop;
        const seconds = connection.perDialTimeout ?? DEFAULT_DIAL_SECONDS;
        const limitMs = seconds === 0 ? this.#limits.loginMs : seconds * 1000 + this.#limits.graceMs;
        return new Promise((resolve, reject) => {
            let givenUp: Error | undefined;
            const settle = () => {
                clearTimeout(timer);
                signal.removeEventListener("abort", stopped);
            };
            // It fails only when the program is gone, so that nothing is left of it at the retry.
            const giveUp = (why: Error) => {
                givenUp ??= why;
                void program.stop();
            };
            const stopped = () => giveUp(cancelled());
            const timer = setTimeout(() => giveUp(new LoginExpired(limitMs / 1000, program)), limitMs);
            signal.addEventListener("abort", stopped, { once: true });
            program.onLogin(() => {
                if (givenUp !== undefined) return;
                settle();
                resolve();
            });
            program.onExit((exit) => {
                settle();
                reject(
                    givenUp ??
                        loginFailure({
                            connection,
                            trust: files.trust,
                            expected: files.expected,
                            unreadable: files.unreadable(this.#services.home),
                            exit,
                            said: program.said,
                            saidByOthers: program.saidByOthers,
                        }),
                );
            });
            if (signal.aborted) stopped();
        });
    }
}
