import { WmisecError } from "../errors";
import { describeItem, itemName, itemNamed } from "../items/item";
import type { Item } from "../items/kind";
import { LEDGER_KEY } from "../registry";
import type { Observation } from "../wire/observation";
import { type Claim, isReleased, type ReleaseScope } from "./claim";
import { type LedgerEntry, parseEntry } from "./entry";
import { recordOf } from "./record";

/**
 * Items for which this owner has an entry but no declaration: left by a killed create or a lost state file.
 * @throws WmisecError ledgerGarbled, ledgerTooNew if an entry names this life of the owner and can't be read
 */
export function orphansIn(seen: Observation, claim: Claim, scope: ReleaseScope, known: ReadonlySet<string>): Item[] {
    return seen.ledger.flatMap(({ item: name, text }) => {
        const parsed = parseEntry(text);
        const item = itemNamed(name);
        if (item === undefined || known.has(name)) return [];
        if (parsed.state !== "entry") return text?.includes(claim.stamp) ? [recordOf(item, seen).item] : [];
        if (parsed.entry.machine !== claim.machine) return [];
        return parsed.entry.owners.some((owner) => isReleased(owner, claim, scope)) ? [item] : [];
    });
}

/** The ledger's entries that were written on that machine, for items that this provider may have written. */
export function entriesOf(ledger: Observation["ledger"], machine: string): { readonly item: Item; readonly entry: LedgerEntry }[] {
    return ledger.flatMap(({ item: name, text }) => {
        const item = itemNamed(name);
        const parsed = parseEntry(text);
        return item !== undefined && parsed.state === "entry" && parsed.entry.machine === machine ? [{ item, entry: parsed.entry }] : [];
    });
}

/** The error for items whose release the host reported as done although their entries still name us; undefined if there are none. */
export function stillOwnerError([first, ...more]: readonly Item[]): WmisecError | undefined {
    if (first === undefined) return undefined;
    const others = more.length === 0 ? "" : ` and ${more.length} more`;
    return new WmisecError("readBackDiffers", `the ledger still names this resource for ${describeItem(first)}${others}`, {
        tried: "to remove the resource from the ledger; the host reported that as done",
        remedy: `look at the value ${itemName(first)} in HKLM\\${LEDGER_KEY} on the host, and find out what writes it (another run of the same stack, something that restores the registry); then run again`,
    });
}
