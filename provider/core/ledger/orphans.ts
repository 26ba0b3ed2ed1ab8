import { WmisecError } from "../errors";
import { describeItem, itemName, itemNamed } from "../items/item";
import type { Item } from "../items/kind";
import { LEDGER_KEY } from "../registry";
import type { Observation } from "../wire/observation";
import { type Claim, type Leaving, leaves } from "./claim";
import { type LedgerEntry, parseEntry } from "./entry";
import { recordOf } from "./record";

/**
 * Items with an entry of this owner that nobody declares: a killed create, or a state file that was lost.
 * @throws WmisecError ledgerGarbled, ledgerTooNew for an entry that names this life of the owner and can't be read
 */
export function orphansIn(seen: Observation, claim: Claim, leaving: Leaving, known: ReadonlySet<string>): Item[] {
    return seen.ledger.flatMap(({ item: name, text }) => {
        const parsed = parseEntry(text);
        const item = itemNamed(name);
        if (item === undefined || known.has(name)) return [];
        if (parsed.state !== "entry") return text?.includes(claim.stamp) ? [recordOf(item, seen).item] : [];
        if (parsed.entry.machine !== claim.machine) return [];
        return parsed.entry.owners.some((owner) => leaves(owner, claim, leaving)) ? [item] : [];
    });
}

/** The entries of a ledger that were written on that machine, of items that this provider may have written. */
export function entriesOf(ledger: Observation["ledger"], machine: string): { readonly item: Item; readonly entry: LedgerEntry }[] {
    return ledger.flatMap(({ item: name, text }) => {
        const item = itemNamed(name);
        const parsed = parseEntry(text);
        return item !== undefined && parsed.state === "entry" && parsed.entry.machine === machine ? [{ item, entry: parsed.entry }] : [];
    });
}

/** Of items whose release the host reported as done, and whose entries name us still. */
export function stillNamed([first, ...more]: readonly Item[]): WmisecError | undefined {
    if (first === undefined) return undefined;
    const others = more.length === 0 ? "" : ` and ${more.length} more`;
    return new WmisecError("readBackDiffers", `the ledger still names this resource for ${describeItem(first)}${others}`, {
        tried: "to take the resource out of the ledger; the host said that it is done",
        remedy: `look at HKLM\\${LEDGER_KEY} on the host, value ${itemName(first)}, and see who writes it (another run of the same stack, something that puts the registry back); then run again`,
    });
}
