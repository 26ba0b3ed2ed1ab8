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
import type { CommonOutputs } from "./commonOutputs";

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
    connection: connectionSchema.meta({
        description:
            "How to reach the host.\n\nFields that the program leaves out come from the stack's configuration (`wmisec:user` and so on).",
        asOutput: "The connection in use, defaults of the stack's configuration filled in.",
    }),
    owner: oneLine(
        MAX_OWNER,
        "the resource's name has a character that can't be seen (a zero-width space, a tab, the end of a line), as names copied from a table may have: type it anew",
    ).meta({
        description: "Who wants it so: the organization and the resource's URN. No program says it.",
        asOutput:
            'Who wants it so, as the host\'s ledger names it. `"absent"` after a refresh that found no ledger entry of this resource.\n\nFor example `acme/urn:pulumi:prod::fleet::pulumi-nodejs:dynamic/wmisec:UnsecAppPolicy::web-07`. `WMISEC_EVICT` takes such a name.',
    }),
    onDelete: z.enum(["restore", "leave"]).optional().meta({
        description:
            'What a delete does. `"restore"` puts back, item by item, what stood there before anybody\'s policy was first written, if the host still has what we wrote. `"leave"` leaves all as it is.',
    }),
    unreachable: z.enum(["error", "keep"]).optional().meta({
        description:
            'What a refresh or an update does when the host does not answer.\n\n`"error"`: fails, and with it `preview --refresh`. `"keep"`: keeps the last known state, says so in `status`, and warns. A create always fails.',
    }),
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

export const status = z.enum(["compliant", "skipped", "drifted", "missing", "unreachable", "denied"]).meta({
    id: "Status",
    description:
        '`compliant`: as declared. `skipped`: the host has no such namespace, which `whenMissing: "skip"` allows; nothing is required there. `drifted`: not as declared. `missing`: no such namespace. `unreachable`, `denied`: not known.',
});
export type Status = z.infer<typeof status>;

/**
 * A resource, whole: everything else (check, diff, create, read, update, delete) derives from it. It does no I/O.
 *
 * Each field of both schemas has its text for people (`meta`), and so has what is in it: documents and editors say the same. `asOutput` is
 * that of an input that programs see as an output, too.
 * @template Policy the fields of the inputs beyond the common ones.
 * @template Own the outputs beyond the common ones and the inputs
 */
export interface ResourceSpec<Policy extends object = object, Own extends OwnOutputs = OwnOutputs> {
    /** The type's name in Pulumi, and the argument of `handler`. */
    readonly name: string;
    /** Of the inputs, common fields included, strict. Text that a read found passes, too. */
    readonly inputs: z.ZodType<CommonInputs & Policy> & Shaped;
    /** Of the outputs beside the inputs, common fields included, strict. Its own may be absent once an operation failed halfway. */
    readonly outputs: z.ZodType<CommonOutputs & Own> & Shaped;
    readonly declared: (policy: Policy) => readonly Declared[];
    /** The policy's inputs as the host has them; `found` is in the order of `declared`. What is as it should be repeats the input to the letter. */
    readonly fromLive: (policy: Policy, found: readonly FoundItem[]) => Policy;
    /** Its own outputs but for that of the event log; `found` is in the order of `declared`. */
    readonly toOutputs: (policy: Policy, found: readonly ReportedItem[]) => Own;
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
export interface OwnOutputs {
    readonly status: unknown;
    readonly [name: string]: unknown;
}

interface Shaped {
    readonly shape: Readonly<Record<string, unknown>>;
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
