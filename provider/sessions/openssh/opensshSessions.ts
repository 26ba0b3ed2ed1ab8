import { setMaxListeners } from "node:events";
import { type Connection, DEFAULT_DIAL_ERROR_LIMIT, DEFAULT_DIAL_SECONDS, INSECURE_ACCEPT_ANY } from "../../core/connection";
import { isWmisecError } from "../../core/errors";
import { Redaction } from "../../core/redaction";
import { cancelled } from "../cancelled";
import { expandHome } from "../expandHome";
import { NoCommonAlgorithm } from "../noCommonAlgorithm";
import { Openings, type Place } from "../openings";
import { retryUnreachable } from "../retry";
import { saidOf } from "../saidOf";
import type { Session, Sessions } from "../session";
import { agentSilent, isSilentAgent } from "../sshAgent";
import { OpensshSession } from "./opensshSession";
import { sshArguments } from "./sshArguments";
import { agentOf, effectiveOptions, findSsh, type SshClient } from "./sshClient";
import { LoginExpired, loginFailure, noSsh } from "./sshEnd";
import { SshFiles } from "./sshFiles";
import { SshProgram } from "./sshProgram";

/** Milliseconds. */
export interface OpensshLimits {
    /** Until ssh is logged in, where `perDialTimeout` is 0, so that nothing hangs for ever. */
    readonly loginMs: number;
    /** Beyond `perDialTimeout`, which ssh is told as well: it can say better than we what it waited for. */
    readonly graceMs: number;
    /** For an SSH agent to answer, asked after a dial that has been given up. */
    readonly agentMs: number;
    /** Before the first new try of a dial, and the most that later waits grow to. */
    readonly firstRetryMs: number;
    readonly maxRetryMs: number;
}

const DEFAULT_LIMITS: OpensshLimits = { loginMs: 240_000, graceMs: 1000, agentMs: 2000, firstRetryMs: 500, maxRetryMs: 10_000 };

export interface OpensshSessionsOptions {
    /** The environment that ssh gets: its PATH finds the program. */
    readonly env: NodeJS.ProcessEnv;
    /** The home folder that `~/` stands for in the paths of a connection. */
    readonly home: string;
    readonly limits?: Partial<OpensshLimits>;
    /** Told of each login to a server whose key was not checked. */
    readonly warn: (text: string) => void;
    /** Takes secrets out of what ssh, servers and others on the way say; ssh itself is given none. @default there are none */
    readonly redaction?: Redaction;
    /** What others open, too, must not be more than the machine can bear. @default 32 at once */
    readonly openings?: Openings;
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
    readonly #redaction: Redaction;
    readonly #openings: Openings;
    readonly #stop = new AbortController();
    readonly #programs = new Set<SshProgram>();
    readonly #sessions = new Set<Session>();
    readonly #files = new Set<SshFiles>();
    #ssh: Promise<SshClient | undefined> | undefined;

    constructor(options: OpensshSessionsOptions) {
        // All that dial listen to it; Node.js would print a warning from the eleventh on.
        setMaxListeners(0, this.#stop.signal);
        this.#options = options;
        this.#redaction = options.redaction ?? new Redaction();
        this.#limits = { ...DEFAULT_LIMITS, ...options.limits };
        this.#openings = options.openings ?? new Openings();
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
                async () => undefined,
                () => this.#openings.run(signal, (place) => this.#dial(connection, command, place)),
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

    async #dial(connection: Connection, command: string, place: Place): Promise<Session> {
        const { env, home, warn } = this.#options;
        const files = new SshFiles(connection);
        const { trust, log } = files;
        const done = () => {
            files.remove();
            this.#files.delete(files);
        };
        this.#files.add(files);
        try {
            const ssh = await this.#found();
            if (this.#stop.signal.aborted) throw cancelled();
            if (ssh === undefined) throw noSsh();
            const args = sshArguments(connection, command, { trust, log: log.path, version: ssh.version, home });
            const program = new SshProgram(ssh.path, args, env, log, this.#redaction);
            this.#programs.add(program);
            program.onExit(() => this.#programs.delete(program));
            const options = () => effectiveOptions(ssh.path, args, env, this.#stop.signal);
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

    /** What the failure of a login is by what ssh did not say: whose silence it was, and what we could have agreed to. */
    async #explained(connection: Connection, error: unknown, options: () => Promise<ReadonlyMap<string, string>>): Promise<unknown> {
        if (error instanceof LoginExpired) {
            const { env, home } = this.#options;
            const agent = connection.agentSocketPath ?? agentOf(await options(), env);
            const silent = agent !== undefined && (await isSilentAgent(expandHome(agent, home), this.#limits.agentMs));
            return silent ? agentSilent(`agent (${agent})`, error.seconds) : error;
        }
        if (error instanceof NoCommonAlgorithm) return error.withOurs((await options()).get(error.setting.toLowerCase()));
        return error;
    }

    /** Looked for once; where that could not be done, the next who asks looks again. */
    #found(): Promise<SshClient | undefined> {
        this.#ssh ??= findSsh(this.#options.env, this.#stop.signal).catch((error: unknown) => {
            this.#ssh = undefined;
            throw error;
        });
        return this.#ssh;
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
