import { isWmisecError } from "../core/errors";

const OWN_LINE = "pulumi-wmisec error ";

/**
 * An error for Pulumi's dynamic server, which prints `error: stack` for reads and deletes. An error of ours prints one line instead
 * of a stack with paths of the controller. Any other error is a bug, and its stack shows where.
 */
export function serverError(error: Error): Error {
    if (!isWmisecError(error)) return error;
    const { code, host, summary, message } = error;
    const printed = new Error(message);
    printed.stack = host ?? summary;
    printed.toString = () => `${OWN_LINE}${code}`;
    return printed;
}

/**
 * Shows each error line of ours only once. The CLI shows each line of a plugin's standard error twice: at once, and below
 * "Diagnostics", where the error itself already appears.
 * @param once shows a line once
 */
export function showOwnLinesOnce(printer: Pick<Console, "error">, once: (line: string) => void): void {
    const print = printer.error.bind(printer);
    printer.error = (...args: unknown[]) => {
        const [line] = args;
        if (typeof line === "string" && line.startsWith(OWN_LINE)) once(line);
        else print(...args);
    };
}
