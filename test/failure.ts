import { inspect } from "node:util";
import { isWmisecError, type WmisecError } from "../provider/core/errors";

/** What work failed with. @throws whatever else it failed with, and Error when it did not fail */
export async function failure(work: Promise<unknown>): Promise<WmisecError> {
    const thrown: unknown = await work.then(
        (value) => new Error(`did not fail but gave ${inspect(value, { depth: 0 })}`),
        (error: unknown) => error,
    );
    if (!isWmisecError(thrown)) throw thrown;
    return thrown;
}
