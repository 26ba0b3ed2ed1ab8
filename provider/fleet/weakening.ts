import { canonical } from "../core/canonical";
import { addressOf } from "../core/connection";
import { itemName, itemNamed } from "../core/items/item";
import { kindOf } from "../core/items/kinds";
import type { Properties } from "../handlers/handler";
import { appliedBy, parseState } from "../handlers/state";
import type { CarriedOut } from "../resources/commonOutputs";
import { hostPolicy } from "../resources/hostPolicy";
import type { ResourceSpec } from "../resources/resource";
import type { Task } from "./plan";
import { connectionIn } from "./record";

const SPEC = hostPolicy as ResourceSpec;

type Applied = Readonly<Record<string, CarriedOut>>;

/** Whether the item protects with what was carried out, as far as the state knows. */
function protectedBy(name: string, carried: CarriedOut | undefined): boolean {
    const item = itemNamed(name);
    return item !== undefined && carried !== undefined && "want" in carried && kindOf(item).protects(carried.want);
}

/**
 * Whether a host, or a machine that it moves away from, may become less strict, judged by the state alone. A host that the state does not
 * know counts if anything is declared that does not protect.
 * @param isRestored whether a machine that a host moves away from is restored
 */
export function mayWeaken({ inputs, old }: Task, isRestored: boolean): boolean {
    const next: Applied = appliedBy(hostPolicy, inputs);
    if (old === undefined) return Object.entries(next).some(([name, carried]) => "want" in carried && !protectedBy(name, carried));
    const moves = canonical(addressOf(connectionIn(old))) !== canonical(addressOf(connectionIn(inputs)));
    if (moves && isRestored && mayWeakenByLeaving(old)) return true;
    const { applied, before } = parseState(SPEC, old);
    const restores = inputs["onDelete"] !== "leave";
    return Object.entries(applied).some(([name, carried]) => {
        if (!protectedBy(name, carried)) return false;
        return name in next ? !protectedBy(name, next[name]) : restores && weakensByRestore(name, before);
    });
}

/** Whether a host that leaves, and whose original values are restored, becomes less strict. */
export function mayWeakenByLeaving(old: Properties): boolean {
    const { applied, before } = parseState(SPEC, old);
    return Object.entries(applied).some(([name, carried]) => protectedBy(name, carried) && weakensByRestore(name, before));
}

function weakensByRestore(name: string, before: Readonly<Record<string, unknown>>): boolean {
    const item = itemNamed(name);
    if (item === undefined) return false;
    const kind = kindOf(item);
    const original = kind.value.safeParse(before[itemName(item)]);
    return !(original.success && kind.protects(original.data));
}
