import type { Facts, Transport } from "./field";
import { CONNECTION_FIELDS, DEFAULT_PORT, SECRET_FIELDS } from "./fields";
import type { Connection, Endpoint } from "./schema";

export type { Transport } from "./field";
export { DEFAULT_DIAL_ERROR_LIMIT, DEFAULT_DIAL_SECONDS, DEFAULT_PORT, INSECURE_ACCEPT_ANY, SECRET_FIELDS } from "./fields";
export { addressOf, identityOf } from "./identity";
export { type Connection, connectionSchema, type Endpoint } from "./schema";

/** The secrets that a connection itself holds, including its jump host's. */
export const inlineSecrets = (connection: Connection): string[] =>
    [connection, connection.proxy].flatMap((endpoint) =>
        SECRET_FIELDS.map((field) => endpoint?.[field]).filter((secret) => typeof secret === "string"),
    );

const TRANSPORT_NAMES: Readonly<Record<Transport, string>> = { ssh: "ssh", openssh: "the system's ssh" };

/**
 * For errors and logs: `as CONTOSO\svc over ssh to web-07:22 by way of jump:22`. With openssh, a port that the program does not name comes
 * from its configuration: `... over the system's ssh to web-07`.
 */
export function describeConnection({
    user,
    host,
    port,
    proxy,
    transport = "ssh",
}: Endpoint & Pick<Connection, "proxy" | "transport">): string {
    const { defaults }: Facts<number> = CONNECTION_FIELDS.port;
    const known = port ?? defaults?.[transport];
    const by = proxy === undefined ? "" : ` by way of ${proxy.host}:${proxy.port ?? DEFAULT_PORT}`;
    return `as ${user} over ${TRANSPORT_NAMES[transport]} to ${host}${known === undefined ? "" : `:${known}`}${by}`;
}
