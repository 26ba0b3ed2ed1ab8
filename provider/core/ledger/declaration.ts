import { meansSame } from "../items/itemValue";
import type { Item } from "../items/kind";
import { type ItemValue, kindOf, type Wanted } from "../items/kinds";
import type { Claim } from "./claim";
import type { RecordedState } from "./record";

/** What an owner wants of one item. */
export interface Declaration {
    readonly item: Item;
    readonly want: Wanted;
    /** Found values that are as good as `want`: absence, where it has the effect that is wanted. */
    readonly alsoFine: readonly ItemValue[];
    readonly whenMissing: "error" | "skip";
}

/**
 * The one answer to "is it as declared?". Two readings that contradict each other are never fine. What is about a namespace that is
 * not there is fine: the namespace's own item tells that it is missing.
 */
export function satisfies({ item, want, alsoFine, whenMissing }: Declaration, state: Judged): boolean {
    const kind = kindOf(item);
    if (state.namespaceMissing) return !kind.isNamespace || whenMissing === "skip";
    if (kind.isMet !== undefined) return kind.isMet(want, state);
    return !state.differs && [want, ...alsoFine].some((fine) => meansSame(item, state.live, fine));
}

type Judged = Pick<RecordedState, "live" | "maybe" | "differs" | "definitionFlag" | "namespaceMissing">;

/** Has this owner, in this life, an entry on this machine? What is about a missing namespace needs none. */
export function owns(
    claim: Pick<Claim, "owner" | "stamp" | "machine">,
    { namespaceMissing, entry }: Pick<RecordedState, "namespaceMissing" | "entry">,
): boolean {
    if (namespaceMissing) return true;
    return entry?.machine === claim.machine && entry.owners.some(({ owner, stamp }) => owner === claim.owner && stamp === claim.stamp);
}
