import { inspect } from "node:util";
import { isWmisecError, type WmisecError } from "../provider/core/errors";
import { PartialFailure } from "../provider/handlers/partialFailure";

/** What the work fails with. Any other end of it is thrown. */
export async function failure(work: Promise<unknown>): Promise<WmisecError> {
    const error = await errorOf(work);
    if (isWmisecError(error)) return error;
    throw error;
}

export const codeOf = async (work: Promise<unknown>): Promise<string> => (await failure(work)).code;

/** What a write throws that failed, with the state that it leaves. */
export async function partial(work: Promise<unknown>): Promise<PartialFailure> {
    const error = await errorOf(work);
    if (error instanceof PartialFailure) return error;
    throw error;
}

const errorOf = (work: Promise<unknown>): Promise<unknown> =>
    work.then(
        (value) => new Error(`did not fail but gave ${inspect(value, { depth: 0 })}`),
        (error: unknown) => error,
    );

/** Everything that a log or a state file could show of an error. */
export function everythingIn(error: unknown): string {
    const parts: string[] = [];
    for (let current = error; current instanceof Error; current = current.cause)
        parts.push(
            current.message,
            String(current.stack),
            JSON.stringify(current),
            JSON.stringify(current, Object.getOwnPropertyNames(current)),
            inspect(current, { depth: 20, showHidden: true, getters: true }),
        );
    return parts.join("\n");
}
