import { describeConnection } from "../core/connection";
import type { WmisecError } from "../core/errors";

/** Adds the host, and the way to it under `tried`. */
export function withConnection(connection: Parameters<typeof describeConnection>[0], error: WmisecError): WmisecError {
    const tried = [error.details.tried, describeConnection(connection)].filter((line) => line !== undefined).join("\n");
    return error.with({ host: connection.host, tried });
}
