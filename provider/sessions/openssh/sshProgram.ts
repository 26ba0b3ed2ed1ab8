import { type ChildProcess, spawn } from "node:child_process";
import type { Redaction } from "../../core/redaction";
import { Ending } from "../ending";
import { Output } from "../output";
import { LEADS_GROUP, signalGroup } from "../processGroup";
import type { SshLog } from "./sshLog";

/** How the program ended. `error`: it could not be started. */
export interface SshExit {
    readonly code: number | null;
    readonly signal: NodeJS.Signals | null;
    readonly error?: NodeJS.ErrnoException;
}

/** Milliseconds for ssh and its ProxyCommand to end by themselves after SIGTERM. */
const STOP_MS = 250;
/** Milliseconds to read ssh's output after its end: another program may hold its standard error open. */
const LAST_WORDS_MS = 250;
/** Milliseconds between two checks of the log for the login. */
const LOOK_MS = 20;
/**
 * ssh writes this to standard error and not to its log, after all output of the process on the host (clientloop.c, quit_message).
 * A host's process can write it, too. That changes only the code of an error about that host.
 */
const LOST = /(Connection to \S+ closed by remote host\.|Read from remote host \S+: [^\n]+?)\r?\n?$/;
/** Longer than such a line. Characters. */
const MAX_LAST = 1024;
/** At most so many characters of other programs' output before the login are kept. */
const MAX_OTHERS = 8192;

/** The program `ssh` of the controller, running. No shell takes part in its start. */
export class SshProgram {
    readonly output = new Output();
    readonly errorOutput = new Output();
    readonly #child: ChildProcess;
    readonly #log: SshLog;
    readonly #env: NodeJS.ProcessEnv;
    readonly #redaction: Redaction;
    readonly #looks: NodeJS.Timeout;
    readonly #exit = new Ending<SshExit>();
    readonly #loginListeners: (() => void)[] = [];
    #loggedIn = false;
    #heard = false;
    #others = "";
    #last = "";
    #stopping = false;

    /**
     * @param path of the program
     * @param env Kerberos, agents and ProxyCommand need it.
     * @param log the log file that `args` name
     * @param redaction for all output
     */
    constructor(path: string, args: readonly string[], env: NodeJS.ProcessEnv, log: SshLog, redaction: Redaction) {
        this.#log = log;
        this.#redaction = redaction;
        this.#env = env;
        this.#child = spawn(path, args, { env, stdio: ["pipe", "pipe", "pipe"], ...LEADS_GROUP });
        this.#looks = setInterval(() => this.#look(), LOOK_MS);
        this.#child.on("error", (error) => {
            if (this.#child.pid === undefined) this.#ended({ code: null, signal: null, error });
        });
        this.#child.on("exit", (code, signal) => {
            if (this.#stopping) signalGroup(this.#child, "SIGKILL", this.#env);
            setTimeout(() => this.#ended({ code, signal }), LAST_WORDS_MS).unref();
        });
        this.#child.on("close", (code, signal) => this.#ended({ code, signal }));
        // There are no streams if this process can open no more files.
        const { stdin, stdout, stderr } = this.#child;
        stdout?.on("data", (chunk: Buffer) => {
            this.#heard = true;
            this.#look();
            this.output.take(chunk);
        });
        stderr?.on("data", (chunk: Buffer) => this.#takeError(chunk));
        // A broken pipe adds nothing to what the program's end reports.
        for (const stream of [stdin, stdout, stderr]) stream?.on("error", () => undefined);
    }

    /** ssh's own messages: all before the login; after it, those since. */
    get said(): string {
        return this.#redaction.text(`${this.#log.said}\n${LOST.exec(this.#last)?.[1] ?? ""}`.trim());
    }

    /** Standard error before the login: of a jump host's ssh, a ProxyCommand, or of ssh before it had read its options. */
    get saidByOthers(): string {
        return this.#redaction.text(this.#others, Math.max(this.#others.length - MAX_OTHERS, 0)).trim();
    }

    /** Whether the process on the host has written anything. */
    get heard(): boolean {
        return this.#heard || this.#last.replace(LOST, "").trim() !== "";
    }

    /** Calls back at the login; at once if it has happened. */
    onLogin(listener: () => void): void {
        if (this.#loggedIn) listener();
        else this.#loginListeners.push(listener);
    }

    /** Calls back once, after all output; at once if it has ended already. */
    onExit(listener: (exit: SshExit) => void): void {
        this.#exit.onEnd(listener);
    }

    send(text: string): void {
        if (this.#child.stdin?.writable) this.#child.stdin.write(text);
    }

    endInput(): void {
        this.#child.stdin?.end();
    }

    /** Asks ssh and its children to end, and kills them if they do not. Settles when ssh is gone. */
    stop(): Promise<void> {
        return new Promise((resolve) => {
            const timer = setTimeout(() => this.kill(), STOP_MS);
            this.onExit(() => {
                clearTimeout(timer);
                resolve();
            });
            if (this.#exit.reason !== undefined) return;
            this.#stopping = true;
            signalGroup(this.#child, "SIGTERM", this.#env);
        });
    }

    kill(): void {
        if (this.#exit.reason === undefined) signalGroup(this.#child, "SIGKILL", this.#env);
    }

    /** ssh logs the login before it passes on output of the process on the host. */
    #look(): void {
        if (this.#loggedIn) return;
        this.#log.look();
        if (!this.#log.loggedIn) return;
        this.#loggedIn = true;
        clearInterval(this.#looks);
        for (const listener of this.#loginListeners.splice(0)) listener();
    }

    #takeError(chunk: Buffer): void {
        this.#look();
        if (this.#loggedIn) {
            this.#last = (this.#last + chunk.toString("latin1")).slice(-MAX_LAST);
            this.errorOutput.take(chunk);
        } else this.#others = (this.#others + chunk.toString("utf8")).slice(-MAX_OTHERS - this.#redaction.reach);
    }

    #ended(exit: SshExit): void {
        if (this.#exit.reason !== undefined) return;
        this.#look();
        this.#log.look();
        clearInterval(this.#looks);
        this.#exit.end(exit);
    }
}
