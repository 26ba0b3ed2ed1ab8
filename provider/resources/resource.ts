import { z } from "zod";
import { connectionSchema } from "../core/connection";
import { describeLive } from "../core/items/itemValue";
import type { Item } from "../core/items/kind";
import type { LiveValue } from "../core/items/kinds";
import type { Declaration } from "../core/ledger/declaration";
import type { RecordedState } from "../core/ledger/record";
import { MAX_OWNER } from "../core/limits";
import { oneLine } from "../core/text/oneLine";
import type { Compiler } from "../core/wire/compiler";
import type { EventsReading } from "../core/wire/events";

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
    owner: oneLine(
        MAX_OWNER,
        "the resource's name has a character that can't be seen (a zero-width space, a tab, the end of a line), as names copied from a table may have: type it anew",
    ),
    onDelete: z.enum(["restore", "leave"]).optional(),
    unreachable: z.enum(["error", "keep"]).optional(),
};

export interface CommonInputs {
    readonly connection: z.infer<typeof connectionSchema>;
    readonly owner: string;
    readonly onDelete?: "restore" | "leave" | undefined;
    readonly unreachable?: "error" | "keep" | undefined;
    /** Only where MOF is compiled. */
    readonly compiler?: Compiler | undefined;
}

/** In the place of the owner where a read found no ledger entry of ours: drift, also after a refresh took it into the state. */
export const NO_OWNER = "absent";

/** An item could not be read: the host refuses us, or a definition file is in no state to be read. */
export interface Unread {
    readonly unread: "denied" | "unreadable";
    /** In one line. */
    readonly why: string;
}
export type Found = RecordedState | Unread;

/** An item of a resource together with the name that the program has for it. */
export interface Declared {
    /** As the program wrote it: the namespace's key, or the field's name. */
    readonly label: string;
    readonly item: Item;
    /** The text where an input holds what a read found (`ignoreChanges` puts it there): the item is left alone. */
    readonly declaration: Declaration | string;
}

/**
 * `compliant`: as declared. `skipped`: no such namespace, as `whenMissing: "skip"` allows. `drifted`: not as declared. `missing`: no such
 * namespace. `unreachable`, `denied`: not known.
 */
export type Status = "compliant" | "skipped" | "drifted" | "missing" | "unreachable" | "denied";

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
    /** The policy's inputs as the host has them; `found` is in the order of `declared`. What is as it should be repeats the input to the letter. */
    readonly fromLive: (policy: Policy, found: readonly FoundItem[]) => Policy;
    /** Outputs for programs; `found` is in the order of `declared`. */
    readonly outputs: (policy: Policy, found: readonly ReportedItem[]) => Outputs;
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

/** What programs are told of an item. */
export interface ReportedItem {
    readonly label: string;
    readonly item: Item;
    readonly live: Shown;
    readonly status: Status;
}

/** What was found of an item; of a definition, what the file says. */
export type Shown = LiveValue | "denied" | "unreadable" | "contradictory";

export interface FoundItem extends ReportedItem {
    readonly found: Found;
    /** The declaration that the host satisfies: the recorded input's, or the one that was carried out last. */
    readonly satisfied: Declaration | undefined;
    /** The item is left alone: nothing was carried out. */
    readonly leftAlone: boolean;
}

export const isUnread = (found: Found): found is Unread => "unread" in found;

export function shown(found: Found): Shown {
    if (isUnread(found)) return found.unread;
    return found.contradictory ? "contradictory" : (found.definitionFlag ?? found.live);
}

/** As it stands in inputs where they have no other form. */
export const describeShown = ({ item, live }: Pick<ReportedItem, "item" | "live">): string =>
    typeof live === "object" ? describeLive(item, live) : String(live);
