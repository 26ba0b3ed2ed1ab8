import { itemName, itemNamed } from "../core/items/item";
import { kindOf } from "../core/items/kinds";
import type { Properties } from "../handlers/handler";
import { appliedBy, parseState, type State } from "../handlers/state";
import type { CarriedOut, FormerHost } from "../resources/commonOutputs";
import { hostPolicy } from "../resources/hostPolicy";
import type { ResourceSpec } from "../resources/resource";
import type { Task } from "./plan";
import { staysAt } from "./record";

const SPEC = hostPolicy as ResourceSpec;

type Applied = Readonly<Record<string, CarriedOut>>;

/** A machine with policy of a host, as far as the state knows it. */
interface KnownMachine {
    /** Names of the items that may protect there. */
    readonly protecting: readonly string[];
    readonly before: State["before"];
    /** There may be more than that. */
    readonly incomplete?: boolean | undefined;
}

/**
 * Whether an update may make a machine less strict on which the host is, was, or will be, judged by the state alone: something that
 * protects gets a value that does not, from the program or because it is restored. What the state does not know counts: all of a machine
 * that the host is new on, and what a killed run left.
 * @param isRestored whether machines that hosts move away from are restored
 */
export function mayWeaken({ inputs, old }: Task, isRestored: boolean): boolean {
    const next: Applied = appliedBy(hostPolicy, inputs);
    if (old === undefined) return weakensUnknown(next);
    const state = parseState(SPEC, old);
    const moves = !staysAt(old, inputs);
    // Another address may lead to the same machine.
    return (
        weakens(currentOf(state), next, inputs["onDelete"] !== "leave") ||
        (moves && weakensUnknown(next)) ||
        (isRestored && [...(moves ? [currentOf(state)] : []), ...state.unreleased.map(formerOf)].some(isWeakenedByRestore))
    );
}

/** The same for a host that leaves, where machines of hosts that leave are restored. */
export function mayWeakenByLeaving(old: Properties): boolean {
    const state = parseState(SPEC, old);
    return [currentOf(state), ...state.unreleased.map(formerOf)].some(isWeakenedByRestore);
}

/** What the last create or update carried out, what it was to carry out or a read has found, and what a killed run left. */
const currentOf = ({ applied, inputs, undeclared, before }: State): KnownMachine => ({
    protecting: [...protectingIn(applied), ...protectingIn(appliedBy(SPEC, inputs)), ...Object.keys(undeclared)],
    before,
});

const formerOf = ({ applied, before, incomplete }: FormerHost): KnownMachine => ({ protecting: protectingIn(applied), before, incomplete });

const protectingIn = (applied: Applied): string[] => Object.keys(applied).filter((name) => protectedBy(name, applied[name]));

function protectedBy(name: string, carried: CarriedOut | undefined): boolean {
    const item = itemNamed(name);
    return item !== undefined && carried !== undefined && "want" in carried && kindOf(item).protects(carried.want);
}

const weakensUnknown = (next: Applied): boolean =>
    Object.entries(next).some(([name, carried]) => "want" in carried && !protectedBy(name, carried));

/** @param restores whether items that are no longer declared are restored */
const weakens = ({ protecting, before }: KnownMachine, next: Applied, restores: boolean): boolean =>
    protecting.some((name) => (name in next ? !protectedBy(name, next[name]) : restores && !protectedBefore(name, before)));

const isWeakenedByRestore = (machine: KnownMachine): boolean => machine.incomplete === true || weakens(machine, {}, true);

function protectedBefore(name: string, before: State["before"]): boolean {
    const item = itemNamed(name);
    if (item === undefined) return true;
    const kind = kindOf(item);
    const original = kind.value.safeParse(before[itemName(item)]);
    return original.success && kind.protects(original.data);
}
