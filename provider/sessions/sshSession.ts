import type { ClientChannel } from "ssh2";
import { WmisecError } from "../core/errors";
import type { Session } from "../core/session";
import { closedByUs } from "./cancelled";
import { Ending } from "./ending";
import { Output } from "./output";
import { PROCESS_MS } from "./session";
import type { SshConnection } from "./sshConnection";

/** A session with a connection of its own. */
export class SshSession implements Session {
    readonly #connection: SshConnection;
    readonly #channel: ClientChannel;
    readonly #output = new Output();
    readonly #errorOutput = new Output();
    readonly #ending = new Ending<WmisecError>();
    #inputEnded = false;
    #closing: Promise<void> | undefined;
    #exit: string | undefined;

    /**
     * @param command as the host's shell gets it; it runs without a terminal
     * @param execMs milliseconds until the host must have started it
     * @throws WmisecError `execRefused`, `timeout`, `connectionLost`; the connection is closed then.
     */
    static async start(connection: SshConnection, command: string, execMs: number): Promise<SshSession> {
        try {
            return new SshSession(connection, await connection.exec(command, execMs));
        } catch (error) {
            await connection.close();
            throw error;
        }
    }

    private constructor(connection: SshConnection, channel: ClientChannel) {
        this.#connection = connection;
        this.#channel = channel;
        channel.on("data", this.#output.take);
        channel.stderr.on("data", this.#errorOutput.take);
        // Reads both streams to their ends before it reports the end, so that listeners get all output first.
        let open = 2;
        const closed = () => {
            open--;
            if (open === 0) this.#end();
        };
        // "close" repeats the values of "exit", which may have come before we could listen.
        channel.on("close", (code?: number | null, signal?: string) => {
            if (code !== undefined) this.#exit = code === null ? `signal ${signal}` : `exit code ${code}`;
            closed();
        });
        channel.stderr.on("close", closed);
        connection.onEnd((reason) => this.#end(reason));
    }

    send(text: string): void {
        if (this.#ending.reason === undefined && !this.#inputEnded) this.#channel.write(text);
    }

    endInput(): void {
        if (this.#ending.reason !== undefined || this.#inputEnded) return;
        this.#inputEnded = true;
        this.#channel.end();
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

    close(): Promise<void> {
        this.#closing ??= this.#close();
        return this.#closing;
    }

    async #close(): Promise<void> {
        if (this.#ending.reason === undefined) {
            this.endInput();
            await this.#ending.within(PROCESS_MS);
            this.#channel.close();
        }
        await this.#connection.close();
    }

    #end(connectionEnd?: WmisecError): void {
        if (this.#ending.reason === undefined) this.#ending.end(this.#reason(connectionEnd));
    }

    #reason(connectionEnd: WmisecError | undefined): WmisecError {
        if (this.#closing !== undefined) return closedByUs("session");
        if (this.#exit === undefined && connectionEnd !== undefined) return connectionEnd;
        return new WmisecError(
            "processEnded",
            `the process on the host ended with ${this.#connection.told(this.#exit ?? "no exit code", 100)}`,
            {
                remedy: "read what the process printed, if anything, and the host's event logs; then run again",
            },
        );
    }
}
