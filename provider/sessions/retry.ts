import { isWmisecError, type WmisecError } from "../core/errors";
import { cancelled } from "./cancelled";
import { ControllerFault } from "./controllerFault";

export interface RetryOptions {
    /** How often to try again; -1 means for ever. */
    readonly limit: number;
    /** Milliseconds before the first new try; each later wait is twice as long, up to `maxWaitMs`. */
    readonly firstWaitMs: number;
    readonly maxWaitMs: number;
    readonly signal: AbortSignal;
}

/**
 * Tries again what found the other side unreachable, or our own network, and nothing else.
 * @param prepare done before each attempt; it does its own new tries, so that its errors are final
 * @param attempt whose errors say by `unreachable`, or by a ControllerFault of the network, that a new try is safe
 * @throws the last error, which says how often it was tried
 */
export async function retryUnreachable<P, T>(
    prepare: () => Promise<P>,
    attempt: (prepared: P) => Promise<T>,
    { limit, firstWaitMs, maxWaitMs, signal }: RetryOptions,
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
        await wait(waitMs(failures, firstWaitMs, maxWaitMs), signal);
    }
}

const isPassing = (error: unknown): error is WmisecError =>
    error instanceof ControllerFault ? error.lack === "network" : isWmisecError(error) && error.code === "unreachable";

/** Between half and all of the full wait, so that a fleet does not come back in step. */
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
