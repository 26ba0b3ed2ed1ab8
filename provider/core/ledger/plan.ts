import { describeItem } from "../items/item";
import { describeLive } from "../items/itemValue";
import type { Item } from "../items/kind";
import type { ItemValue } from "../items/kinds";
import type { Step } from "../wire/step";
import type { Claim } from "./claim";
import type { Owner } from "./entry";

/** What the state file remembers of one item on this machine; serves when the ledger's entry is lost. */
export interface Memory {
    readonly before: ItemValue;
    /** What the last create or update put there; not known of a definition, whose content is not remembered. */
    readonly put?: ItemValue | undefined;
}

/** Something that is told of another life of the owner. */
export interface LifeNotice {
    readonly stamp: string;
    readonly text: string;
}

/** What to do about one item. */
export interface Plan {
    readonly steps: readonly Step[];
    /** What somebody should look into. */
    readonly warnings: readonly string[];
    /** Released with another life of the owner; to be looked into unless that one leaves by itself. */
    readonly formerLife?: LifeNotice;
    /** There was no qualifier before, and FALSE takes its place: mofcomp can't take a qualifier away. */
    readonly falseForAbsent?: boolean;
    /** What is good to know. */
    readonly notes?: readonly string[];
}

export const NOTHING: Plan = { steps: [], warnings: [] };

export function evictions(item: Item, owners: readonly Owner[], { evict }: Claim): string[] {
    return owners
        .filter(({ owner }) => evict.has(owner))
        .map(
            ({ owner, wants }) => `${describeItem(item)}: WMISEC_EVICT removes the owner ${owner}, who wanted ${describeLive(item, wants)}`,
        );
}
