import { z } from "zod";
import { type ItemValue, itemValue, wanted } from "../items/kinds";
import { MAX_OWNER, MAX_OWNERS } from "../limits";
import { oneLine } from "../text/oneLine";

const owner = z.strictObject({
    /** Who wants it so. */
    owner: oneLine(MAX_OWNER),
    /** Which life of the owner wrote. */
    stamp: oneLine(100),
    wants: wanted,
});
export type Owner = z.infer<typeof owner>;

const entrySchema = z.strictObject({
    v: z.literal(1),
    /** The machine that it was written on; a clone finds the entry of another machine. */
    machine: oneLine(300),
    /** What stood there before anybody's policy was first written. */
    before: itemValue,
    /** The last value that a write of ours was reported as done with; absent while all owners found it as they want it. */
    written: itemValue.optional(),
    /** A write that began and of which nobody has told yet how it ended. */
    writing: itemValue.optional(),
    owners: z.array(owner).max(MAX_OWNERS),
    /** When the first owner came; ISO 8601, the controller's clock. */
    since: oneLine(40),
});
const ofNewerRelease = z.object({ v: z.int().min(2) });
/** The host's own record of one item. */
export type LedgerEntry = z.infer<typeof entrySchema>;

export type ParsedEntry =
    | { readonly state: "none" }
    | { readonly state: "entry"; readonly entry: LedgerEntry }
    /** Written by a newer release of this package. */
    | { readonly state: "tooNew" }
    /** Not one of ours, or damaged. */
    | { readonly state: "garbled" };

/** @param text the REG_SZ; null for a value of another kind; undefined for no value. */
export function parseEntry(text: string | null | undefined): ParsedEntry {
    if (text === undefined) return { state: "none" };
    if (text === null) return { state: "garbled" };
    let json: unknown;
    try {
        json = JSON.parse(text);
    } catch {
        return { state: "garbled" };
    }
    if (ofNewerRelease.safeParse(json).success) return { state: "tooNew" };
    const parsed = entrySchema.safeParse(json);
    return parsed.success ? { state: "entry", entry: parsed.data } : { state: "garbled" };
}

/** One line of JSON, the fields always in the same order: entries are compared as text. */
export function formatEntry({ machine, before, written, writing, owners, since }: LedgerEntry): string {
    const fields: Record<string, unknown> = { v: 1, machine, before };
    if (written !== undefined) fields["written"] = written;
    if (writing !== undefined) fields["writing"] = writing;
    fields["owners"] = owners.map(({ owner, stamp, wants }) => ({ owner, stamp, wants }));
    fields["since"] = since;
    return JSON.stringify(fields);
}

/** What an entry says was last put there by us: done, or maybe done. */
export const writtenBy = ({ written, writing }: LedgerEntry): readonly ItemValue[] =>
    [written, writing].filter((value) => value !== undefined);
