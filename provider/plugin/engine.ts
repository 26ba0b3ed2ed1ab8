/** `passing`: shown at once, and not again below "Diagnostics". */
export type Severity = "info" | "warning" | "passing";

/** What the plugin uses of the engine that started it. */
export interface Engine {
    /** `127.0.0.1:PORT` */
    readonly address: string;
    /**
     * Settles when the engine has the line or can't get it. A log line never fails an operation.
     * @param urn of the resource under which the line appears; undefined: under the stack
     */
    write(severity: Severity, message: string, urn?: string): Promise<void>;
    /** Fires when the user cancels the run (Ctrl-C). Operations under way may still come to their end. */
    readonly cancelled: AbortSignal;
    /** Whether a program told the engine of its stack, as in an `up`; in a destroy there is none. True if the engine does not answer. */
    hasStack(): Promise<boolean>;
}
