import { itemName } from "../items/item";
import { describeLive, meansSame } from "../items/itemValue";
import type { Item } from "../items/kind";
import type { Wanted } from "../items/kinds";
import type { Observation } from "../wire/observation";
import { type Claim, isReleased } from "./claim";
import { entriesOf } from "./orphans";

/** What the ledger says an owner wants although it does not declare it. */
export interface Undeclared {
    readonly item: Item;
    /** What the owner wants, in words. */
    readonly wants: string;
    /** What the owner declares for the item instead; undefined if nothing. */
    readonly declared: Wanted | undefined;
    /** The stamp in the entry. If it is not the claim's, another life of the owner wrote it. */
    readonly stamp: string;
    readonly since: string;
}

/**
 * What a killed run or a lost life of the owner left in the ledger. The next update releases or corrects it.
 * @param declared what the owner declares, by item name; undefined for an item that is left alone, whatever the ledger says
 */
export function undeclaredIn(
    { ledger }: Pick<Observation, "ledger">,
    claim: Pick<Claim, "owner" | "stamp" | "machine" | "lives">,
    declared: ReadonlyMap<string, Wanted | undefined>,
): Undeclared[] {
    return entriesOf(ledger, claim.machine).flatMap(({ item, entry }) => {
        const mine = entry.owners.find((owner) => isReleased(owner, claim, { superseded: true }));
        if (mine === undefined) return [];
        const name = itemName(item);
        const want = declared.get(name);
        // If another life wants a declared item, the item is reported as having no entry of this life.
        const agrees = want === undefined || mine.stamp !== claim.stamp || meansSame(item, mine.wants, want);
        if (declared.has(name) && agrees) return [];
        return [{ item, wants: describeLive(item, mine.wants), declared: want, stamp: mine.stamp, since: entry.since }];
    });
}
