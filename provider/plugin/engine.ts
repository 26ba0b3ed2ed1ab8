/** `passing`: shown as it comes, and not again below "Diagnostics". */
export type Severity = "info" | "warning" | "passing";

/** The engine that started the plugin, as far as it is asked for anything. */
export interface Engine {
    /** `127.0.0.1:PORT` */
    readonly address: string;
    /** Settles when the engine has the line, or can't be told; a log line never fails an operation. */
    write(severity: Severity, message: string): Promise<void>;
    /** Whether a program runs, as in an `up`, or none does, as in a destroy. Yes where the engine can't be asked. */
    programRuns(): Promise<boolean>;
}
