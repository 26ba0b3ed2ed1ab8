import { meansSame } from "../items/itemValue";
import type { Item } from "../items/kind";
import { type ItemValue, kindOf, type Wanted } from "../items/kinds";
import type { Claim } from "./claim";
import type { RecordedState } from "./record";

/** What an owner wants for one item. */
export interface Declaration {
    readonly item: Item;
    readonly want: Wanted;
    /** Found values that are as good as `want`: absent, if it has the same effect. */
    readonly alsoFine: readonly ItemValue[];
    readonly whenMissing: "error" | "skip";
}

/**
 * The only place that decides whether an item is as declared. Contradictory readings never are. An item whose namespace is missing always
 * is, except for the namespace's own item, which reports that.
 */
export function satisfies({ item, want, alsoFine, whenMissing }: Declaration, state: Judged): boolean {
    const kind = kindOf(item);
    if (state.namespaceMissing) return !kind.isNamespace || whenMissing === "skip";
    if (kind.isSatisfied !== undefined) return kind.isSatisfied(want, state);
    return !state.contradictory && [want, ...alsoFine].some((fine) => meansSame(item, state.live, fine));
}

type Judged = Pick<RecordedState, "live" | "possible" | "contradictory" | "definitionFlag" | "namespaceMissing">;

/** Does this life of the owner have an entry on this machine? An item whose namespace is missing needs none. */
export function owns(
    claim: Pick<Claim, "owner" | "stamp" | "machine">,
    { namespaceMissing, entry }: Pick<RecordedState, "namespaceMissing" | "entry">,
): boolean {
    if (namespaceMissing) return true;
    return entry?.machine === claim.machine && entry.owners.some(({ owner, stamp }) => owner === claim.owner && stamp === claim.stamp);
}
