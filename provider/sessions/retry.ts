import { DEFAULT_DIAL_ERROR_LIMIT, type Endpoint } from "../core/connection";
import { isWmisecError, type WmisecError } from "../core/errors";
import { cancelled } from "./cancelled";
import { ControllerFault } from "./controllerFault";

/** Milliseconds. */
export interface RetryLimits {
    /** Before the first retry; each later wait is twice as long, up to `maxRetryMs`. */
    readonly firstRetryMs: number;
    readonly maxRetryMs: number;
}

/**
 * Retries an attempt only if the other side was unreachable, or our own network failed.
 * @param prepare called before each attempt; it does its own retries, so its errors are final
 * @param attempt throws `unreachable`, or a ControllerFault of the network, if a retry is safe
 * @param endpoint has the number of retries; -1 means forever
 * @throws the last error, with the number of attempts
 */
export async function retryUnreachable<P, T>(
    prepare: () => Promise<P>,
    attempt: (prepared: P) => Promise<T>,
    { dialErrorLimit: limit = DEFAULT_DIAL_ERROR_LIMIT }: Pick<Endpoint, "dialErrorLimit">,
    { firstRetryMs, maxRetryMs }: RetryLimits,
    signal: AbortSignal,
): Promise<T> {
    for (let failures = 0; ; ) {
        if (signal.aborted) throw cancelled();
        const prepared = await prepare();
        try {
            return await attempt(prepared);
        } catch (error) {
            if (!isPassing(error)) throw error;
            failures++;
            if (limit >= 0 && failures > limit) throw counted(error, failures);
        }
        await wait(waitMs(failures, firstRetryMs, maxRetryMs), signal);
    }
}

const isPassing = (error: unknown): error is WmisecError =>
    error instanceof ControllerFault ? error.lack === "network" : isWmisecError(error) && error.code === "unreachable";

/** Random, between half of the full wait and all of it, so that a fleet does not retry in step. */
function waitMs(failures: number, firstMs: number, maxMs: number): number {
    return Math.min(maxMs, firstMs * 2 ** (failures - 1)) * (0.5 + Math.random() / 2);
}

function wait(ms: number, signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
        const stop = () => {
            clearTimeout(timer);
            reject(cancelled());
        };
        const timer = setTimeout(() => {
            signal.removeEventListener("abort", stop);
            resolve();
        }, ms);
        if (signal.aborted) stop();
        else signal.addEventListener("abort", stop, { once: true });
    });
}

function counted(error: WmisecError, times: number): WmisecError {
    return times === 1 ? error : error.with({ summary: `${error.summary}; tried ${times} times` });
}
