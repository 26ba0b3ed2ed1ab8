import { describeFor, type Item, isNoValue, sameFor } from "./kind";
import { type ItemValue, kindOf, type LiveValue, type Wanted } from "./kinds";

/** Can the item have that value? If an entry says so of another one, we did not write the entry. */
export const canHave = (item: Item, value: unknown): value is ItemValue => kindOf(item).value.safeParse(value).success;

/** Can an owner declare that for the item? */
export const canBeWanted = (item: Item, want: unknown): want is Wanted => kindOf(item).want.safeParse(want).success;

/** Do two values mean the same for this item? A value that it can't have equals only itself. */
export function meansSame(item: Item, a: LiveValue | Wanted, b: LiveValue | Wanted): boolean {
    const fits = [a, b].every((one) => isNoValue(one) || canHave(item, one) || canBeWanted(item, one));
    return fits ? sameFor(kindOf(item), a, b) : a === b;
}

/** The value in words. */
export const describeLive = (item: Item, value: LiveValue | Wanted): string => describeFor(kindOf(item), value);
