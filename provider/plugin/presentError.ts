import { isWmisecError } from "../core/errors";

/** An error for people: without secrets, and without its cause, which may hold some. */
export function presentError(error: Error, redact: (text: string) => string): Error {
    if (isWmisecError(error)) return error.reworded(redact).with({ cause: undefined });
    const presented = new Error(redact(error.message));
    presented.name = error.name;
    presented.stack = redact(error.stack ?? "");
    return presented;
}
