import { WmisecError } from "../errors";
import { describeItem } from "../items/item";
import { changeTo } from "../items/itemState";
import { describeLive, meansSame } from "../items/itemValue";
import { type ItemValue, kindOf, type LiveValue } from "../items/kinds";
import type { Claim } from "./claim";
import { type Declaration, satisfies } from "./declaration";
import { formatEntry, type LedgerEntry, type Owner, writtenBy } from "./entry";
import { guardLedger, setLedger } from "./entryStep";
import type { Names } from "./givenNames";
import { evictionWarnings, type Memory, NOTHING, type Plan } from "./plan";
import { type RecordedState, writtenSoFar } from "./record";

/**
 * Adds the owner to the item's owners and makes the item as declared.
 *
 * `before` comes from the entry, else from the state, else from the live value. It is never overwritten, except for a definition file: if
 * somebody replaced it since our last edit, a release must not bring back an older version of the product's file; and if there is no
 * backup, the edit makes one of what it finds.
 * An entry that names another machine came with an image: it keeps `before` and loses its owners.
 * @throws namespaceNotFound, ownedByAnother, definitionHandedOver, definitionMissing, definitionUnreadable, ledgerFull: then nothing may be
 *     written for any item
 */
export function join(declaration: Declaration, state: RecordedState, claim: Claim, memory?: Memory): Plan {
    const { item, want } = declaration;
    const { live, entry } = state;
    if (state.namespaceMissing && !satisfies(declaration, state)) {
        throw new WmisecError("namespaceNotFound", `there is no namespace ${describeItem(item)}`, {
            tried: "to read the namespace; nothing was written, because compiling into a missing namespace might create it",
            remedy: 'check the spelling; if only some hosts have the namespace, declare it with whenMissing: "skip"; if it was there before, a rebuilt repository or a removed role deleted it: compile the MOF file of the product that creates it again on the host',
        });
    }

    const owners = entry?.machine === claim.machine ? entry.owners : [];
    const mine = ({ owner, stamp }: Owner) => owner === claim.owner || stamp === claim.stamp;
    if (state.namespaceMissing && !owners.some(mine)) return NOTHING;
    const others = owners.filter((candidate) => !mine(candidate) && !claim.evict.has(candidate.owner));
    const opposed = others.find(({ wants }) => !meansSame(item, wants, want));
    if (opposed !== undefined) throw ownedByAnother(declaration, claim, opposed, entry?.since);

    const kind = kindOf(item);
    const handOver = owners.flatMap((owner) => (mine(owner) ? (kind.handOverError?.(item, owner.wants, want) ?? []) : []))[0];
    if (handOver !== undefined) throw handOver;

    const warnings = evictionWarnings(item, owners, claim);
    const nextOwners = withOwner(owners, mine, claim.evict, { owner: claim.owner, stamp: claim.stamp, wants: want });
    // Record what the owner wants even while the namespace is missing: it applies once the namespace is back.
    if (state.namespaceMissing) return { steps: setLedger(state, entry && { ...entry, owners: nextOwners }), warnings };
    const isFine = satisfies(declaration, state);
    const change = isFine ? undefined : changeTo(want, state, claim.compiler);
    const history = entry === undefined ? undefined : { before: entry.before, written: writtenBy(entry) };
    const reset = change === undefined ? undefined : kind.resetsBefore?.(state, history, change.to);
    const next: LedgerEntry = {
        v: 1,
        machine: claim.machine,
        before: reset === undefined ? (entry?.before ?? memory?.before ?? asBefore(live)) : asBefore(live),
        owners: nextOwners,
        since: entry?.since ?? claim.now,
    };
    if (change === undefined) {
        const written = entry === undefined && memory?.put !== undefined ? { written: memory.put } : writtenSoFar(state);
        return { steps: setLedger(state, { ...next, ...written }), warnings };
    }
    const during = { ...next, writing: change.to, ...writtenSoFar(state) };
    return {
        steps: [
            guardLedger(state, during),
            change.step,
            ...setLedger({ ...state, entryText: formatEntry(during) }, { ...next, written: change.to }),
        ],
        warnings: reset?.warning === undefined ? warnings : [...warnings, reset.warning],
    };
}

/** A partial registration is of no use to anybody, so a release removes it. */
function asBefore(live: LiveValue): ItemValue {
    if (live === "missing") throw new TypeError("a missing item can't be restored");
    return live === "incomplete" ? "absent" : live;
}

function ownedByAnother({ item, want }: Declaration, claim: Claim, { owner, wants }: Owner, since = "?"): WmisecError {
    // Offer a command only if the owner's name is safe to paste into a shell: it comes from the host.
    const evict = /^[\w/:.$@ -]+$/.test(owner) ? `WMISEC_EVICT='${owner}'` : "WMISEC_EVICT set to that owner";
    return new WmisecError("ownedByAnother", `${describeItem(item)} is wanted as ${describeLive(item, wants)} by another resource`, {
        said: `owner ${owner}, since ${since}`,
        tried: `to declare it as ${describeLive(item, want)} for ${claim.owner}`,
        remedy:
            "agree on one value: remove the item from one program, run pulumi up there, then change the other. " +
            `If that owner no longer exists (a stack that was removed), run once with ${evict}`,
    });
}

/** Takes the place of the owner's former lives, so that an owner who changes nothing does not change the entry. */
function withOwner(owners: readonly Owner[], mine: (owner: Owner) => boolean, evict: Names, me: Owner): Owner[] {
    const place = owners.findIndex(mine);
    const kept = owners.flatMap((owner, index) => (index === place ? [me] : mine(owner) || evict.has(owner.owner) ? [] : [owner]));
    return place < 0 ? [...kept, me] : kept;
}
