import { type Connection, describeConnection } from "../core/connection";
import { isWmisecError, WmisecError } from "../core/errors";

/** Errors of plans do not know which host they are about. */
export function named(connection: Connection, error: unknown): Error {
    if (isWmisecError(error)) return error.host === undefined ? error.on(connection.host, describeConnection(connection)) : error;
    return error instanceof Error ? error : new Error(String(error));
}

/** A refresh reads through the connection in the state, before the program runs: a corrected program does not help it. */
export function withRecordedConnectionHint(error: Error): Error {
    if (!isWmisecError(error)) return error;
    const remedy = `${error.details.remedy}\nthis was read through the connection in the state; a newer one in the program takes effect with: pulumi up --refresh=false`;
    return new WmisecError(error.code, error.summary, { ...error.details, remedy });
}
