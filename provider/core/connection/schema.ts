import { z } from "zod";
import { CONNECTION_FIELDS, connectionFields, ENDPOINT_FIELDS, type endpointSchema, shapeOf } from "./fields";
import { winrmProblems } from "./winrmLimits";

/**
 * How to reach a host. Fields that @pulumi/command's `remote.Connection` also has keep their names and meaning, so one object works for
 * both.
 */
export const connectionSchema = z.strictObject(shapeOf(CONNECTION_FIELDS)).superRefine((connection, context) => {
    for (const [name, field] of connectionFields) {
        const value = connection[name];
        const support = field.transports[connection.transport ?? "ssh"];
        if (value === undefined || support === "every value") continue;
        const message = "none" in support ? support.none : support.refusal(value);
        if (message !== undefined) context.addIssue({ code: "custom", path: [name], message });
    }
    if (connection.transport === "winrm")
        for (const [name, message] of winrmProblems(connection)) context.addIssue({ code: "custom", path: [name], message });
});

const storedEndpoint = z.strictObject(shapeOf(ENDPOINT_FIELDS)).partial().required({ host: true });
const stored = z.strictObject({ ...shapeOf(CONNECTION_FIELDS), proxy: storedEndpoint }).partial();

/**
 * As a state has it. Since it was stored, a provider's configuration may have changed: then what is lent to it is too little, or does not go with it.
 * Most operations open no session with it. Who opens one finds out (`requireUsable`).
 */
export const storedConnectionSchema = stored.required({ host: true }) as unknown as z.ZodType<Connection>;
/** The same of the connection that the hosts of a fleet share. */
export const storedSharedConnectionSchema = stored as unknown as z.ZodType<Partial<Connection>>;

export type Endpoint = z.infer<typeof endpointSchema>;
export type Connection = z.infer<typeof connectionSchema>;
