import { z } from "zod";
import { CONNECTION_FIELDS, connectionFields, type endpointSchema, shapeOf } from "./fields";

/**
 * How to reach a host. Fields that @pulumi/command's `remote.Connection` also has keep their names and meaning, so one object works for
 * both.
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
