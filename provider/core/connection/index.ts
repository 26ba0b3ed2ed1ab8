import { defaultOf, type Facts, type Transport } from "./field";
import { connectionFields, DEFAULT_PORT, SECRET_FIELDS } from "./fields";
import type { Connection, Endpoint } from "./schema";

export type { Transport } from "./field";
export { DEFAULT_DIAL_ERROR_LIMIT, DEFAULT_DIAL_SECONDS, DEFAULT_PORT, INSECURE_ACCEPT_ANY, SECRET_FIELDS } from "./fields";
export { addressOf, identityOf } from "./identity";
export { type Connection, connectionSchema, type Endpoint, storedConnectionSchema, storedSharedConnectionSchema } from "./schema";
export { connectionProblems, requireUsable } from "./usable";

/** The secrets that a connection itself holds, including its jump host's. */
export const inlineSecrets = (connection: Connection): string[] =>
    [connection, connection.proxy].flatMap((endpoint: Partial<Connection> | undefined) =>
        SECRET_FIELDS.map((field) => endpoint?.[field]).filter((secret) => typeof secret === "string"),
    );

/** What a field of the connection is, given or not; undefined where there is no default. */
export function settingOf<N extends keyof Connection>(connection: Connection, name: N): Connection[N] {
    const [, field] = connectionFields.find(([known]) => known === name) ?? [];
    const fallback = field && defaultOf(field as Facts<Connection[N]>, connection.transport ?? "ssh", connection);
    return connection[name] ?? (fallback as Connection[N]);
}

/**
 * For errors and logs: `as CONTOSO\svc over ssh to web-07:22 by way of jump:22`; `... over WinRM (https, ntlm) to web-07:5986`;
 * `... over the system's ssh to web-07`, where a port that the program does not say is its configuration's.
 */
export function describeConnection(connection: Endpoint & Partial<Connection>): string {
    const { user, host, proxy, transport = "ssh" } = connection;
    const port = settingOf(connection, "port");
    const by = proxy === undefined ? "" : ` by way of ${proxy.host}:${proxy.port ?? DEFAULT_PORT}`;
    return `as ${user} over ${WAYS[transport](connection)} to ${host}${port === undefined ? "" : `:${port}`}${by}`;
}

const WAYS: Readonly<Record<Transport, (connection: Connection) => string>> = {
    ssh: () => "ssh",
    openssh: () => "the system's ssh",
    winrm: (connection) => `WinRM (${settingOf(connection, "scheme")}, ${settingOf(connection, "authentication")})`,
};
