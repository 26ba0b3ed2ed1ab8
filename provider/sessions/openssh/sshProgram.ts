import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import { Output } from "../output";
import { SshWords } from "./sshWords";

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

/** The program `ssh` of the controller, running. No shell takes part in its start. */
export class SshProgram {
    readonly output = new Output();
    readonly errorOutput = new Output();
    readonly #child: ChildProcessWithoutNullStreams;
    readonly #words: SshWords;
    readonly #exitListeners: ((exit: SshExit) => void)[] = [];
    readonly #loginListeners: (() => void)[] = [];
    #exit: SshExit | undefined;

    /** @param env PATH finds the program; Kerberos, agents and ProxyCommand need the rest. */
    constructor(args: readonly string[], env: NodeJS.ProcessEnv) {
        this.#child = spawn("ssh", args, { env, stdio: ["pipe", "pipe", "pipe"], windowsHide: true });
        const { stdin, stdout, stderr } = this.#child;
        this.#words = new SshWords(() => {
            for (const listener of this.#loginListeners.splice(0)) listener();
        }, this.errorOutput.take);
        stdout.on("data", this.output.take);
        stderr.on("data", (chunk: Buffer) => this.#words.take(chunk));
        // A pipe that breaks says nothing that the program's end does not say.
        for (const stream of [stdin, stdout, stderr]) stream.on("error", () => undefined);
        this.#child.on("error", (error) => {
            if (this.#child.pid === undefined) this.#ended({ code: null, signal: null, error });
        });
        this.#child.on("exit", (code, signal) => setTimeout(() => this.#ended({ code, signal }), LAST_WORDS_MS).unref());
        this.#child.on("close", (code, signal) => this.#ended({ code, signal }));
    }

    /** What ssh has said by itself: until the login all, after it what is about the connection. */
    get said(): string {
        return this.#words.said;
    }

    /** Calls back at the login, at once if it has been. */
    onLogin(listener: () => void): void {
        if (this.#words.loggedIn) listener();
        else this.#loginListeners.push(listener);
    }

    /** Calls back once, at once if it has ended already; all output has come before. */
    onExit(listener: (exit: SshExit) => void): void {
        if (this.#exit === undefined) this.#exitListeners.push(listener);
        else listener(this.#exit);
    }

    send(text: string): void {
        if (this.#child.stdin.writable) this.#child.stdin.write(text);
    }

    endInput(): void {
        this.#child.stdin.end();
    }

    /** Tells it to end, and makes it if it does not. Settles when it is gone. */
    stop(): Promise<void> {
        return new Promise((resolve) => {
            const timer = setTimeout(() => this.kill(), STOP_MS);
            this.onExit(() => {
                clearTimeout(timer);
                resolve();
            });
            if (this.#exit === undefined) this.#child.kill("SIGTERM");
        });
    }

    kill(): void {
        if (this.#exit === undefined) this.#child.kill("SIGKILL");
    }

    #ended(exit: SshExit): void {
        if (this.#exit !== undefined) return;
        this.#words.end();
        this.#exit = exit;
        for (const listener of this.#exitListeners.splice(0)) listener(exit);
    }
}
