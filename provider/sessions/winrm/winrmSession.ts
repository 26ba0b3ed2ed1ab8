import { isWmisecError, WmisecError } from "../../core/errors";
import type { Session } from "../../core/session";
import { closedByUs } from "../cancelled";
import { Ending, settledWithin } from "../ending";
import { Output } from "../output";
import { PROCESS_MS } from "../session";
import type { Shell } from "./shell";

/** Bytes in one message. That is 128 KiB in base64, which fits every host's MaxEnvelopeSizekb. */
export const MAX_SEND = 98_304;

/** Milliseconds to wait for the end of the process after its input was refused, because how it ended says more. */
const LAST_WORDS_MS = 1000;

/** A session with its own shell, in which our command runs. */
export class WinrmSession implements Session {
    readonly #shell: Shell;
    readonly #deleteMs: number;
    readonly #output = new Output();
    readonly #errorOutput = new Output();
    readonly #ending = new Ending<WmisecError>();
    /** Input that is not sent yet. */
    #queue = "";
    #inputEnded = false;
    #isEndSent = false;
    #isSending = false;
    #closing: Promise<void> | undefined;
    #deleting: Promise<void> | undefined;

    /**
     * @param shell in which the command runs
     * @param deleteMs milliseconds for ending command and shell on the host, after the end of the process
     */
    constructor(shell: Shell, deleteMs: number) {
        this.#shell = shell;
        this.#deleteMs = deleteMs;
        void this.#listen();
    }

    send(text: string): void {
        if (this.#ending.reason !== undefined || this.#inputEnded) return;
        this.#queue += text;
        void this.#pump();
    }

    endInput(): void {
        if (this.#ending.reason !== undefined || this.#inputEnded) return;
        this.#inputEnded = true;
        void this.#pump();
    }

    onOutput(listener: (chunk: Buffer) => void): void {
        this.#output.listen(listener);
    }

    onErrorOutput(listener: (chunk: Buffer) => void): void {
        this.#errorOutput.listen(listener);
    }

    onEnd(listener: (reason: WmisecError) => void): void {
        this.#ending.onEnd(listener);
    }

    /** @param processMs how long the process may take to end by itself, in milliseconds */
    close(processMs = PROCESS_MS): Promise<void> {
        this.#closing ??= this.#close(processMs);
        return this.#closing;
    }

    async #close(processMs: number): Promise<void> {
        if (this.#ending.reason === undefined && processMs > 0) {
            this.endInput();
            await this.#ending.within(processMs);
        }
        await this.#delete();
        this.#ending.end(closedByUs("session"));
    }

    /** Input that arrives while a message is under way goes with the next one. */
    async #pump(): Promise<void> {
        if (this.#isSending) return;
        this.#isSending = true;
        try {
            while (this.#ending.reason === undefined && (this.#queue !== "" || (this.#inputEnded && !this.#isEndSent))) {
                const bytes = Buffer.from(this.#queue.slice(0, MAX_SEND), "latin1");
                this.#queue = this.#queue.slice(MAX_SEND);
                this.#isEndSent = this.#inputEnded && this.#queue === "";
                await this.#shell.send(bytes, this.#isEndSent);
            }
        } catch (error) {
            await this.#ending.within(LAST_WORDS_MS);
            this.#end(error);
        } finally {
            this.#isSending = false;
        }
    }

    async #listen(): Promise<void> {
        try {
            while (this.#ending.reason === undefined) {
                const received = await this.#shell.receive();
                if (received === undefined) continue;
                if (received.output.length > 0) this.#output.take(received.output);
                if (received.errorOutput.length > 0) this.#errorOutput.take(received.errorOutput);
                if (received.done !== undefined) this.#end(processEnded(received.done.exitCode));
            }
        } catch (error) {
            this.#end(error);
        }
    }

    #end(why: unknown): void {
        const reason = isWmisecError(why) ? why : broken(why);
        this.#ending.end(this.#closing === undefined ? reason : closedByUs("session"));
        void this.#delete();
    }

    #delete(): Promise<void> {
        this.#deleting ??= settledWithin(this.#deleteMs, this.#shell.delete()).then(() => this.#shell.destroy());
        return this.#deleting;
    }
}

const processEnded = (exitCode: string | undefined): WmisecError =>
    new WmisecError(
        "processEnded",
        `the process on the host ended with ${exitCode === undefined ? "no exit code" : `exit code ${exitCode}`}`,
        {
            remedy: "check what the process printed, if anything, and the host's event logs; then run again",
        },
    );

/** Only the error's name, because its text may contain anything. */
const broken = (error: unknown): WmisecError =>
    new WmisecError("protocol", "the exchange with the host broke off", {
        said: error instanceof Error ? error.name : typeof error,
        remedy: "this is a bug in pulumi-wmisec: report it with this text",
        cause: error,
    });
