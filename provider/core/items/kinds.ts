import { z } from "zod";
import type { Step } from "../wire/step";
import { definition } from "./definition";
import type { Item, ItemKind, NoValue, StepKind } from "./kind";
import { namespaceFlag } from "./namespaceFlag";
import { registration } from "./registration";
import { registryValue } from "./registryValue";

/** The only list of the kinds of items. */
const KINDS = [namespaceFlag, registryValue, registration, definition] as const;

/** What an item is put to and found as. Only the kind of the item that it belongs to looks inside. */
export type ItemValue = z.infer<(typeof KINDS)[number]["value"]>;
/** What an owner wants of an item: a value, but of a definition only what it says of one namespace. */
export type Wanted = ItemValue | z.infer<(typeof KINDS)[number]["want"]>;
/** What an item can be found as. */
export type LiveValue = ItemValue | NoValue;

/** A kind, whichever it is. */
export type AnyKind = ItemKind<Item, { readonly state: string }, ItemValue, Wanted>;
export const ITEM_KINDS: readonly AnyKind[] = KINDS;

/** As the ledger and the state store it. */
export const itemValue = z.union(ITEM_KINDS.map(({ value }) => value));
export const wanted = z.union([itemValue, ...ITEM_KINDS.map(({ want }) => want)]);

const BY_TYPE = new Map(ITEM_KINDS.map((kind) => [kind.type, kind]));

/** @throws TypeError for an item that no kind made, which is a bug */
export function kindOf({ type }: Item): AnyKind {
    const kind = BY_TYPE.get(type);
    if (kind === undefined) throw new TypeError(`there is no kind of items ${type}`);
    return kind;
}

export const kindNamed = (type: string): AnyKind | undefined => BY_TYPE.get(type);

/** A kind of step, with the list of a look that its items are in. */
type StepOfItem = StepKind & Pick<AnyKind, "list">;

const STEPS: ReadonlyMap<string, StepOfItem> = new Map(
    ITEM_KINDS.flatMap(({ steps, list }) =>
        (Object.entries(steps) as [string, StepKind][]).map(([name, kind]) => [name, { ...kind, list }]),
    ),
);

/** Undefined for a step that is about no item, but about the ledger. */
export const stepKind = ({ do: name }: Step): StepOfItem | undefined => STEPS.get(name);
