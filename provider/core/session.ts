import type { WmisecError } from "./errors";

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
