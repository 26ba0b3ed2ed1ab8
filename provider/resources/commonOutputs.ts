import { z } from "zod";
import { storedConnectionSchema } from "../core/connection";
import { itemValue, wanted } from "../core/items/kinds";
import { compiler } from "../core/wire/compiler";

const carriedOut = z
    .union([
        z
            .strictObject({
                want: wanted.meta({ description: "The value that the program asked for." }),
                alsoFine: z.array(itemValue).meta({ description: "Other values that are as good as `want`." }),
                whenMissing: z.enum(["error", "skip"]).meta({ description: '`"skip"`: the host need not have the namespace.' }),
            })
            .meta({ description: "An item that the last create or update set as declared." }),
        z
            .strictObject({ leftAlone: z.string().meta({ description: "What a read had found: the text in the program's input." }) })
            .meta({ description: "An item that was not changed: `ignoreChanges` had copied what a read found into the input." }),
    ])
    .meta({ description: "What the last create or update did with an item." });
export type CarriedOut = z.infer<typeof carriedOut>;

const before = z.record(z.string(), itemValue);
const applied = z.record(z.string(), carriedOut);

/** A host that the resource moved away from and has not released yet. */
const formerHost = z.object({
    connection: storedConnectionSchema.meta({ description: "How to reach it." }),
    owner: z.string().meta({ description: "This resource, as that host's ledger names it." }),
    machine: z.string().meta({ description: "Its machine's identity." }),
    applied: applied.meta({ description: "What the last create or update carried out there, by the item's name in the ledger." }),
    before: before.meta({ description: "The original values there, by the item's name in the ledger." }),
    spelled: z
        .record(z.string(), z.string())
        .optional()
        .meta({ description: "The program's spelling of items, where it differs from the ledger's: by the item's name in the ledger." }),
    compiler: compiler.optional().meta({ description: "What compiles MOF there. Absent for the default." }),
    incomplete: z
        .boolean()
        .optional()
        .meta({ description: "The last create or update stopped halfway there: it may have written more than `applied` says." }),
});
export type FormerHost = z.infer<typeof formerHost>;

const abandonedHost = z
    .object({
        host: z.string().meta({ description: "The host as the program named it then." }),
        machine: z.string().meta({ description: "Identity of the machine that the resource moved away from." }),
        items: z
            .array(z.string())
            .meta({ description: "The items that stay there as this provider set them, by their names in its ledger." }),
    })
    .meta({ id: "AbandonedHost", description: "A host that the resource moved away from and could not restore." });
export type AbandonedHost = z.infer<typeof abandonedHost>;

const unfinishedMove = z
    .object({
        host: z.string().meta({ description: "The host as the program named it then." }),
        machine: z.string().meta({ description: "Identity of the machine that the run was moving to." }),
        since: z.string().meta({ description: "When the move began (ISO 8601, by the controller's clock)." }),
    })
    .meta({ description: "A machine that a killed run began to move to." });

/** The outputs of every resource besides its inputs. The state stores them, and the next operation uses them. */
export const commonOutputs = {
    before: before.meta({
        description:
            'The original value of each item, from before any policy was written, by the item\'s name in the ledger.\n\nFor example `{ "namespace:root/cimv2": "absent" }`. A delete restores these values.',
    }),
    machine: z.string().meta({
        description:
            "Identity of the machine that the last create or update reached.\n\nIts MachineGuid and its SMBIOS UUID. A rebuilt host has a different one.",
    }),
    unreachableSince: z.string().optional().meta({
        description:
            "The time since which the host has not answered (ISO 8601). Absent when it answers.\n\nFor example `2026-03-01T04:00:00.000Z`.",
    }),
    abandoned: z.array(abandonedHost).optional().meta({
        description:
            'Hosts that the resource moved away from and could not restore: they stay as they are.\n\nEither they did not answer under `unreachable: "keep"`, or another machine now answers under the host\'s name.',
    }),
};
export type CommonOutputs = z.infer<z.ZodObject<typeof commonOutputs>>;

/**
 * Fields of the state that are no outputs for programs: later operations use them. A refresh shows those that change, except one whose name
 * begins with `__`.
 */
export const bookkeeping = {
    schemaVersion: z.literal(1).meta({ description: "The state's format." }),
    __applied: applied.optional().meta({
        description:
            "What the last create or update carried out, by the item's name in the ledger. Absent if that is what the inputs in the same state ask for.",
    }),
    incomplete: z
        .boolean()
        .optional()
        .meta({ description: "The last create or update stopped halfway, or was postponed because the host did not answer." }),
    unreleased: z
        .array(formerHost)
        .optional()
        .meta({ description: "Hosts that the resource has moved away from and has not released yet." }),
    lastOwner: z
        .string()
        .optional()
        .meta({ description: 'The owner, from before a read found no ledger entry and set `owner` to "absent".' }),
    undeclared: z.record(z.string(), z.string()).optional().meta({
        description:
            "What a killed run left in the ledger for this resource, and the program does not declare, by the item's name in the ledger. The next update corrects it.",
    }),
    unfinishedMoves: z
        .array(unfinishedMove)
        .optional()
        .meta({ description: "Machines that a killed run began to move to. What it wrote there may still be in effect." }),
};
