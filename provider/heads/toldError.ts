import { isWmisecError } from "../core/errors";

/**
 * An error as people will read it. The dynamic server prints `error: stack` for reads and deletes, so an error of ours has a
 * line of its own there instead of paths of the controller. Any other is a defect of ours, and its stack tells where.
 */
export function toldError(error: Error, redact: (text: string) => string): Error {
    const told = new Error(redact(error.message));
    if (isWmisecError(error)) {
        told.stack = redact(error.host ?? error.summary);
        told.toString = () => `pulumi-wmisec error ${error.code}`;
    } else {
        told.name = error.name;
        told.stack = redact(error.stack ?? "");
    }
    return told;
}
