import { bareHost } from "../core/bareHost";
import { type Connection, describeConnection } from "../core/connection";
import { isWmisecError } from "../core/errors";
import { NO_OWNER } from "../resources/resource";

/** The resource's own name: an owner ends with its URN. None where the state does not know the owner. */
export function nameIn(owner: string): string[] {
    const [, , , ...name] = owner.split("::");
    return owner === NO_OWNER ? [] : [name.length === 0 ? owner : name.join("::")];
}

/** A host as warnings name it: `web-07`, but `10.0.0.7 (policy)` with the resource's name, for an address says little to people. */
export function hostText({
    connection: { host },
    owner,
}: {
    readonly connection: Pick<Connection, "host">;
    readonly owner: string;
}): string {
    const bare = bareHost(host);
    const isAddress = bare.includes(":") || /^[\d.]+$/.test(bare);
    return isAddress ? [host, ...nameIn(owner).map((name) => `(${name})`)].join(" ") : host;
}

/** Errors of plans do not know which host they are about. */
export function named(connection: Connection, error: unknown): Error {
    if (isWmisecError(error)) return error.host === undefined ? error.on(connection.host, describeConnection(connection)) : error;
    return asError(error);
}

export const asError = (error: unknown): Error => (error instanceof Error ? error : new Error(String(error)));

/** Reads and deletes go through the connection in the state: a corrected program does not help them. */
export const withRecordedConnectionHint = (error: Error): Error =>
    withHint(error, "this used the connection in the state; a newer one in the program takes effect with: pulumi up --refresh=false");

/** One silent host fails a refresh of many. */
export const withKeepHint = (error: Error): Error =>
    withHint(
        error,
        'to keep what was last known of hosts that do not answer, so that the others go on: set unreachable: "keep" and run pulumi up --refresh=false',
    );

/** Somebody wants to be rid of a resource whose host does not answer. */
export const withGoneHint = (error: Error): Error =>
    withHint(
        error,
        `if the host is gone for good: set onDelete: "leave" and run pulumi up --refresh=false, which contacts no host, or run once with WMISEC_FORGET=${isWmisecError(error) ? error.host : "HOST"}`,
    );

/** An update that could not reach its host, some of whose inputs need none. */
export const withRecordedHint = (error: Error, inputs: readonly string[]): Error =>
    withHint(
        error,
        `${inputs.join(", ")}: recorded in the state all the same, so a destroy goes by it; the rest is tried again by the next pulumi up`,
    );

/** Several hosts failed: the first error, which names the others. */
export function combinedError(first: Error, others: readonly Error[]): Error {
    const brief = (error: Error) => (isWmisecError(error) ? `${error.host}: ${error.summary}` : error.message);
    if (others.length === 0) return first;
    return isWmisecError(first) ? withHint(first, `failed, too: ${others.map(brief).join("; ")}`) : first;
}

function withHint(error: Error, hint: string): Error {
    return isWmisecError(error) ? error.with({ remedy: `${error.details.remedy}\n${hint}` }) : error;
}
