import { z } from "zod";
import type { Facts, Transport } from "./field";
import { CONNECTION_FIELDS, connectionFields, DEFAULT_PORT, type endpointSchema, SECRET_FIELDS, shapeOf } from "./fields";

export type { Transport } from "./field";
export { DEFAULT_DIAL_ERROR_LIMIT, DEFAULT_DIAL_SECONDS, DEFAULT_PORT, INSECURE_ACCEPT_ANY, SECRET_FIELDS } from "./fields";
export { addressOf, identityOf } from "./identity";

/**
 * How to reach a host. Fields that @pulumi/command's `remote.Connection` has keep their names and meaning, so one object
 * serves both.
 */
export const connectionSchema = z.strictObject(shapeOf(CONNECTION_FIELDS)).superRefine((connection, context) => {
    for (const [name, field] of connectionFields) {
        const value = connection[name];
        const support = field.transports[connection.transport ?? "ssh"];
        const message = value === undefined || support === "every value" ? undefined : support.refusal(value);
        if (message !== undefined) context.addIssue({ code: "custom", path: [name], message });
    }
});

export type Endpoint = z.infer<typeof endpointSchema>;
export type Connection = z.infer<typeof connectionSchema>;

/** The secrets that a connection itself holds, its jump host's too. */
export const inlineSecrets = (connection: Connection): string[] =>
    [connection, connection.proxy].flatMap((endpoint) =>
        SECRET_FIELDS.map((field) => endpoint?.[field]).filter((secret) => typeof secret === "string"),
    );

const WAYS: Readonly<Record<Transport, string>> = { ssh: "ssh", openssh: "the system's ssh" };

/**
 * For errors and logs: `as CONTOSO\svc over ssh to web-07:22 by way of jump:22`; `... over the system's ssh to web-07`, where
 * a port that the program does not say is its configuration's.
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
    return `as ${user} over ${WAYS[transport]} to ${host}${known === undefined ? "" : `:${known}`}${by}`;
}
