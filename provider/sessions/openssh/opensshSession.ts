import { WmisecError } from "../../core/errors";
import type { Session } from "../session";
import { sessionEnd } from "./sshEnd";
import type { SshProgram } from "./sshProgram";

/** Milliseconds that the process on the host gets to end after the end of its input. */
const PROCESS_MS = 1500;

/** A session that has a program `ssh`, logged in, of its own. */
export class OpensshSession implements Session {
    readonly #program: SshProgram;
    readonly #listeners: ((reason: WmisecError) => void)[] = [];
    #closing: Promise<void> | undefined;
    #ended: WmisecError | undefined;

    /** @param user who is logged in */
    constructor(program: SshProgram, user: string) {
        this.#program = program;
        program.onExit((exit) => {
            this.#ended = this.#closing === undefined ? sessionEnd({ exit, said: program.said, heard: program.heard, user }) : closedByUs();
            for (const listener of this.#listeners.splice(0)) listener(this.#ended);
        });
    }

    send(text: string): void {
        this.#program.send(text);
    }

    endInput(): void {
        this.#program.endInput();
    }

    onOutput(listener: (chunk: Buffer) => void): void {
        this.#program.output.listen(listener);
    }

    onErrorOutput(listener: (chunk: Buffer) => void): void {
        this.#program.errorOutput.listen(listener);
    }

    onEnd(listener: (reason: WmisecError) => void): void {
        if (this.#ended === undefined) this.#listeners.push(listener);
        else listener(this.#ended);
    }

    close(): Promise<void> {
        this.#closing ??= this.#close();
        return this.#closing;
    }

    async #close(): Promise<void> {
        this.#program.endInput();
        await new Promise<void>((resolve) => {
            const timer = setTimeout(resolve, PROCESS_MS);
            this.onEnd(() => {
                clearTimeout(timer);
                resolve();
            });
        });
        await this.#program.stop();
    }
}

const closedByUs = (): WmisecError => new WmisecError("cancelled", "the session was closed by us", { remedy: "run the command again" });
