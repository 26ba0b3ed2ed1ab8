import { WmisecError } from "../errors";
import { remedyFor } from "../remedies";
import type { Compiler } from "../wire/compiler";
import { codeOfFailure, type HostFailure } from "../wire/hostFailure";
import type { Observation } from "../wire/observation";
import type { Step } from "../wire/step";
import { describeItem, itemName, namespaceOf } from "./item";
import { canHave, describeLive } from "./itemValue";
import type { Change, Item, KindState, Purpose, PutBack } from "./kind";
import { type ItemValue, kindOf, type Wanted } from "./kinds";

/** The state of one item, from an observation. */
export type ItemState = KindState<Item, { readonly state: string }, ItemValue>;

/**
 * @throws denied, unexpectedValue, definitionUnsafe, definitionUnreadable, hostError if the item could not be read: unknown never counts as
 *     absent. TypeError if it was not asked for, which is a bug.
 */
export function stateOf(item: Item, seen: Observation, purpose: Purpose): ItemState {
    const kind = kindOf(item);
    const reading = seen[kind.list].find((one) => kind.isReadingOf(item, one));
    if (reading === undefined) throw new TypeError(`${itemName(item)} was not observed`);
    if (reading.state === "failed") throw readingError(item, reading.failure, purpose);
    const about = namespaceOf(item);
    const namespaceMissing = seen.namespaces.some(({ path, state }) => path === about && state === "missing");
    return { item, reading, namespaceMissing, ...kind.facts(item, reading) };
}

function readingError(item: Item, failure: HostFailure, purpose: Purpose): WmisecError {
    const code = codeOfFailure(failure);
    const { whenDenied, giveUp } = kindOf(item);
    const remedy = remedyFor(failure, "reading", { whenDenied });
    return new WmisecError(code, `${describeItem(item)} could not be read`, {
        said: `${failure.wmiCode ?? failure.hresult} ${failure.type}: ${failure.message}`,
        remedy: purpose === "release" ? (giveUp?.(code, remedy) ?? remedy) : remedy,
    });
}

/** What was found, in words: for a definition, the flag that it sets. */
export function describeFound({
    item,
    live,
    definitionFlag,
    contradictory,
}: Pick<ItemState, "item" | "live" | "definitionFlag" | "contradictory">): string {
    if (contradictory) return "contradictory (parent and singleton disagree)";
    return definitionFlag === undefined ? describeLive(item, live) : String(definitionFlag);
}

/**
 * The one step that makes the item as declared, provided that it is unchanged since the observation.
 * @throws definitionMissing, definitionUnreadable
 */
export const changeTo = (want: Wanted, state: ItemState, compiler: Compiler): Change<ItemValue> =>
    kindOf(state.item).changeTo(want, state, compiler);

/** The one step that sets the item to a value. There is none for a definition: it can only be edited, or restored from its backup. */
export function writeStep(to: ItemValue, state: ItemState, compiler: Compiler): Step {
    const step = canHave(state.item, to) ? kindOf(state.item).write?.(to, state, compiler) : undefined;
    if (step === undefined) throw new TypeError(`${itemName(state.item)} can't be put to ${JSON.stringify(to)}`);
    return step;
}

/**
 * What restores `before`, if the host still has what we wrote.
 * @param ours what we wrote, or were writing
 */
export function putBack(state: ItemState, before: ItemValue, ours: readonly ItemValue[], compiler: Compiler): PutBack {
    const { item } = state;
    if (!canHave(item, before)) throw new TypeError(`${itemName(item)} can't have been ${JSON.stringify(before)} before`);
    const possible = ours.filter((value) => canHave(item, value));
    return kindOf(item).putBack(state, before, possible, compiler);
}
