import { z } from "zod";
import { connectionSchema } from "../core/connection";
import type { Item, LiveValue } from "../core/item";
import type { Declaration } from "../core/ledger";
import type { Look } from "../core/look";
import type { EventsReading } from "../core/wmiEvents";

/** What a read can find where a declaration would have a boolean. The engine may copy it into new inputs (`ignoreChanges`). */
export const FOUND_TEXTS = ["absent", "missing", "denied", "contradictory"] as const;

/** A boolean as users write it, or text for what a read found instead. */
export const foundOr = z.union(
    [
        z.boolean(),
        z.string().refine((text) => FOUND_TEXTS.some((found) => found === text) || /^REG_[A-Z_]+ /.test(text), {
            error: "must be true or false",
        }),
    ],
    { error: "must be true or false" },
);

/** Fields that every resource has. */
export const commonInputs = {
    connection: connectionSchema,
    /** Who wants it so; filled in by the sdk class. `"absent"` where a read found no ledger entry of ours. */
    owner: z.string().min(1).max(2000),
    onDelete: z.enum(["restore", "leave"]).optional(),
    unreachable: z.enum(["error", "keep"]).optional(),
};

export interface CommonInputs {
    readonly connection: z.infer<typeof connectionSchema>;
    readonly owner: string;
    readonly onDelete?: "restore" | "leave" | undefined;
    readonly unreachable?: "error" | "keep" | undefined;
}

/** In the place of the owner where a read found no ledger entry of ours: drift, also after a refresh took it into the state. */
export const NO_OWNER = "absent";

/** An item could not be read because the host refuses us. */
export const DENIED = "denied";
export type Found = Look | typeof DENIED;

/** An item of a resource together with the name that the program has for it. */
export interface Declared {
    /** As the program wrote it: the namespace's key, or the field's name. */
    readonly label: string;
    readonly item: Item;
    /** The text where the input holds what a read found (`ignoreChanges` puts it there): the item is left alone. */
    readonly wish: Declaration | string;
}

/** `compliant`: as declared. `drifted`: not. `missing`: no such namespace. `unreachable`, `denied`: not known. */
export type Status = "compliant" | "drifted" | "missing" | "unreachable" | "denied";

/**
 * A resource, whole: everything else (check, diff, create, read, update, delete) derives from it. It does no I/O.
 * @template Policy the fields of the inputs beyond the common ones.
 */
export interface ResourceSpec<Policy extends object = object> {
    /** The type's name in Pulumi, and the argument of `handler`. */
    readonly name: string;
    /** Of the inputs, common fields included, strict. Text that a read found passes, too. */
    readonly inputs: z.ZodType<CommonInputs & Policy> & { readonly shape: Readonly<Record<string, unknown>> };
    readonly declared: (policy: Policy) => readonly Declared[];
    /** The policy's inputs with each item's live value in place of the declared one; `live` is in the order of `declared`, undefined where the declared one is to be repeated to the letter. */
    readonly fromLive: (policy: Policy, live: readonly (boolean | string | undefined)[]) => Policy;
    /** An item's live value as it stands in inputs: a boolean, or one of the texts that `foundOr` takes. */
    readonly asInput: (found: Found) => boolean | string;
    /** Outputs for programs, from what was found for each item. */
    readonly outputs: (policy: Policy, found: readonly FoundItem[]) => Outputs;
    /** What it tells of the host's event log; absent for a resource that has nothing to tell. */
    readonly evidence?: EvidenceSpec<Policy>;
}

/** An output made from the host's event log, where the inputs ask for it. */
export interface EvidenceSpec<Policy extends object> {
    /** The output's name. Not an input's: an output of that name mirrors the input, and its changes are differences. */
    readonly output: string;
    /** How far back, in milliseconds; undefined where the inputs do not ask. */
    readonly sinceMs: (policy: Policy) => number | undefined;
    readonly tell: (policy: Policy, reading: EventsReading) => unknown;
}

/** `status` and what else there is to tell. */
export interface Outputs {
    readonly status: unknown;
    readonly [name: string]: unknown;
}

export interface FoundItem {
    readonly label: string;
    readonly live: LiveValue | typeof DENIED | "contradictory";
    readonly status: Status;
}
