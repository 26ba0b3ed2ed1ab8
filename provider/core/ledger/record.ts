import { WmisecError } from "../errors";
import { describeItem, itemName } from "../items/item";
import { type ItemState, stateOf } from "../items/itemState";
import { canBeWanted, canHave, meansSame } from "../items/itemValue";
import type { Item, Purpose } from "../items/kind";
import { LEDGER_KEY } from "../registry";
import type { Observation } from "../wire/observation";
import { type LedgerEntry, type ParsedEntry, parseEntry, writtenBy } from "./entry";

/** What the ledger has about one item. */
export interface ItemRecord {
    readonly item: Item;
    readonly entry: LedgerEntry | undefined;
    /** The entry's text; null if there is none. */
    readonly entryText: string | null;
}

/** The state of one item, with the ledger's entry. */
export interface RecordedState extends ItemState, ItemRecord {
    readonly item: Item;
}

/**
 * @throws denied, unexpectedValue, definitionUnsafe, definitionUnreadable, hostError if the item could not be read; ledgerGarbled,
 *     ledgerTooNew if its entry can't be read: unknown never counts as absent.
 */
export function recordedState(item: Item, seen: Observation, purpose: Purpose = "declare"): RecordedState {
    const state = stateOf(item, seen, purpose);
    return { ...recordOf(item, seen), ...state };
}

/**
 * What the ledger has about the item.
 * @throws WmisecError ledgerGarbled, ledgerTooNew
 */
export function recordOf(item: Item, seen: Observation): ItemRecord {
    const name = itemName(item);
    const record = seen.ledger.find(({ item }) => item === name);
    const parsed = fitting(item, parseEntry(record?.text));
    if (parsed.state === "garbled" || parsed.state === "tooNew") {
        throw new WmisecError(
            parsed.state === "garbled" ? "ledgerGarbled" : "ledgerTooNew",
            parsed.state === "garbled"
                ? `the ledger's entry for ${describeItem(item)} is not one of ours`
                : `the ledger's entry for ${describeItem(item)} was written by a newer release`,
            {
                said: record?.text ?? "a value that is not REG_SZ",
                remedy:
                    parsed.state === "garbled"
                        ? `look at the value ${name} in HKLM\\${LEDGER_KEY}: delete it if nobody needs what it records, then run again`
                        : "use the release of pulumi-wmisec that wrote it, or a newer one",
            },
        );
    }
    return { item, entry: parsed.state === "entry" ? parsed.entry : undefined, entryText: record?.text ?? null };
}

/** An entry with values that the item can't have is not one of ours. */
function fitting(item: Item, parsed: ParsedEntry): ParsedEntry {
    if (parsed.state !== "entry") return parsed;
    const { before, owners } = parsed.entry;
    const fits =
        [before, ...writtenBy(parsed.entry)].every((value) => canHave(item, value)) &&
        owners.every(({ wants }) => canBeWanted(item, wants));
    return fits ? parsed : { state: "garbled" };
}

/**
 * The `written` field for the next entry. If the live value comes from a write whose outcome was never recorded, we wrote it, and the next
 * write may fail, too. If two readings differ, this is the one that a release must undo.
 */
export function writtenSoFar({ item, possible, entry }: RecordedState): Pick<LedgerEntry, "written"> {
    if (entry === undefined) return {};
    const standing = writtenBy(entry).filter((value) => possible.some((one) => meansSame(item, value, one)));
    const written = standing.find((value) => !meansSame(item, value, entry.before)) ?? standing[0] ?? entry.written;
    return written === undefined ? {} : { written };
}
