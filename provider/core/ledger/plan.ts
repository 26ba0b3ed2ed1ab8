import { describeItem } from "../items/item";
import { describeLive } from "../items/itemValue";
import type { Item } from "../items/kind";
import type { ItemValue } from "../items/kinds";
import type { Step } from "../wire/step";
import type { Claim } from "./claim";
import type { Owner } from "./entry";

/** What the state remembers of one item on this machine; used if the ledger's entry is lost. */
export interface Memory {
    readonly before: ItemValue;
    /** What the last create or update wrote; unknown for a definition, whose content is not remembered. */
    readonly put?: ItemValue | undefined;
}

/** A message about another life of the owner. */
export interface LifeNotice {
    readonly stamp: string;
    readonly text: string;
}

/** What to do about one item. */
export interface Plan {
    readonly steps: readonly Step[];
    /** What a person should look into. */
    readonly warnings: readonly string[];
    /** What was released together with another life. A warning, unless the engine deletes that life in the same run. */
    readonly formerLife?: LifeNotice;
    /** FALSE replaces an absent qualifier, because mofcomp can't remove one. */
    readonly falseForAbsent?: boolean;
    /** Information that needs no action. */
    readonly notes?: readonly string[];
}

export const NOTHING: Plan = { steps: [], warnings: [] };

export function evictionWarnings(item: Item, owners: readonly Owner[], { evict }: Claim): string[] {
    return owners
        .filter(({ owner }) => evict.has(owner))
        .map(
            ({ owner, wants }) => `${describeItem(item)}: WMISEC_EVICT removes the owner ${owner}, who wanted ${describeLive(item, wants)}`,
        );
}
