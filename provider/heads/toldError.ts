import { isWmisecError, WmisecError } from "../core/errors";

/**
 * An error as people will read it. The dynamic server prints `error: stack` for reads and deletes, so an error of ours has a
 * line of its own there instead of paths of the controller. Any other is a defect of ours, and its stack tells where.
 */
export function toldError(error: Error, redact: (text: string) => string): Error {
    if (!isWmisecError(error)) {
        const told = new Error(redact(error.message));
        told.name = error.name;
        told.stack = redact(error.stack ?? "");
        return told;
    }
    const told = new Error(messageOf(error, redact));
    told.stack = redact(error.host ?? error.summary);
    told.toString = () => `pulumi-wmisec error ${error.code}`;
    return told;
}

/** Each part by itself: put together they are cut, and half of a secret would stay. */
function messageOf({ code, summary, details }: WmisecError, redact: (text: string) => string): string {
    const { host, said, tried, remedy } = details;
    const clean = (text: string | undefined) => (text === undefined ? undefined : redact(text));
    return new WmisecError(code, redact(summary), { host: clean(host), said: clean(said), tried: clean(tried), remedy: redact(remedy) })
        .message;
}
