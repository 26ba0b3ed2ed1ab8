import { isWmisecError } from "../core/errors";
import { NO_OWNER } from "../resources/resource";
import { isUnreachable } from "./isUnreachable";
import { PartialFailure } from "./partialFailure";

/**
 * The condition of a resource after an operation, in one word, for the summary of a run.
 *
 * - `asDeclared`: the host has what the last create or update carried out. Skipped namespaces are reported separately.
 * - `drifted`: it does not. A missing namespace counts, and so does a lost or undeclared ledger entry.
 * - `denied`: an item could not be read, because the host refuses us.
 * - `unfinished`: the host answers; an earlier update was deferred or ended halfway, or a move was never finished.
 * - `unreachable`: the host does not answer. `deferred`: it does not answer, and a change is still to be made there.
 * - `failed`: any other error.
 */
export type Condition = "asDeclared" | "drifted" | "denied" | "unfinished" | "unreachable" | "deferred" | "failed";

/** @param outputs of a create, a read or an update that succeeded */
export function conditionOf(outputs: Readonly<Record<string, unknown>>): Condition {
    const { status, incomplete, owner, undeclared, unfinishedMoves } = outputs;
    const each = new Set<unknown>(typeof status === "object" && status !== null ? Object.values(status) : [status]);
    // A resource without items has no useful status. Whether its host is unreachable is recorded separately.
    if (each.has("unreachable") || outputs["unreachableSince"] !== undefined) return incomplete === true ? "deferred" : "unreachable";
    if (incomplete === true || unfinishedMoves !== undefined) return "unfinished";
    if (owner === NO_OWNER || undeclared !== undefined || each.has("drifted") || each.has("missing")) return "drifted";
    return each.has("denied") ? "denied" : "asDeclared";
}

/**
 * The status of each namespace of a resource, by the program's key; empty for other resources. A host of a fleet has a status for
 * `checkAccess`, too.
 */
export function namespacesOf({ status, namespaces }: Readonly<Record<string, unknown>>): ReadonlyMap<string, unknown> {
    if (typeof status !== "object" || status === null || typeof namespaces !== "object" || namespaces === null) return new Map();
    return new Map(Object.entries(status).filter(([key]) => key in namespaces));
}

/** @returns undefined for an error that says nothing about the host: the run is being stopped, or was only to look */
export function conditionAfter(error: unknown): Condition | undefined {
    const failure = error instanceof PartialFailure ? error.failure : error;
    if (isWmisecError(failure) && (failure.code === "cancelled" || failure.code === "previewedOnly")) return undefined;
    return isUnreachable(failure) ? "unreachable" : "failed";
}
