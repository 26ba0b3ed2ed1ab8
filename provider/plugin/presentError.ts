import { isWmisecError } from "../core/errors";

/** An error as people may read it: without secrets, and without what caused it, which may hold some. */
export function presentError(error: Error, redact: (text: string) => string): Error {
    if (isWmisecError(error)) return error.reworded(redact).with({ cause: undefined });
    const presented = new Error(redact(error.message));
    presented.name = error.name;
    presented.stack = redact(error.stack ?? "");
    return presented;
}
