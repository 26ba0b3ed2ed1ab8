import { bareHost } from "../core/bareHost";
import { type Connection, describeConnection } from "../core/connection";
import { isWmisecError } from "../core/errors";
import { NO_OWNER } from "../resources/resource";

/** The resource's own name, from the URN at the end of the owner. Empty if the state does not know the owner. */
export function nameIn(owner: string): string[] {
    const [, , , ...name] = owner.split("::");
    return owner === NO_OWNER ? [] : [name.length === 0 ? owner : name.join("::")];
}

/** A host as warnings name it: `web-07`; for an IP address, which means little to people, with the resource's name: `10.0.0.7 (policy)`. */
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

/** Adds the host to an error: planning does not know which host it is about. */
export function withHost(connection: Connection, error: unknown): Error {
    if (isWmisecError(error)) return error.host === undefined ? error.on(connection.host, describeConnection(connection)) : error;
    return asError(error);
}

export const asError = (error: unknown): Error => (error instanceof Error ? error : new Error(String(error)));

/** Reads and deletes use the connection in the state: correcting the program alone does not help. */
export const withRecordedConnectionHint = (error: Error): Error =>
    withHint(error, "this used the connection in the state; if the program has a newer one, run: pulumi up --refresh=false");

/** One unreachable host fails the refresh of many. */
export const withKeepHint = (error: Error): Error =>
    withHint(
        error,
        'to keep the last known state of hosts that do not answer, and go on with the others: set unreachable: "keep" and run pulumi up --refresh=false',
    );

/** The user may want to give up a host that does not answer: the host of a resource, or one of a fleet. */
export const withGoneHint = (error: Error): Error =>
    withHint(
        error,
        `if the host is gone for good: take it out of the program and run once with WMISEC_FORGET=${isWmisecError(error) ? error.host : "HOST"}; or, while the program declares it, set onDelete: "leave" and run pulumi up --refresh=false, which contacts no host`,
    );

/** The update could not reach its host, but some of the changed inputs need no host. */
export const withRecordedHint = (error: Error, inputs: readonly string[]): Error =>
    withHint(error, `${inputs.join(", ")}: recorded in the state anyway, so a destroy uses it; the next pulumi up tries the rest again`);

/** One error for several failed hosts: the first, which lists the others. */
export function combinedError(first: Error, others: readonly Error[]): Error {
    const brief = (error: Error) => (isWmisecError(error) ? `${error.host}: ${error.summary}` : error.message);
    if (others.length === 0) return first;
    return isWmisecError(first) ? withHint(first, `also failed: ${others.map(brief).join("; ")}`) : first;
}

function withHint(error: Error, hint: string): Error {
    return isWmisecError(error) ? error.with({ remedy: `${error.details.remedy}\n${hint}` }) : error;
}
