import { z } from "zod";
import { type ItemValue, itemValue, wanted } from "../items/kinds";
import { MAX_OWNER, MAX_OWNERS } from "../limits";
import { oneLine } from "../text/oneLine";
import { parsedJson } from "../text/parsedJson";

const owner = z.strictObject({
    /** Who wants it. */
    owner: oneLine(MAX_OWNER),
    /** Which life of the owner wrote this. */
    stamp: oneLine(100),
    wants: wanted,
});
export type Owner = z.infer<typeof owner>;

const entrySchema = z.strictObject({
    v: z.literal(1),
    /** The machine that the entry was written on. In a clone it names another machine. */
    machine: oneLine(300),
    /** The value before any owner's policy was first written. */
    before: itemValue,
    /** The last value that we wrote successfully; absent while every owner found the item as it wants it. */
    written: itemValue.optional(),
    /** A write that began and whose outcome is not recorded yet. */
    writing: itemValue.optional(),
    owners: z.array(owner).max(MAX_OWNERS),
    /** When the first owner joined; ISO 8601, the controller's clock. */
    since: oneLine(40),
});
const ofNewerRelease = z.object({ v: z.int().min(2) });
/** The host's own record about one item. */
export type LedgerEntry = z.infer<typeof entrySchema>;

export type ParsedEntry =
    | { readonly state: "none" }
    | { readonly state: "entry"; readonly entry: LedgerEntry }
    /** Written by a newer release of this package. */
    | { readonly state: "tooNew" }
    /** Not one of ours, or damaged. */
    | { readonly state: "garbled" };

/** @param text the REG_SZ; null for a value of another type; undefined if there is no value */
export function parseEntry(text: string | null | undefined): ParsedEntry {
    if (text === undefined) return { state: "none" };
    if (text === null) return { state: "garbled" };
    const json = parsedJson(text);
    if (ofNewerRelease.safeParse(json).success) return { state: "tooNew" };
    const parsed = entrySchema.safeParse(json);
    return parsed.success ? { state: "entry", entry: parsed.data } : { state: "garbled" };
}

/** One line of JSON with the fields in a fixed order: entries are compared as text. */
export function formatEntry({ machine, before, written, writing, owners, since }: LedgerEntry): string {
    const fields: Record<string, unknown> = { v: 1, machine, before };
    if (written !== undefined) fields["written"] = written;
    if (writing !== undefined) fields["writing"] = writing;
    fields["owners"] = owners.map(({ owner, stamp, wants }) => ({ owner, stamp, wants }));
    fields["since"] = since;
    return JSON.stringify(fields);
}

/** What we wrote last, certainly or possibly, according to the entry. */
export const writtenBy = ({ written, writing }: LedgerEntry): readonly ItemValue[] =>
    [written, writing].filter((value) => value !== undefined);
