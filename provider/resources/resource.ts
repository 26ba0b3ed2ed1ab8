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

/** What a read may find in place of a declared boolean. The engine may copy it into new inputs (`ignoreChanges`). */
export const FOUND_TEXTS = ["absent", "missing", "denied", "contradictory"] as const;

/** A boolean from the program, or text for what a read found instead. */
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
        asOutput: "The connection in use, with defaults from the stack's configuration.",
    }),
    owner: oneLine(
        MAX_OWNER,
        "the resource's name has an invisible character (a zero-width space, a tab, a line break), as names copied from a table may have: type it again",
    ).meta({
        description: "The resource that declares this: its organization and URN. The sdk fills it in.",
        asOutput:
            'This resource, as the host\'s ledger names it. `"absent"` after a refresh that found no ledger entry of this resource.\n\nFor example `acme/urn:pulumi:prod::fleet::pulumi-nodejs:dynamic/wmisec:UnsecAppPolicy::web-07`. `WMISEC_EVICT` takes such a name.',
    }),
    onDelete: z.enum(["restore", "leave"]).optional().meta({
        description:
            'What a delete does. `"restore"` restores the original value of each item, if the host still has the value that this provider wrote. `"leave"` leaves everything as it is.',
    }),
    unreachable: z.enum(["error", "keep"]).optional().meta({
        description:
            'What a refresh or an update does when the host does not answer.\n\n`"error"`: it fails, and so does `preview --refresh`. `"keep"`: the resource keeps its last known state, `status` says `unreachable`, and a warning names the host. A create always fails.',
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

/** The owner after a read found no ledger entry of this resource. It is drift, even after a refresh stored it in the state. */
export const NO_OWNER = "absent";

/** An item that could not be read: the host refuses access, or a definition file is unreadable. */
export interface Unread {
    readonly unread: "denied" | "unreadable";
    /** In one line. */
    readonly why: string;
}
export type Found = RecordedState | Unread;

/** An item of a resource, with the program's name for it. */
export interface Declared {
    /** The namespace's key, or the field's name. */
    readonly label: string;
    readonly item: Item;
    /** Text if the input holds what a read found (from `ignoreChanges`): then the item is left alone. */
    readonly declaration: Declaration | string;
}

export const status = z.enum(["compliant", "skipped", "drifted", "missing", "unreachable", "denied"]).meta({
    id: "Status",
    description:
        '`compliant`: as declared. `skipped`: the host has no such namespace, which `whenMissing: "skip"` allows; nothing is required there. `drifted`: not as declared. `missing`: no such namespace. `unreachable`, `denied`: not known.',
});
export type Status = z.infer<typeof status>;

interface ShapedResource {
    /** The type's name in Pulumi, and the argument of `handler`. */
    readonly name: string;
    readonly inputs: z.ZodType & Shaped;
    /** The outputs besides the inputs. */
    readonly outputs: z.ZodType & Shaped;
}

interface Described {
    /** What it is for, in Markdown: editors show it. */
    readonly description: string;
}

/** What documents, editors and other languages need to know of a resource that programs declare. */
export interface DescribedResource extends ShapedResource, Described {}

/**
 * All that defines a resource for one host: check, diff, create, read, update and delete derive from it. It does no I/O.
 *
 * Each field of both schemas, however deep, has a text for people (`meta`), which documents and editors show. `asOutput` is the text of
 * an input that is also an output.
 * @template Policy the fields of the inputs beyond the common ones.
 * @template Own the outputs beyond the common ones and the inputs
 */
export interface ResourceSpec<Policy extends object = object, Own extends OwnOutputs = OwnOutputs> extends ShapedResource {
    /** Strict, with the common inputs. It also accepts text that a read found. */
    readonly inputs: z.ZodType<CommonInputs & Policy> & Shaped;
    /** The outputs besides the inputs: strict, with the common outputs. The resource's own may be absent after an operation failed halfway. */
    readonly outputs: z.ZodType<CommonOutputs & Own> & Shaped;
    readonly declared: (policy: Policy) => readonly Declared[];
    /** The policy's inputs as the host has them. `found` is in the order of `declared`. An item that is as declared repeats the input exactly. */
    readonly fromLive: (policy: Policy, found: readonly FoundItem[]) => Policy;
    /** Its own outputs, except that of the event log. `found` is in the order of `declared`. */
    readonly toOutputs: (policy: Policy, found: readonly ReportedItem[]) => Own;
    /** How it reports the host's event log; absent for a resource that does not. */
    readonly evidence?: EvidenceSpec<Policy>;
}

/** A resource for one host as programs declare it. What a fleet runs on each host is none. */
export interface HostResource<Policy extends object = object, Own extends OwnOutputs = OwnOutputs>
    extends ResourceSpec<Policy, Own>,
        Described {
    /**
     * What an import looks at: a policy that names it. Its values are of no account.
     * @param names behind the host in the import's id
     * @returns text if they name nothing: what is wrong
     */
    readonly imported: (names: readonly string[]) => Policy | string;
}

/** An output made from the host's event log, where the inputs ask for it. */
export interface EvidenceSpec<Policy extends object> {
    /** The output's name. It must not be an input's: such an output mirrors the input, so its changes would be differences. */
    readonly output: string;
    /** How far back to read, in milliseconds; undefined if the inputs do not ask for it. */
    readonly sinceMs: (policy: Policy) => number | undefined;
    readonly tell: (policy: Policy, reading: EventsReading) => unknown;
}

/** `status`, and the resource's other outputs. */
export interface OwnOutputs {
    readonly status: unknown;
    readonly [name: string]: unknown;
}

interface Shaped {
    readonly shape: Readonly<Record<string, unknown>>;
}

/** What outputs report about an item. */
export interface ReportedItem {
    readonly label: string;
    readonly item: Item;
    readonly live: Shown;
    readonly status: Status;
}

/** What was found for an item; for a definition, the flag that the file sets. */
export type Shown = LiveValue | "denied" | "unreadable" | "contradictory";

export interface FoundItem extends ReportedItem {
    readonly found: Found;
    /** The declaration that the host satisfies: the stored input's, or the one that was carried out last. */
    readonly satisfied: Declaration | undefined;
    /** The item is left alone: nothing was carried out. */
    readonly leftAlone: boolean;
}

export const isUnread = (found: Found): found is Unread => "unread" in found;

export function shown(found: Found): Shown {
    if (isUnread(found)) return found.unread;
    return found.contradictory ? "contradictory" : (found.definitionFlag ?? found.live);
}

/** As inputs show it, if they have no other form for it. */
export const describeShown = ({ item, live }: Pick<ReportedItem, "item" | "live">): string =>
    typeof live === "object" ? describeLive(item, live) : String(live);
