import type { WmisecError } from "../../core/errors";
import type { Session } from "../../core/session";
import { closedByUs } from "../cancelled";
import { Ending } from "../ending";
import { PROCESS_MS } from "../session";
import { sessionEnd } from "./sshEnd";
import type { SshProgram } from "./sshProgram";

/** A session with its own program `ssh`, which is logged in. */
export class OpensshSession implements Session {
    readonly #program: SshProgram;
    readonly #ending = new Ending<WmisecError>();
    #closing: Promise<void> | undefined;

    /** @param user the logged-in user */
    constructor(program: SshProgram, user: string) {
        this.#program = program;
        program.onExit((exit) => {
            const { said, heard } = program;
            this.#ending.end(this.#closing === undefined ? sessionEnd({ exit, said, heard, user }) : closedByUs("session"));
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
        this.#ending.onEnd(listener);
    }

    close(): Promise<void> {
        this.#closing ??= this.#close();
        return this.#closing;
    }

    async #close(): Promise<void> {
        this.#program.endInput();
        await this.#ending.within(PROCESS_MS);
        await this.#program.stop();
    }
}
