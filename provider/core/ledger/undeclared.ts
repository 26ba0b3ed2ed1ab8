import { itemName } from "../items/item";
import { describeLive, meansSame } from "../items/itemValue";
import type { Item } from "../items/kind";
import type { Wanted } from "../items/kinds";
import type { Observation } from "../wire/observation";
import { type Claim, leaves } from "./claim";
import { entriesOf } from "./orphans";

/** What the ledger says that an owner wants, and nobody declares. */
export interface Undeclared {
    readonly item: Item;
    /** As a person reads it. */
    readonly wants: string;
    /** What the owner declares of it; undefined: nothing. */
    readonly declared: Wanted | undefined;
    /** Whose stamp it is; another one than the claim's: another life of the owner. */
    readonly stamp: string;
    readonly since: string;
}

/**
 * What a killed run, or a lost life of the owner, left in the ledger, and what the next update releases or puts right.
 * @param declared what the owner declares, by item name; undefined for an item that is left as it is, whatever the ledger says
 */
export function undeclaredIn(
    { ledger }: Pick<Observation, "ledger">,
    claim: Pick<Claim, "owner" | "stamp" | "machine" | "lives">,
    declared: ReadonlyMap<string, Wanted | undefined>,
): Undeclared[] {
    return entriesOf(ledger, claim.machine).flatMap(({ item, entry }) => {
        const mine = entry.owners.find((owner) => leaves(owner, claim, { superseded: true }));
        if (mine === undefined) return [];
        const name = itemName(item);
        const want = declared.get(name);
        // Another life's wish for what is declared is told as a missing entry of this one.
        const agrees = want === undefined || mine.stamp !== claim.stamp || meansSame(item, mine.wants, want);
        if (declared.has(name) && agrees) return [];
        return [{ item, wants: describeLive(item, mine.wants), declared: want, stamp: mine.stamp, since: entry.since }];
    });
}
