import { isWmisecError } from "../core/errors";

/**
 * An error as people will read it. The dynamic server prints `error: stack` for reads and deletes, so an error of ours has a
 * line of its own there instead of paths of the controller. Any other is a defect of ours, and its stack tells where.
 */
export function presentError(error: Error, redact: (text: string) => string): Error {
    if (!isWmisecError(error)) {
        const told = new Error(redact(error.message));
        told.name = error.name;
        told.stack = redact(error.stack ?? "");
        return told;
    }
    const told = new Error(error.reworded(redact).message);
    told.stack = redact(error.host ?? error.summary);
    told.toString = () => `${OWN_LINE}${error.code}`;
    return told;
}

const OWN_LINE = "pulumi-wmisec error ";

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
