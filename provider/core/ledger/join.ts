import { WmisecError } from "../errors";
import { describeItem } from "../items/item";
import { changeTo } from "../items/itemState";
import { describeLive, meansSame } from "../items/itemValue";
import { type ItemValue, kindOf, type LiveValue } from "../items/kinds";
import type { Claim } from "./claim";
import { type Declaration, satisfies } from "./declaration";
import { formatEntry, type LedgerEntry, type Owner, writtenBy } from "./entry";
import { certainLedger, setLedger } from "./entryStep";
import type { Names } from "./givenNames";
import { evictions, type Memory, NOTHING, type Plan } from "./plan";
import { type RecordedState, stillWritten } from "./record";

/**
 * Makes the owner one of the item's owners and the item what it wants.
 *
 * `before` is what the entry says, else what the state remembers, else what stands there now. It is never overwritten, except for
 * a definition file: where somebody has replaced it since our last edit, an older version of a product's file is not to come back, and
 * where there is no backup, what stands there now is what the edit keeps as one.
 * An entry that names another machine came with an image: it keeps `before` and loses its owners.
 * @throws namespaceNotFound, ownedByAnother, definitionHandedOver, definitionMissing, definitionUnreadable, ledgerFull; then nothing is to be written for any item.
 */
export function join(declaration: Declaration, state: RecordedState, claim: Claim, memory?: Memory): Plan {
    const { item, want } = declaration;
    const { live, entry } = state;
    if (state.namespaceMissing && !satisfies(declaration, state)) {
        throw new WmisecError("namespaceNotFound", `there is no namespace ${describeItem(item)}`, {
            tried: "a look at the namespace; nothing was written, because compiling into a missing namespace might create it",
            remedy: 'check the spelling; where only some hosts have the namespace, declare it with whenMissing: "skip"; if it was there before, a rebuilt repository or a removed role took it away: compile the MOF of the product that makes it on the host again',
        });
    }

    const owners = entry?.machine === claim.machine ? entry.owners : [];
    const mine = ({ owner, stamp }: Owner) => owner === claim.owner || stamp === claim.stamp;
    if (state.namespaceMissing && !owners.some(mine)) return NOTHING;
    const others = owners.filter((candidate) => !mine(candidate) && !claim.evict.has(candidate.owner));
    const opposed = others.find(({ wants }) => !meansSame(item, wants, want));
    if (opposed !== undefined) throw ownedByAnother(declaration, claim, opposed, entry?.since);

    const kind = kindOf(item);
    const handedOver = owners.flatMap((owner) => (mine(owner) ? (kind.handedOver?.(item, owner.wants, want) ?? []) : []))[0];
    if (handedOver !== undefined) throw handedOver;

    const warnings = evictions(item, owners, claim);
    const nextOwners = withOwner(owners, mine, claim.evict, { owner: claim.owner, stamp: claim.stamp, wants: want });
    // What is wanted of a namespace that is gone is to be known when it is back.
    if (state.namespaceMissing) return { steps: setLedger(state, entry && { ...entry, owners: nextOwners }), warnings };
    const isFine = satisfies(declaration, state);
    const change = isFine ? undefined : changeTo(want, state, claim.compiler);
    const known = entry === undefined ? undefined : { before: entry.before, written: writtenBy(entry) };
    const superseded = change === undefined ? undefined : kind.supersedes?.(state, known, change.to);
    const next: LedgerEntry = {
        v: 1,
        machine: claim.machine,
        before: superseded === undefined ? (entry?.before ?? memory?.before ?? asBefore(live)) : asBefore(live),
        owners: nextOwners,
        since: entry?.since ?? claim.now,
    };
    if (change === undefined) {
        const written = entry === undefined && memory?.put !== undefined ? { written: memory.put } : stillWritten(state);
        return { steps: setLedger(state, { ...next, ...written }), warnings };
    }
    const during = { ...next, writing: change.to, ...stillWritten(state) };
    return {
        steps: [
            certainLedger(state, during),
            change.step,
            ...setLedger({ ...state, entryText: formatEntry(during) }, { ...next, written: change.to }),
        ],
        warnings: superseded?.warning === undefined ? warnings : [...warnings, superseded.warning],
    };
}

/** A registration of which only a part is there does nobody any good: nothing is what is put back. */
function asBefore(live: LiveValue): ItemValue {
    if (live === "missing") throw new TypeError("what is missing can't be put back");
    return live === "incomplete" ? "absent" : live;
}

function ownedByAnother({ item, want }: Declaration, claim: Claim, { owner, wants }: Owner, since = "?"): WmisecError {
    // Only what can be pasted into a shell as it stands is offered for that: the owner's name comes from the host.
    const evict = /^[\w/:.$@ -]+$/.test(owner) ? `WMISEC_EVICT='${owner}'` : "WMISEC_EVICT set to that owner";
    return new WmisecError("ownedByAnother", `${describeItem(item)} is wanted as ${describeLive(item, wants)} by another resource`, {
        said: `owner ${owner}, since ${since}`,
        tried: `to declare it as ${describeLive(item, want)} for ${claim.owner}`,
        remedy:
            "agree on one value: take the item out of one program, run up there, then change the other. " +
            `If that owner no longer exists (a stack that was thrown away), run once with ${evict}`,
    });
}

/** In the place of its former lives, so that an owner who changes nothing changes no byte of the entry. */
function withOwner(owners: readonly Owner[], mine: (owner: Owner) => boolean, evict: Names, me: Owner): Owner[] {
    const place = owners.findIndex(mine);
    const kept = owners.flatMap((owner, index) => (index === place ? [me] : mine(owner) || evict.has(owner.owner) ? [] : [owner]));
    return place < 0 ? [...kept, me] : kept;
}
