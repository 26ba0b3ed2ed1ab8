import { isWmisecError } from "../core/errors";
import { NO_OWNER } from "../resources/resource";
import { isUnreachable } from "./isUnreachable";
import { PartialFailure } from "./partialFailure";

/**
 * How a resource stands after an operation on it, in one word, as the summary of a run counts it.
 *
 * - `asDeclared`: the host has what the last create or update carried out; a namespace that it skips is told beside it.
 * - `drifted`: it does not; a missing namespace, a lost ledger entry and one that nobody declares count here.
 * - `denied`: an item could not be read, because the host refuses us.
 * - `unfinished`: the host answers; an update was put off or ended halfway before, or a move was never finished.
 * - `unreachable`: the host does not answer. `deferred`: nor that, and a change is still to be made there.
 * - `failed`: an error of another kind.
 */
export type Condition = "asDeclared" | "drifted" | "denied" | "unfinished" | "unreachable" | "deferred" | "failed";

/** @param outputs of a create, a read or an update that succeeded */
export function conditionOf(outputs: Readonly<Record<string, unknown>>): Condition {
    const { status, incomplete, owner, undeclared, unfinishedMoves } = outputs;
    const each = new Set<unknown>(typeof status === "object" && status !== null ? Object.values(status) : [status]);
    // The status of a resource without items says nothing: that its host is silent stands beside it.
    if (each.has("unreachable") || outputs["unreachableSince"] !== undefined) return incomplete === true ? "deferred" : "unreachable";
    if (incomplete === true || unfinishedMoves !== undefined) return "unfinished";
    if (owner === NO_OWNER || undeclared !== undefined || each.has("drifted") || each.has("missing")) return "drifted";
    return each.has("denied") ? "denied" : "asDeclared";
}

/** How each namespace of a resource stands, by the key that the program has for it; of another resource none. */
export function namespacesOf({ status }: Readonly<Record<string, unknown>>): ReadonlyMap<string, unknown> {
    return new Map(typeof status === "object" && status !== null ? Object.entries(status) : []);
}

/** @returns undefined for an error that says nothing of the host: the run is being stopped */
export function conditionAfter(error: unknown): Condition | undefined {
    const failure = error instanceof PartialFailure ? error.failure : error;
    if (isWmisecError(failure) && failure.code === "cancelled") return undefined;
    return isUnreachable(failure) ? "unreachable" : "failed";
}
