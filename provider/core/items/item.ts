import type { NamespacePath } from "../namespacePath";
import { byList, LISTS, type List, type ObserveRequest, questionOf } from "../wire/observation";
import type { Item } from "./kind";
import { kindNamed, kindOf } from "./kinds";

/**
 * The item's name in the ledger: `namespace:root/cimv2`, `value:SOFTWARE/Microsoft/WBEM/CIMOM/UnsecAppAccessControlDefault`,
 * `registration:root/cimv2`, `definition:c:\contoso\contoso.mof`.
 */
export const itemName = (item: Item): string => `${item.type}:${kindOf(item).nameOf(item)}`;

/** The item with that name, if this provider may have written it: a ledger is untrusted, and must not make us write anywhere else. */
export function itemNamed(name: string): Item | undefined {
    const colon = name.indexOf(":");
    const item = kindNamed(name.slice(0, Math.max(colon, 0)))?.fromName(name.slice(colon + 1));
    return item !== undefined && itemName(item) === name ? item : undefined;
}

/** How the program spells the item; undefined if only the ledger's spelling is known, or if both are the same. */
export const spellingOf = (item: Item): string | undefined => kindOf(item).spellingOf(item);

/** The same item with the program's spelling. */
export const spelledAs = (item: Item, spelling: string | undefined): Item =>
    spelling === undefined ? item : { ...item, asWritten: spelling };

/** The item in words. */
export const describeItem = (item: Item): string => kindOf(item).describe(item);

/** The namespace that an item concerns. */
export const namespaceOf = (item: Item): NamespacePath | undefined => kindOf(item).namespaceOf(item);

/** Flags come last: once a flag is restored, no later step of ours may set it again. */
export const inOrderOfRelease = (items: readonly Item[]): Item[] => {
    const isFlag = (item: Item) => kindOf(item).isNamespace;
    return [...items.filter((item) => !isFlag(item)), ...items.filter(isFlag)];
};

/** What to ask a host about these items, including whether each item's namespace exists. */
export function observeRequestFor(items: Iterable<Item>): ObserveRequest {
    const asked = new Map(LISTS.map((list) => [list, new Map<string, unknown>()]));
    const ask = (list: List, one: unknown) => {
        const { subject, nameOf } = questionOf(list);
        asked.get(list)?.set(nameOf(subject(one)), one);
    };
    for (const item of items) {
        const about = namespaceOf(item);
        if (about !== undefined) ask("namespaces", about);
        ask(kindOf(item).list, kindOf(item).requestFor(item));
    }
    return byList<ObserveRequest>((list) => [...(asked.get(list)?.values() ?? [])] as ObserveRequest[List]);
}
