import { describeItem } from "../items/item";
import { putBack } from "../items/itemState";
import { describeLive } from "../items/itemValue";
import type { Item } from "../items/kind";
import { type ItemValue, kindOf } from "../items/kinds";
import { listed } from "../text/listed";
import { type Claim, isReleased, type ReleaseScope } from "./claim";
import { formatEntry, type LedgerEntry, type Owner, writtenBy } from "./entry";
import { beforeRelease, guardLedger, setLedger } from "./entryStep";
import { evictionWarnings, type Memory, NOTHING, type Plan } from "./plan";
import { type ItemRecord, type RecordedState, writtenSoFar } from "./record";

/**
 * Removes the owner from the item's owners. The last owner restores what was there before, but only if the host still has what we wrote.
 * The entry is deleted in any case, after the item.
 * @param memory used if the entry is lost
 */
export function release(state: RecordedState, claim: Claim, scope: ReleaseScope, memory?: Memory): Plan {
    const { item, entry } = state;
    if (entry === undefined) return memory === undefined ? NOTHING : releaseByMemory(state, claim, memory);
    const plan = dropOwner(state, claim, scope);
    if (!isLast(plan)) return plan;
    const { steps, leftReason } = putBack(state, entry.before, writtenBy(entry), claim.compiler);
    const during = beforeRelease(entry, writtenSoFar(state));
    return {
        steps:
            steps.length === 0
                ? plan.steps
                : [guardLedger(state, during), ...steps, ...setLedger({ ...state, entryText: formatEntry(during) }, undefined)],
        warnings: [...plan.warnings, ...(leftReason === undefined ? [] : [leftReason])],
        ...(plan.formerLife !== undefined && { formerLife: plan.formerLife }),
        ...(steps.length > 0 && withFalse(item, entry.before)),
    };
}

/** Removes the owner from the item's owners and leaves the item as it is. The item need not be readable. */
export function dropOwner({ item, entry, entryText }: ItemRecord, claim: Claim, scope: ReleaseScope): Plan {
    if (entry === undefined) return NOTHING;
    if (entry.machine !== claim.machine) {
        return { steps: [], warnings: [`${describeItem(item)} was left as it is, because the ledger's entry belongs to another machine`] };
    }
    const mine = (owner: Owner) => isReleased(owner, claim, scope);
    const released = entry.owners.filter(mine);
    if (released.length === 0) return NOTHING;
    const others = entry.owners.filter((candidate) => !mine(candidate) && !claim.evict.has(candidate.owner));
    const former = released.find(({ stamp }) => stamp !== claim.stamp);
    return {
        steps: setLedger({ item, entryText }, others.length > 0 ? { ...entry, owners: others } : undefined),
        ...(others.length > 0 && {
            notes: [
                `${describeItem(item)} stays as it is: still wanted by ${listed(others.map(({ owner }) => owner))} (since ${entry.since})`,
            ],
        }),
        warnings: evictionWarnings(item, entry.owners, claim),
        ...(former !== undefined && {
            formerLife: {
                stamp: former.stamp,
                text:
                    `${describeItem(item)} is released: a former life of this resource declared it (${former.stamp}, since ${entry.since}), and nobody does now. ` +
                    "If another Pulumi backend has a stack with the same project and name, rename one of them",
            },
        }),
    };
}

/** For `onDelete: "leave"`: removes the owner, and the item stays. A note says where the original file is. */
export function leave(record: ItemRecord, claim: Claim, scope: ReleaseScope): Plan {
    const plan = dropOwner(record, claim, scope);
    const { item, entry } = record;
    const note = kindOf(item).leftBehind?.(item);
    if (note === undefined || entry === undefined || writtenBy(entry).length === 0 || !isLast(plan)) return plan;
    return { ...plan, notes: [note] };
}

/**
 * Removes the owner, and keeps the entry even if it was the last one: the item stays, and whoever declares it next still knows what was
 * there first.
 * @param memory if the entry is lost, one is made of it
 */
export function handOver(record: ItemRecord, claim: Claim, scope: ReleaseScope, memory?: Memory): Plan {
    const { item, entry, entryText } = record;
    if (entry === undefined) return memory === undefined ? NOTHING : handOverByMemory(record, claim, memory);
    const plan = dropOwner(record, claim, scope);
    return isLast(plan) ? { ...plan, steps: setLedger({ item, entryText }, { ...entry, owners: [] }) } : plan;
}

const isLast = ({ steps }: Plan): boolean => steps.some((step) => step.do === "setLedger" && step.text === null);

function releaseByMemory(state: RecordedState, { compiler }: Claim, { before, put }: Memory): Plan {
    const { item } = state;
    const { steps, leftReason } = putBack(state, before, put === undefined ? [] : [put], compiler);
    if (steps.length === 0) return { steps, warnings: leftReason === undefined ? [] : [`${leftReason}; the ledger has no entry for it`] };
    const lost = `${describeItem(item)}: the ledger's entry was lost, or an earlier destroy removed it. The value from the state is restored (${describeLive(item, before)}); whether another owner wants something else is not known`;
    return { steps: [guardLedger(state, undefined), ...steps], warnings: [lost], ...withFalse(item, before) };
}

function handOverByMemory(record: ItemRecord, { machine, now }: Claim, { before, put }: Memory): Plan {
    const entry: LedgerEntry = { v: 1, machine, before, ...(put !== undefined && { written: put }), owners: [], since: now };
    return { steps: setLedger(record, entry), warnings: [] };
}

const withFalse = (item: Item, before: ItemValue): Pick<Plan, "falseForAbsent"> =>
    kindOf(item).absentBecomesFalse && before === "absent" ? { falseForAbsent: true } : {};
