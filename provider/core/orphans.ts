import { type Item, itemNamed } from "./item";
import type { Claim } from "./ledger";
import { parseEntry } from "./ledgerEntry";
import { recordOf } from "./look";
import { MAX_DEFINITIONS_ASKED, type Observation } from "./observation";

/**
 * As many orphans as can be asked for beside the other items. Flags come last (`inOrderOfRelease`), so none is taken before all
 * definitions are.
 */
export function withRoomFor(orphans: readonly Item[], items: readonly Item[]): readonly Item[] {
    const isDefinition = ({ type }: Item) => type === "definition";
    const definitions = orphans.filter(isDefinition);
    const room = MAX_DEFINITIONS_ASKED - items.filter(isDefinition).length;
    return definitions.length <= room ? orphans : definitions.slice(0, Math.max(room, 0));
}

/**
 * Items with an entry of this owner that nobody declares: a killed create, or a state file that was lost.
 * @throws WmisecError ledgerGarbled, ledgerTooNew for an entry that names this life of the owner and can't be read
 */
export function orphansIn(seen: Observation, claim: Claim, superseded: boolean, known: ReadonlySet<string>): Item[] {
    return seen.ledger.flatMap(({ item: name, text }) => {
        const parsed = parseEntry(text);
        const item = itemNamed(name);
        if (item === undefined || known.has(name)) return [];
        if (parsed.state !== "entry") return text?.includes(claim.stamp) ? [recordOf(item, seen).item] : [];
        if (parsed.entry.machine !== claim.machine) return [];
        const mine = parsed.entry.owners.some(({ owner, stamp }) => stamp === claim.stamp || (superseded && owner === claim.owner));
        return mine ? [item] : [];
    });
}
