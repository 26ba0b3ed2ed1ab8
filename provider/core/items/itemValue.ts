import { describeFor, type Item, isNoValue, sameFor } from "./kind";
import { type ItemValue, kindOf, type LiveValue, type Wanted } from "./kinds";

/** Can the item have that value? An entry that says otherwise was not written by us. */
export const canHave = (item: Item, value: unknown): value is ItemValue => kindOf(item).value.safeParse(value).success;

/** Can an owner want that of the item? */
export const canBeWanted = (item: Item, want: unknown): want is Wanted => kindOf(item).want.safeParse(want).success;

/** Do two values mean the same for this item? One that it can't have means nothing else. */
export function meansSame(item: Item, a: LiveValue | Wanted, b: LiveValue | Wanted): boolean {
    const fits = [a, b].every((one) => isNoValue(one) || canHave(item, one) || canBeWanted(item, one));
    return fits ? sameFor(kindOf(item), a, b) : a === b;
}

/** As a person reads it. */
export const describeLive = (item: Item, value: LiveValue | Wanted): string => describeFor(kindOf(item), value);
