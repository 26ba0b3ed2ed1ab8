import { itemNamed } from "../../provider/core/items/item";
import { meansSame } from "../../provider/core/items/itemValue";
import type { Wanted } from "../../provider/core/items/kinds";
import { type LedgerEntry, parseEntry } from "../../provider/core/ledger/entry";
import { namespacePath } from "../../provider/core/namespacePath";
import type { Write, WriteLog } from "../../provider/model/writeLog";

/**
 * Reads a machine's write log as the history of its ledger and says what must never be in it, one line each. Of items, it
 * knows flags and values.
 *
 * - an entry that can't be read;
 * - a `before` that is overwritten while the entry lives;
 * - a change of an item that is nobody's: neither one of the entry's owners wants it so and the entry says that it is being
 *   written, nor is it what stood there before.
 */
export function troubleIn({ all }: WriteLog): string[] {
    const entries = new Map<string, LedgerEntry>();
    return all.flatMap((write) => {
        if (write.by !== "agent" || write.kind === "file") return [];
        if (write.kind !== "ledger") return isSomebodys(write, entries) ? [] : [`${write.order}: nobody's: ${said(write)}`];
        if (write.to === null) {
            entries.delete(write.name);
            return [];
        }
        const parsed = parseEntry(write.to);
        if (parsed.state !== "entry") return [`${write.order}: torn: ${said(write)}`];
        const former = entries.get(write.name);
        entries.set(write.name, parsed.entry);
        const kept = former === undefined || JSON.stringify(former.before) === JSON.stringify(parsed.entry.before);
        return kept ? [] : [`${write.order}: before overwritten: ${said(write)}`];
    });
}

function isSomebodys(write: Extract<Write, { kind: "namespace" | "value" }>, entries: ReadonlyMap<string, LedgerEntry>): boolean {
    const name = write.kind === "namespace" ? `namespace:${namespacePath(write.name)}` : `value:${write.name.replaceAll("\\", "/")}`;
    const item = itemNamed(name);
    const entry = entries.get(name);
    const { to } = write;
    if (item === undefined || entry === undefined || to === null || to === "missing") return false;
    const same = (value: Wanted | undefined) =>
        value !== undefined && !(typeof value === "object" && "requires" in value) && meansSame(item, to, value);
    return same(entry.before) || (same(entry.writing) && entry.owners.some(({ wants }) => same(wants)));
}

const said = ({ kind, name, from, to }: Write): string => `${kind} ${name}: ${JSON.stringify(from)} -> ${JSON.stringify(to)}`;
