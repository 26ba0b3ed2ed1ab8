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

/** Milliseconds that ssh gets to end by itself, its ProxyCommand included, when it is told to. */
const STOP_MS = 250;
/** Milliseconds for what it has written, after its end: somebody else may hold its standard error open. */
const LAST_WORDS_MS = 250;
/** Milliseconds between two looks whether it says that we are logged in. */
const LOOK_MS = 20;
/**
 * What ssh says on its standard error and not in its log, behind all that the process on the host wrote (clientloop.c,
 * quit_message). A host can make its process say so, too: that changes the code of an error about that host, and nothing else.
 */
const LOST = /(Connection to \S+ closed by remote host\.|Read from remote host \S+: [^\n]+?)\r?\n?$/;
/** Longer than such a line. Characters. */
const MAX_LAST = 1024;
/** Kept of what others say before the login. Characters. */
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
     * @param log where `args` have it write its own words
     * @param redaction for what it and others say
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
        // There are no streams where this process may open no more files.
        const { stdin, stdout, stderr } = this.#child;
        stdout?.on("data", (chunk: Buffer) => {
            this.#heard = true;
            this.#look();
            this.output.take(chunk);
        });
        stderr?.on("data", (chunk: Buffer) => this.#takeError(chunk));
        // A pipe that breaks says nothing that the program's end does not say.
        for (const stream of [stdin, stdout, stderr]) stream?.on("error", () => undefined);
    }

    /** What ssh has said by itself: until the login all, after it what it said since. */
    get said(): string {
        return this.#redaction.text(`${this.#log.said}\n${LOST.exec(this.#last)?.[1] ?? ""}`.trim());
    }

    /** What came on its standard error before the login: of a jump host's ssh, a ProxyCommand, or ssh before it had read its options. */
    get saidByOthers(): string {
        return this.#redaction.text(this.#others, Math.max(this.#others.length - MAX_OTHERS, 0)).trim();
    }

    /** Whether the process on the host has written anything. */
    get heard(): boolean {
        return this.#heard || this.#last.replace(LOST, "").trim() !== "";
    }

    /** Calls back at the login, at once if it has been. */
    onLogin(listener: () => void): void {
        if (this.#loggedIn) listener();
        else this.#loginListeners.push(listener);
    }

    /** Calls back once, at once if it has ended already; all output has come before. */
    onExit(listener: (exit: SshExit) => void): void {
        this.#exit.onEnd(listener);
    }

    send(text: string): void {
        if (this.#child.stdin?.writable) this.#child.stdin.write(text);
    }

    endInput(): void {
        this.#child.stdin?.end();
    }

    /** Tells it and what it started to end, and makes them if they do not. Settles when it is gone. */
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

    /** ssh says that we are logged in before it hands on what the process on the host writes. */
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
