import type { Connection } from "../core/connection";
import type { WmisecError } from "../core/errors";

/**
 * One open, authenticated way to one process on a host, whatever the transport.
 * What the process writes before a listener is set is kept for it.
 */
export interface Session {
    /** To the process's standard input. ASCII. Ignored after the end of input, and after the end: `onEnd` has told. */
    send(text: string): void;
    /** Ends the process's standard input, after what was sent; what the process writes is still heard. Twice is as good as once. */
    endInput(): void;
    onOutput(listener: (chunk: Buffer) => void): void;
    onErrorOutput(listener: (chunk: Buffer) => void): void;
    /** Called once, at once if it has ended already: with what ended it, as an error that names host, step and remedy. */
    onEnd(listener: (reason: WmisecError) => void): void;
    /** Ends the process's input and the connection; settles when both are gone, within 2 s at most. */
    close(): Promise<void>;
}

/** What every transport gives. Which one it is is known to nobody but `provider/connect.ts`. */
export interface Sessions {
    /**
     * @param command as the host's default shell gets it
     * @throws WmisecError that names the host and holds no secret.
     */
    open(connection: Connection, command: string): Promise<Session>;
    /** Ends what is open and what is being opened, and refuses to open more; settles within a second. */
    closeAll(): Promise<void>;
}
