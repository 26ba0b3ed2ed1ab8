import { z } from "zod";
import type { Step } from "../wire/step";
import { definition } from "./definition";
import type { Item, ItemKind, NoValue, StepKind } from "./kind";
import { namespaceFlag } from "./namespaceFlag";
import { registration } from "./registration";
import { registryValue } from "./registryValue";

/** The only list of the kinds of items. */
const KINDS = [namespaceFlag, registryValue, registration, definition] as const;

/** What an item is set to and found as. Only the kind of its item looks inside. */
export type ItemValue = z.infer<(typeof KINDS)[number]["value"]>;
/** What an owner declares for an item: a value, or for a definition what the file must say about one namespace. */
export type Wanted = ItemValue | z.infer<(typeof KINDS)[number]["want"]>;
/** What an item can be found as. */
export type LiveValue = ItemValue | NoValue;

/** Any kind. */
export type AnyKind = ItemKind<Item, { readonly state: string }, ItemValue, Wanted>;
export const ITEM_KINDS: readonly AnyKind[] = KINDS;

/** In the format of the ledger and the state. */
export const itemValue = z.union(ITEM_KINDS.map(({ value }) => value));
export const wanted = z.union([itemValue, ...ITEM_KINDS.map(({ want }) => want)]);

const BY_TYPE = new Map(ITEM_KINDS.map((kind) => [kind.type, kind]));

/** @throws TypeError for an item that no kind created, which is a bug */
export function kindOf({ type }: Item): AnyKind {
    const kind = BY_TYPE.get(type);
    if (kind === undefined) throw new TypeError(`there is no kind of item ${type}`);
    return kind;
}

export const kindNamed = (type: string): AnyKind | undefined => BY_TYPE.get(type);

/** A kind of step, with the list that its items have in an observation. */
type StepOfItem = StepKind & Pick<AnyKind, "list">;

const STEPS: ReadonlyMap<string, StepOfItem> = new Map(
    ITEM_KINDS.flatMap(({ steps, list }) =>
        (Object.entries(steps) as [string, StepKind][]).map(([name, kind]) => [name, { ...kind, list }]),
    ),
);

/** Undefined for a step that writes the ledger instead of an item. */
export const stepKind = ({ do: name }: Step): StepOfItem | undefined => STEPS.get(name);
