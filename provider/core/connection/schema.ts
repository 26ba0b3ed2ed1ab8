import { z } from "zod";
import { CONNECTION_FIELDS, connectionFields, type endpointSchema, shapeOf } from "./fields";
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

export type Endpoint = z.infer<typeof endpointSchema>;
export type Connection = z.infer<typeof connectionSchema>;
