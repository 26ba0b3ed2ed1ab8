import { isWmisecError } from "../core/errors";

const OWN_LINE = "pulumi-wmisec error ";

/**
 * An error for Pulumi's dynamic server, which prints `error: stack` for reads and deletes. So an error of ours has a line of its own there
 * instead of paths of the controller. Any other is a defect of ours, and its stack tells where.
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
 * Has what the dynamic server prints of our errors shown once: of each line on a plugin's standard error the CLI makes two, one as it
 * comes and one below "Diagnostics", where the error itself stands already.
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
