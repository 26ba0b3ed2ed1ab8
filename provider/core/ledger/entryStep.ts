import { WmisecError } from "../errors";
import { describeItem, itemName } from "../items/item";
import { MAX_LEDGER_TEXT, MAX_OWNERS } from "../limits";
import type { Step } from "../wire/step";
import { formatEntry, type LedgerEntry, parseEntry } from "./entry";
import type { ItemRecord } from "./record";

type Recorded = Pick<ItemRecord, "item" | "entryText">;

/**
 * Also where the entry is to stay as it is. It stands before each write of an item: somebody may have joined since we looked, and the
 * item must not be written before that is seen.
 * @throws ledgerFull
 */
export function certainLedger({ item, entryText }: Recorded, entry: LedgerEntry | undefined): Step {
    return { do: "setLedger", item: itemName(item), expect: entryText, text: textOf(item, entryText, entry) };
}

/**
 * None where the entry is so already.
 * @throws ledgerFull
 */
export function setLedger({ item, entryText }: Recorded, entry: LedgerEntry | undefined): Step[] {
    const text = textOf(item, entryText, entry);
    return text === entryText ? [] : [{ do: "setLedger", item: itemName(item), expect: entryText, text }];
}

/** An entry as a release writes it before it puts the item back: `before` once more. */
const duringRelease = (entry: LedgerEntry): LedgerEntry => ({ ...entry, writing: entry.before });

/**
 * The entry to write before the item is put back, where that fits: a release is never refused. Without it a run that is killed between
 * the two finds the item as before, which is as good.
 */
export function beforeRelease(entry: LedgerEntry, written: Pick<LedgerEntry, "written">): LedgerEntry {
    const during = duringRelease({ ...entry, ...written });
    return formatEntry(during).length <= MAX_LEDGER_TEXT ? during : entry;
}

/**
 * What can't be read back is not written, nor what could not be released: it would stop every stack that has a part in the item. What
 * gets shorter is.
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
                    ? `what stands there now (${value} characters) is too long to be remembered and put back: see on the host who wrote it, and delete it if nobody needs it`
                    : "owners that no longer exist (stacks that were thrown away without a destroy) take up the room: see on the host " +
                      "who stands in the entry, and run once with WMISEC_EVICT set to those, one a line",
        });
    }
    if (parseEntry(text).state !== "entry") throw new TypeError(`the next entry for ${itemName(item)} could not be read back`);
    return text;
}
