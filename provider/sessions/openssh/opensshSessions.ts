import { setMaxListeners } from "node:events";
import { type Connection, DEFAULT_DIAL_ERROR_LIMIT, DEFAULT_DIAL_SECONDS, INSECURE_ACCEPT_ANY } from "../../core/connection";
import { isWmisecError } from "../../core/errors";
import { cancelled } from "../cancelled";
import { retryUnreachable } from "../retry";
import { saidOf } from "../saidOf";
import type { Session, Sessions } from "../session";
import { OpensshSession } from "./opensshSession";
import { sshArguments } from "./sshArguments";
import { findSsh, type SshClient } from "./sshClient";
import { loginExpired, loginFailure, noSsh } from "./sshEnd";
import { SshFiles } from "./sshFiles";
import { SshProgram } from "./sshProgram";

/** Milliseconds. */
export interface OpensshLimits {
    /** Until ssh is logged in, where `perDialTimeout` is 0, so that nothing hangs for ever. */
    readonly loginMs: number;
    /** Beyond `perDialTimeout`, which ssh is told as well: it can say better than we what it waited for. */
    readonly graceMs: number;
    /** Before the first new try of a dial, and the most that later waits grow to. */
    readonly firstRetryMs: number;
    readonly maxRetryMs: number;
}

const DEFAULT_LIMITS: OpensshLimits = { loginMs: 240_000, graceMs: 1000, firstRetryMs: 500, maxRetryMs: 10_000 };

export interface OpensshSessionsOptions {
    /** The environment that ssh gets: its PATH finds the program. */
    readonly env: NodeJS.ProcessEnv;
    /** The home folder that `~/` stands for in the paths of a connection. */
    readonly home: string;
    readonly limits?: Partial<OpensshLimits>;
    /** Told of each login to a server whose key was not checked. */
    readonly warn: (text: string) => void;
}

/** Milliseconds that programs get to end by themselves when everything is closed. */
const CLOSE_ALL_MS = 400;

/**
 * Opens sessions by the program `ssh` of the controller: what its user's configuration knows (Kerberos, certificates, smart
 * cards, ProxyCommand, ProxyJump) works as it does by hand, as long as nothing has to be asked.
 */
export class OpensshSessions implements Sessions {
    readonly #options: OpensshSessionsOptions;
    readonly #limits: OpensshLimits;
    readonly #stop = new AbortController();
    readonly #programs = new Set<SshProgram>();
    readonly #sessions = new Set<Session>();
    readonly #files = new Set<SshFiles>();
    #ssh: Promise<SshClient | undefined> | undefined;

    constructor(options: OpensshSessionsOptions) {
        // All that dial listen to it; Node.js would print a warning from the eleventh on.
        setMaxListeners(0, this.#stop.signal);
        this.#options = options;
        this.#limits = { ...DEFAULT_LIMITS, ...options.limits };
    }

    /**
     * Settles when ssh says that we are logged in. That the host refuses to start the command is told by the session's end.
     * @throws WmisecError that names the host: `invalidInput` (also when there is no program `ssh`), `unreachable` (after the
     *     new tries that `dialErrorLimit` allows), `hostKeyUnknown`, `hostKeyMismatch`, `denied`, `connectionLost`, `cancelled`.
     */
    async open(connection: Connection, command: string): Promise<Session> {
        const { signal } = this.#stop;
        try {
            return await retryUnreachable(
                async () => new SshFiles(connection),
                (files) => this.#dial(connection, command, files),
                {
                    limit: connection.dialErrorLimit ?? DEFAULT_DIAL_ERROR_LIMIT,
                    firstWaitMs: this.#limits.firstRetryMs,
                    maxWaitMs: this.#limits.maxRetryMs,
                    signal,
                },
            );
        } catch (error) {
            throw isWmisecError(error) ? saidOf(connection, error) : error;
        }
    }

    async closeAll(): Promise<void> {
        this.#stop.abort();
        let timer: NodeJS.Timeout | undefined;
        const late = new Promise<void>((resolve) => {
            timer = setTimeout(resolve, CLOSE_ALL_MS);
        });
        const gone = [...this.#programs].map((program) => new Promise<void>((resolve) => program.onExit(() => resolve())));
        await Promise.race([Promise.all([...gone, ...[...this.#sessions].map((session) => session.close())]), late]);
        clearTimeout(timer);
        for (const program of this.#programs) program.kill();
        await Promise.all(gone);
        for (const files of this.#files) files.remove();
    }

    async #dial(connection: Connection, command: string, files: SshFiles): Promise<Session> {
        const { env, home, warn } = this.#options;
        const { trust, log } = files;
        const done = () => {
            files.remove();
            this.#files.delete(files);
        };
        this.#files.add(files);
        try {
            this.#ssh ??= findSsh(env, this.#stop.signal);
            const ssh = await this.#ssh;
            if (this.#stop.signal.aborted) throw cancelled();
            if (ssh === undefined) throw noSsh();
            const args = sshArguments(connection, command, { trust, log: log.path, version: ssh.version, home });
            const program = new SshProgram(ssh.path, args, env, log);
            this.#programs.add(program);
            program.onExit(() => this.#programs.delete(program));
            await this.#login(connection, program, files);
            if (trust.keys === "anybody")
                warn(`${connection.host}: its host key is not checked ("${INSECURE_ACCEPT_ANY}"); it showed ${files.shown()}`);
            files.loggedIn();
            const session = new OpensshSession(program);
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

    /** Settles at the login, fails when the program is gone. */
    #login(connection: Connection, program: SshProgram, files: SshFiles): Promise<void> {
        const { signal } = this.#stop;
        const seconds = connection.perDialTimeout ?? DEFAULT_DIAL_SECONDS;
        const limitMs = seconds === 0 ? this.#limits.loginMs : seconds * 1000 + this.#limits.graceMs;
        return new Promise((resolve, reject) => {
            let givenUp: Error | undefined;
            const settle = () => {
                clearTimeout(timer);
                signal.removeEventListener("abort", stopped);
            };
            // It fails when the program is gone, so that nothing is left of it when it is tried again.
            const giveUp = (why: Error) => {
                givenUp ??= why;
                void program.stop();
            };
            const stopped = () => giveUp(cancelled());
            const timer = setTimeout(() => giveUp(loginExpired(limitMs / 1000, program)), limitMs);
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
                            unreadable: files.unreadable(this.#options.home),
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
