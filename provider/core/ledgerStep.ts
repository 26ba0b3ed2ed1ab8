import { WmisecError } from "./errors";
import { describeItem, itemName } from "./item";
import { formatEntry, type LedgerEntry, MAX_OWNERS, parseEntry } from "./ledgerEntry";
import type { ItemRecord } from "./look";
import { MAX_LEDGER_TEXT } from "./observation";
import type { Step } from "./step";

type Recorded = Pick<ItemRecord, "item" | "entryText">;

/**
 * Also where the entry is to stay as it is. It stands before each write of an item: somebody may have joined since we looked, and the
 * item must not be written before that is seen.
 * @throws ledgerFull
 */
export function certainLedger({ item, entryText }: Recorded, entry: LedgerEntry | undefined): Step {
    return { do: "setLedger", item: itemName(item), expect: entryText, text: textOf(item, entry) };
}

/**
 * None where the entry is so already.
 * @throws ledgerFull
 */
export function setLedger({ item, entryText }: Recorded, entry: LedgerEntry | undefined): Step[] {
    const text = textOf(item, entry);
    return text === entryText ? [] : [{ do: "setLedger", item: itemName(item), expect: entryText, text }];
}

/** What can't be read back is not written: it would stop every stack that has a part in the item. */
function textOf(item: Recorded["item"], entry: LedgerEntry | undefined): string | null {
    if (entry === undefined) return null;
    const text = formatEntry(entry);
    const { length } = entry.owners;
    if (length > MAX_OWNERS || text.length > MAX_LEDGER_TEXT) {
        throw new WmisecError("ledgerFull", `the ledger's entry for ${describeItem(item)} has no room left`, {
            said: `it would have ${length} owners in ${text.length} characters; at most ${MAX_OWNERS} in ${MAX_LEDGER_TEXT} are supported`,
            tried: "to plan the ledger's next entry; nothing was written",
            remedy:
                "owners that no longer exist (stacks that were thrown away without a destroy) take up the room: see on the host " +
                "who stands in the entry, and run once with WMISEC_EVICT set to those, one a line",
        });
    }
    if (parseEntry(text).state !== "entry") throw new TypeError(`the next entry for ${itemName(item)} could not be read back`);
    return text;
}
