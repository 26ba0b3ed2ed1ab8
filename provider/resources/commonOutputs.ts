import { z } from "zod";
import { connectionSchema } from "../core/connection";
import { itemValue, wanted } from "../core/items/kinds";
import { compiler } from "../core/wire/compiler";

const carriedOut = z
    .union([
        z
            .strictObject({
                want: wanted.meta({ description: "What the program asked for: what is to stand there." }),
                alsoFine: z.array(itemValue).meta({ description: "Other values that serve as well as `want` does." }),
                whenMissing: z.enum(["error", "skip"]).meta({ description: '`"skip"`: fine where the host has no such namespace.' }),
            })
            .meta({ id: "CarriedOutItem", description: "An item that the last create or update made as declared." }),
        z.strictObject({ leftAlone: z.string().meta({ description: "What a read had found, as the program's input said it." }) }).meta({
            id: "ItemLeftAlone",
            description: "An item that was left as it is: `ignoreChanges` had put what a read found into the input.",
        }),
    ])
    .meta({ id: "CarriedOut", description: "What the last create or update did about an item." });
export type CarriedOut = z.infer<typeof carriedOut>;

const before = z.record(z.string(), itemValue);
const applied = z.record(z.string(), carriedOut);

/** A host that the resource has moved away from and has not released yet. */
const formerHost = z.object({
    connection: connectionSchema.meta({ description: "How to reach it." }),
    owner: z.string().meta({ description: "Who wanted its items so, as its ledger names it." }),
    machine: z.string().meta({ description: "Its machine's identity." }),
    applied: applied.meta({ description: "What was carried out there last, by the item's name in the ledger." }),
    before: before.meta({ description: "What stood there before, by the item's name in the ledger." }),
    spelled: z
        .record(z.string(), z.string())
        .optional()
        .meta({ description: "How the program spelled the items, by the item's name in the ledger, where that is not the ledger's way." }),
    compiler: compiler.optional().meta({ description: "What compiles MOF there. Absent for the default." }),
    incomplete: z
        .boolean()
        .optional()
        .meta({ description: "The last create or update ended halfway there: more may be there than `applied` tells." }),
});
export type FormerHost = z.infer<typeof formerHost>;

const abandonedHost = z
    .object({
        host: z.string().meta({ description: "The host as the program named it then." }),
        machine: z.string().meta({ description: "Identity of the machine that the resource moved away from." }),
        items: z.array(z.string()).meta({ description: "What stays there as we made it, by the names in its ledger." }),
    })
    .meta({ id: "AbandonedHost", description: "A host that nobody will ask again." });
export type AbandonedHost = z.infer<typeof abandonedHost>;

const unfinishedMove = z
    .object({
        host: z.string().meta({ description: "The host as the program named it then." }),
        machine: z.string().meta({ description: "Identity of the machine that was moved to." }),
        since: z.string().meta({ description: "When the move began (ISO 8601, by the controller's clock)." }),
    })
    .meta({ id: "UnfinishedMove", description: "A machine that a killed run began to move to." });

/** What every resource tells programs beside its inputs. It stands in the state, and the next operation goes by it. */
export const commonOutputs = {
    applied: applied.meta({
        description:
            'What the last create or update carried out, by the item\'s name in the ledger.\n\nFor example `{ "namespace:root/cimv2": { want: true, alsoFine: [], whenMissing: "error" } }`.',
    }),
    before: before.meta({
        description:
            'What stood there before anybody\'s policy was first written, by the item\'s name in the ledger.\n\nFor example `{ "namespace:root/cimv2": "absent" }`. It is what a delete puts back.',
    }),
    machine: z.string().meta({
        description:
            "Identity of the machine that the last create or update reached.\n\nIts MachineGuid and its SMBIOS UUID. A rebuilt host has another.",
    }),
    unreachableSince: z.string().optional().meta({
        description: "Since when the host has not answered (ISO 8601). Only while it does not.\n\nFor example `2026-03-01T04:00:00.000Z`.",
    }),
    abandoned: z.array(abandonedHost).optional().meta({
        description:
            'Hosts that the resource moved away from and could not release: they stay as they were.\n\nThey did not answer, under `unreachable: "keep"`, or another machine answers by the host\'s name.',
    }),
    undeclared: z.record(z.string(), z.string()).optional().meta({
        description:
            "What the ledger says that this resource wants, and the program does not declare: a run was killed. The next `up` puts it right.\n\nBy the item's name in the ledger.",
    }),
    unfinishedMoves: z.array(unfinishedMove).optional().meta({
        description: "Machines that a killed run began to move to: what it wrote there may still stand.",
    }),
};
export type CommonOutputs = z.infer<z.ZodObject<typeof commonOutputs>>;

/** What stands in the state for later operations alone. */
export const bookkeeping = {
    schemaVersion: z.literal(1).meta({ description: "The state's format." }),
    incomplete: z
        .boolean()
        .optional()
        .meta({ description: "The last create or update ended halfway, or was put off because the host did not answer." }),
    unreleased: z
        .array(formerHost)
        .optional()
        .meta({ description: "Hosts that the resource has moved away from and has not released yet." }),
    lastOwner: z
        .string()
        .optional()
        .meta({ description: 'Who the owner was before a read found no entry of ours, and put "absent" in its place.' }),
};
