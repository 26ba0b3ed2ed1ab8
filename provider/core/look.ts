import { WmisecError } from "./errors";
import { codeOfFailure } from "./hostFailure";
import { describeItem, flagOf, type Item, itemName, type LiveValue, readingOf, readingsDiffer } from "./item";
import { type LedgerEntry, parseEntry } from "./ledgerEntry";
import type { NamespaceReading, Observation, ValueReading } from "./observation";
import { LEDGER_KEY } from "./registry";

/** What the ledger has on one item. */
export interface ItemRecord {
    readonly item: Item;
    readonly entry: LedgerEntry | undefined;
    /** The entry as it stands there; null where there is none. */
    readonly entryText: string | null;
}

/** What an observation says of one item, together with the ledger's entry. */
export interface Look extends ItemRecord {
    readonly reading: NamespaceReading | ValueReading;
    readonly live: LiveValue;
    /** The namespace's two carriers of the flag contradict each other. */
    readonly differs: boolean;
}

/**
 * @throws denied, unexpectedValue, hostError when the item could not be read; ledgerGarbled, ledgerTooNew when its entry
 *     can't be: unknown is never taken for absent.
 */
export function lookOf(item: Item, seen: Observation): Look {
    const reading = readingOf(item, seen);
    if (reading.state === "failed") {
        const code = codeOfFailure(reading.failure);
        throw new WmisecError(code, `${describeItem(item)} could not be read`, {
            said: `${reading.failure.wmiCode ?? reading.failure.hresult} ${reading.failure.type}: ${reading.failure.message}`,
            remedy:
                code === "denied"
                    ? "give the account Enable Account, Remote Enable and Read Security on the namespace (wmimgmt.msc, Security), or read on the key"
                    : "look at the item on the host; nothing was written",
        });
    }
    const { entry, entryText } = recordOf(item, seen);
    return {
        item,
        reading,
        live: liveOf(reading),
        differs: "flag" in reading && readingsDiffer(reading.flag),
        entry,
        entryText,
    };
}

/**
 * What the ledger says of the item.
 * @throws WmisecError ledgerGarbled, ledgerTooNew
 */
export function recordOf(item: Item, seen: Observation): ItemRecord {
    const name = itemName(item);
    const record = seen.ledger.find(({ item }) => item === name);
    const parsed = parseEntry(record?.text);
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
                        ? `look at HKLM\\${LEDGER_KEY}, value ${name}: delete it if nobody needs what it remembers, then run again`
                        : "use the release of pulumi-wmisec that wrote it, or a newer one",
            },
        );
    }
    return { item, entry: parsed.state === "entry" ? parsed.entry : undefined, entryText: record?.text ?? null };
}

function liveOf(reading: NamespaceReading | ValueReading): LiveValue {
    if ("flag" in reading) return flagOf(reading.flag);
    if ("data" in reading) return reading.data;
    return reading.state === "missing" ? "missing" : "absent";
}
