import { itemName, namespaceOf } from "../core/items/item";
import { kindOf } from "../core/items/kinds";
import type { NamespacePath } from "../core/namespacePath";
import { type FoundItem, isUnread } from "../resources/resource";
import { declarationOf, type State } from "./state";

/**
 * Namespaces that were missing and skipped in the last create or update, and exist now. From now on their items need an entry in the
 * ledger, and so a `before`.
 */
export function appearedIn({ applied, before, incomplete }: State, items: readonly FoundItem[]): ReadonlySet<NamespacePath> {
    const appeared = items.flatMap(({ item, found }) => {
        if (incomplete || !kindOf(item).isNamespace || isUnread(found) || found.namespaceMissing) return [];
        const wasSkipped = declarationOf({ applied }, item)?.whenMissing === "skip" && before[itemName(item)] === undefined;
        const namespace = namespaceOf(item);
        return wasSkipped && namespace !== undefined ? [namespace] : [];
    });
    return new Set(appeared);
}

export function isAbout({ item }: FoundItem, namespaces: ReadonlySet<NamespacePath>): boolean {
    const about = namespaceOf(item);
    return about !== undefined && namespaces.has(about);
}
