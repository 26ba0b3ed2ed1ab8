import { WmisecError } from "../errors";
import { describeItem, itemName } from "../items/item";
import { MAX_LEDGER_TEXT, MAX_OWNERS } from "../limits";
import type { Step } from "../wire/step";
import { formatEntry, type LedgerEntry, parseEntry } from "./entry";
import type { ItemRecord } from "./record";

type Recorded = Pick<ItemRecord, "item" | "entryText">;

/**
 * A step that writes the entry even if it does not change. It precedes each write of an item: another owner may have joined since the
 * observation, and the comparison detects that before the item is touched.
 * @throws ledgerFull
 */
export function guardLedger({ item, entryText }: Recorded, entry: LedgerEntry | undefined): Step {
    return { do: "setLedger", item: itemName(item), expect: entryText, text: textOf(item, entryText, entry) };
}

/**
 * A step that writes the entry; none if it does not change.
 * @throws ledgerFull
 */
export function setLedger({ item, entryText }: Recorded, entry: LedgerEntry | undefined): Step[] {
    const text = textOf(item, entryText, entry);
    return text === entryText ? [] : [{ do: "setLedger", item: itemName(item), expect: entryText, text }];
}

/** The entry during a release: `before` appears a second time, as `writing`. */
const duringRelease = (entry: LedgerEntry): LedgerEntry => ({ ...entry, writing: entry.before });

/**
 * The entry to write before the item is restored, if it fits: a release is never refused. If it does not fit and the run is killed in
 * between, the next run finds the item restored, which is just as good.
 */
export function beforeRelease(entry: LedgerEntry, written: Pick<LedgerEntry, "written">): LedgerEntry {
    const during = duringRelease({ ...entry, ...written });
    return formatEntry(during).length <= MAX_LEDGER_TEXT ? during : entry;
}

/**
 * Refuses an entry that could not be read back or released later: it would stop every stack that owns the item. An entry that gets shorter
 * is always accepted.
 */
function textOf(item: Recorded["item"], now: string | null, entry: LedgerEntry | undefined): string | null {
    if (entry === undefined) return null;
    const text = formatEntry(entry);
    const { length } = entry.owners;
    const needed = Math.max(text.length, formatEntry(duringRelease(entry)).length);
    if (length > MAX_OWNERS || (needed > MAX_LEDGER_TEXT && text.length > (now?.length ?? 0))) {
        const value = JSON.stringify(entry.before).length;
        throw new WmisecError("ledgerFull", `the ledger's entry for ${describeItem(item)} has no room left`, {
            said: `it would have ${length} owners in ${needed} characters; at most ${MAX_OWNERS} in ${MAX_LEDGER_TEXT} are supported`,
            tried: "to plan the ledger's next entry; nothing was written",
            remedy:
                2 * value > MAX_LEDGER_TEXT / 2
                    ? `the present value (${value} characters) is too long to be recorded and restored: find out on the host what wrote it, and delete it if nobody needs it`
                    : "owners that no longer exist (stacks that were removed without a destroy) take up the room: find them in the entry " +
                      "on the host, and run once with WMISEC_EVICT set to them, one per line",
        });
    }
    if (parseEntry(text).state !== "entry") throw new TypeError(`the next entry for ${itemName(item)} could not be read back`);
    return text;
}
