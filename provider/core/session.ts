import type { WmisecError } from "./errors";

/**
 * An open, authenticated channel to one process on a host, over any transport. Output that arrives before a listener is set is buffered for
 * it.
 */
export interface Session {
    /**
     * Writes ASCII text to the process's standard input. Ignored after the end of input, and after the session ended: `onEnd` has reported
     * that.
     */
    send(text: string): void;
    /** Ends the process's standard input after everything sent. Output still arrives. May be called twice. */
    endInput(): void;
    onOutput(listener: (chunk: Buffer) => void): void;
    onErrorOutput(listener: (chunk: Buffer) => void): void;
    /**
     * Calls the listener once with the reason, as an error that names host, step and remedy; immediately if the session has already ended.
     */
    onEnd(listener: (reason: WmisecError) => void): void;
    /** Ends the process's input and the connection. Settles when both are gone, within 2 s at most. */
    close(): Promise<void>;
}
