import { WmisecError } from "../errors";
import { backupOf } from "../items/definitionBackup";
import { describeItem, type Item, meansSame } from "../items/item";
import { describeLive, type ItemValue, type LiveValue, type Wanted } from "../items/itemValue";
import { listed } from "../text/listed";
import type { Compiler, Step } from "../wire/step";
import { changeTo } from "./change";
import { formatEntry, type LedgerEntry, type Owner, writtenBy } from "./entry";
import { beforeRelease, certainLedger, setLedger } from "./entryStep";
import type { Names } from "./givenNames";
import type { ItemRecord, Look } from "./look";
import { putBack } from "./putBack";

/** Who acts, on which machine. */
export interface Claim {
    readonly owner: string;
    /** The resource's id. */
    readonly stamp: string;
    readonly machine: string;
    /** ISO 8601. */
    readonly now: string;
    /** Owners to be removed because they no longer exist. */
    readonly evict: Names;
    /** What is to compile MOF there. */
    readonly compiler: Compiler;
    /** @default none is known */
    readonly lives?: LivesOnMachines | undefined;
}

/** Lives of resources that the engine has asked this run about: they are in force, or leave by themselves. */
export interface LivesOnMachines {
    /** Whether that life is known, and may be on that machine as far as its state knows. */
    readonly isOn: (stamp: string, machine: string) => boolean;
}

/** What an owner wants of one item. */
export interface Declaration {
    readonly item: Item;
    readonly want: Wanted;
    /** Found values that are as good as `want`: absence, where it has the effect that is wanted. */
    readonly alsoFine: readonly ItemValue[];
    readonly whenMissing: "error" | "skip";
}

/** What the state file remembers of one item on this machine; serves when the ledger's entry is lost. */
export interface Memory {
    readonly before: ItemValue;
    /** What the last create or update put there; not known of a definition, whose content is not remembered. */
    readonly put?: ItemValue | undefined;
}

/** Something that is told of another life of the owner. */
export interface OfLife {
    readonly stamp: string;
    readonly text: string;
}

/** What to do about one item. */
export interface Plan {
    readonly steps: readonly Step[];
    /** What somebody should look into. */
    readonly warnings: readonly string[];
    /** Released with another life of the owner; to be looked into unless that one leaves by itself. */
    readonly formerLife?: OfLife;
    /** There was no qualifier before, and FALSE takes its place: mofcomp can't take a qualifier away. */
    readonly falseForAbsent?: boolean;
    /** What is good to know. */
    readonly notes?: readonly string[];
}

/**
 * The one answer to "is it as declared?". Two readings that contradict each other are never fine. What is about a namespace that is
 * not there is fine: that it is missing is told of the namespace itself.
 */
export function satisfies({ item, want, alsoFine, whenMissing }: Declaration, { live, says, differs, moot }: Judged): boolean {
    if (moot) return item.type !== "namespace" || whenMissing === "skip";
    if (typeof want === "object" && "requires" in want) return says === want.requires;
    return !differs && [want, ...alsoFine].some((fine) => meansSame(item, live, fine));
}

type Judged = Pick<Look, "live" | "says" | "differs" | "moot">;

/** Has this owner, in this life, an entry on this machine? What is about a missing namespace needs none. */
export function owns(claim: Pick<Claim, "owner" | "stamp" | "machine">, { moot, entry }: Look): boolean {
    if (moot) return true;
    return entry?.machine === claim.machine && entry.owners.some(({ owner, stamp }) => owner === claim.owner && stamp === claim.stamp);
}

/**
 * Makes the owner one of the item's owners and the item what it wants.
 *
 * `before` is what the entry says, else what the state remembers, else what stands there now. It is never overwritten, except for
 * a definition file: where somebody has replaced it since our last edit, an older version of a product's file is not to come back, and
 * where there is no backup, what stands there now is what the edit keeps as one.
 * An entry that names another machine came with an image: it keeps `before` and loses its owners.
 * @throws namespaceNotFound, ownedByAnother, definitionHandedOver, definitionMissing, definitionUnreadable, ledgerFull; then nothing is to be written for any item.
 */
export function join(declaration: Declaration, look: Look, claim: Claim, memory?: Memory): Plan {
    const { item, want } = declaration;
    const { live, entry } = look;
    if (look.moot && !satisfies(declaration, look)) {
        throw new WmisecError("namespaceNotFound", `there is no namespace ${describeItem(item)}`, {
            tried: "a look at the namespace; nothing was written, because compiling into a missing namespace might create it",
            remedy: 'check the spelling; where only some hosts have the namespace, declare it with whenMissing: "skip"; if it was there before, a rebuilt repository or a removed role took it away: compile the MOF of the product that makes it on the host again',
        });
    }

    const owners = entry?.machine === claim.machine ? entry.owners : [];
    const mine = ({ owner, stamp }: Owner) => owner === claim.owner || stamp === claim.stamp;
    if (look.moot && !owners.some(mine)) return NOTHING;
    const others = owners.filter((candidate) => !mine(candidate) && !claim.evict.has(candidate.owner));
    const opposed = others.find(({ wants }) => !meansSame(item, wants, want));
    if (opposed !== undefined) throw ownedByAnother(declaration, claim, opposed, entry?.since);

    const former = owners.find((owner) => mine(owner) && isOfAnotherNamespace(owner.wants, want));
    if (former !== undefined) throw handedOver(declaration, former);

    const warnings = evictions(item, owners, claim);
    const nextOwners = withOwner(owners, mine, claim.evict, { owner: claim.owner, stamp: claim.stamp, wants: want });
    // What is wanted of a namespace that is gone is to be known when it is back.
    if (look.moot) return { steps: setLedger(look, entry && { ...entry, owners: nextOwners }), warnings };
    const isFine = satisfies(declaration, look);
    const change = isFine ? undefined : changeTo(want, look, claim.compiler);
    const replaced = change !== undefined && isReplaced(look, change.to);
    const next: LedgerEntry = {
        v: 1,
        machine: claim.machine,
        before:
            replaced || (change !== undefined && hasNoBackup(look)) ? asBefore(live) : (entry?.before ?? memory?.before ?? asBefore(live)),
        owners: nextOwners,
        since: entry?.since ?? claim.now,
    };
    if (change === undefined) {
        const known = entry === undefined && memory?.put !== undefined ? { written: memory.put } : stillWritten(look);
        return { steps: setLedger(look, { ...next, ...known }), warnings };
    }
    const during = { ...next, writing: change.to, ...stillWritten(look) };
    return {
        steps: [
            certainLedger(look, during),
            change.step,
            ...setLedger({ ...look, entryText: formatEntry(during) }, { ...next, written: change.to }),
        ],
        warnings: replaced ? [...warnings, replacedText(look)] : warnings,
    };
}

/** Whose part is taken out. */
export interface Leaving {
    /** Every life of the owner that nobody asks for any more, not only the claim's: what a killed create or a lost state left behind. */
    readonly superseded: boolean;
}

export const leaves = (
    { owner, stamp }: Pick<Owner, "owner" | "stamp">,
    claim: Pick<Claim, "owner" | "stamp" | "machine" | "lives">,
    { superseded }: Leaving,
): boolean => stamp === claim.stamp || (superseded && owner === claim.owner && claim.lives?.isOn(stamp, claim.machine) !== true);

/**
 * Takes the owner out of the item's owners; the last one puts back what stood there before, but only where the host still
 * has what we wrote. The entry goes in every case, after the item.
 * @param memory serves where the entry is lost
 */
export function release(look: Look, claim: Claim, leaving: Leaving, memory?: Memory): Plan {
    const { item, entry } = look;
    if (entry === undefined) return memory === undefined ? NOTHING : releaseByMemory(look, claim, memory);
    const plan = relinquish(look, claim, leaving);
    if (!isLast(plan)) return plan;
    const { steps, left } = putBack(look, entry.before, writtenBy(entry), claim.compiler);
    const during = beforeRelease(entry, stillWritten(look));
    return {
        steps:
            steps.length === 0
                ? plan.steps
                : [certainLedger(look, during), ...steps, ...setLedger({ ...look, entryText: formatEntry(during) }, undefined)],
        warnings: [...plan.warnings, ...(left === undefined ? [] : [left])],
        ...(plan.formerLife !== undefined && { formerLife: plan.formerLife }),
        ...(steps.length > 0 && withFalse(item, entry.before)),
    };
}

/** Takes the owner out of the item's owners and leaves the item as it is, whatever that is: it need not be readable. */
export function relinquish({ item, entry, entryText }: ItemRecord, claim: Claim, leaving: Leaving): Plan {
    if (entry === undefined) return NOTHING;
    if (entry.machine !== claim.machine) {
        return { steps: [], warnings: [`${describeItem(item)} was left as it is: the ledger's entry is of another machine`] };
    }
    const mine = (owner: Owner) => leaves(owner, claim, leaving);
    const left = entry.owners.filter(mine);
    if (left.length === 0) return NOTHING;
    const others = entry.owners.filter((candidate) => !mine(candidate) && !claim.evict.has(candidate.owner));
    const former = left.find(({ stamp }) => stamp !== claim.stamp);
    return {
        steps: setLedger({ item, entryText }, others.length > 0 ? { ...entry, owners: others } : undefined),
        ...(others.length > 0 && {
            notes: [
                `${describeItem(item)} stays as it is: still wanted by ${listed(others.map(({ owner }) => owner))} (since ${entry.since})`,
            ],
        }),
        warnings: evictions(item, entry.owners, claim),
        ...(former !== undefined && {
            formerLife: {
                stamp: former.stamp,
                text:
                    `${describeItem(item)} is released: a former life of this resource declared it (${former.stamp}, since ${entry.since}) and nobody does now. ` +
                    "If another Pulumi backend has a stack of the same project and name, rename one of them",
            },
        }),
    };
}

/** As `onDelete: "leave"` says: the owner goes and the item stays. Whoever wants the file back as it was is told where it is. */
export function leave(record: ItemRecord, claim: Claim, leaving: Leaving): Plan {
    const plan = relinquish(record, claim, leaving);
    const { item, entry } = record;
    if (item.type !== "definition" || entry === undefined || writtenBy(entry).length === 0 || !isLast(plan)) return plan;
    return { ...plan, notes: [`${describeItem(item)} stays as we edited it; what stood there before is in ${backupOf(item.file)}`] };
}

const NOTHING: Plan = { steps: [], warnings: [] };

const isLast = ({ steps }: Plan): boolean => steps.some((step) => step.do === "setLedger" && step.text === null);

function releaseByMemory(look: Look, { compiler }: Claim, { before, put }: Memory): Plan {
    const { item } = look;
    const { steps, left } = putBack(look, before, put === undefined ? [] : [put], compiler);
    if (steps.length === 0) return { steps, warnings: left === undefined ? [] : [`${left}; the ledger has no entry for it`] };
    const lost = `${describeItem(item)}: the ledger's entry was lost, or an earlier destroy of ours took it away; what the state remembers is put back (${describeLive(before)}), and who else wanted it otherwise is not known`;
    return { steps: [certainLedger(look, undefined), ...steps], warnings: [lost], ...withFalse(item, before) };
}

/**
 * What stands there by a write of which nobody told how it ended was written by us, and the next write may fail, too. Of two that may
 * stand there, the one that is to be undone.
 */
function stillWritten({ item, maybe, entry }: Look): Pick<LedgerEntry, "written"> {
    if (entry === undefined) return {};
    const standing = writtenBy(entry).filter((value) => maybe.some((one) => meansSame(item, value, one)));
    const written = standing.find((value) => !meansSame(item, value, entry.before)) ?? standing[0] ?? entry.written;
    return written === undefined ? {} : { written };
}

/** A registration of which only a part is there does nobody any good: nothing is what is put back. */
function asBefore(live: LiveValue): ItemValue {
    if (live === "missing") throw new TypeError("what is missing can't be put back");
    return live === "incomplete" ? "absent" : live;
}

/** Has somebody made another text of a definition that we edited? One in which only our own flag was changed is ours again after the edit. */
function isReplaced({ item, live, entry }: Look, edited: ItemValue): boolean {
    if (item.type !== "definition" || entry === undefined || writtenBy(entry).length === 0) return false;
    const known = [entry.before, ...writtenBy(entry)];
    return !known.some((value) => meansSame(item, live, value)) && !writtenBy(entry).some((value) => meansSame(item, edited, value));
}

/** What an edit finds is kept beside it then. */
const hasNoBackup = ({ reading }: Look): boolean => "backup" in reading && reading.backup === null;

const replacedText = (look: Look): string =>
    `${describeItem(look.item)} was replaced or changed by somebody since our last edit, and is edited again. ${
        hasNoBackup(look)
            ? "Its backup was gone and is made anew: a release will put this version back"
            : "Its backup is older: a release will leave this version as it is, with our flag in it, and say so"
    }`;

function ownedByAnother({ item, want }: Declaration, claim: Claim, { owner, wants }: Owner, since = "?"): WmisecError {
    // Only what can be pasted into a shell as it stands is offered for that: the owner's name comes from the host.
    const evict = /^[\w/:.$@ -]+$/.test(owner) ? `WMISEC_EVICT='${owner}'` : "WMISEC_EVICT set to that owner";
    return new WmisecError("ownedByAnother", `${describeItem(item)} is wanted as ${describeLive(wants)} by another resource`, {
        said: `owner ${owner}, since ${since}`,
        tried: `to declare it as ${describeLive(want)} for ${claim.owner}`,
        remedy:
            "agree on one value: take the item out of one program, run up there, then change the other. " +
            `If that owner no longer exists (a stack that was thrown away), run once with ${evict}`,
    });
}

const isOfAnotherNamespace = (wants: Wanted, want: Wanted): boolean =>
    typeof wants === "object" &&
    "requires" in wants &&
    typeof want === "object" &&
    "requires" in want &&
    wants.namespace !== want.namespace;

/** An edit for the one namespace would leave the flag of the other in the file. */
const handedOver = ({ item, want }: Declaration, { wants }: Owner): WmisecError =>
    new WmisecError("definitionHandedOver", `${describeItem(item)} is still edited for another namespace`, {
        said: `so far declared as ${describeLive(wants)}`,
        tried: `to declare it as ${describeLive(want)}; nothing was written`,
        remedy: "take definitionMof out of the program and run pulumi up, which puts the file back; then declare it for the other namespace",
    });

function evictions(item: Item, owners: readonly Owner[], { evict }: Claim): string[] {
    return owners
        .filter(({ owner }) => evict.has(owner))
        .map(({ owner, wants }) => `${describeItem(item)}: WMISEC_EVICT removes the owner ${owner}, who wanted ${describeLive(wants)}`);
}

/** In the place of its former lives, so that an owner who changes nothing changes no byte of the entry. */
function withOwner(owners: readonly Owner[], mine: (owner: Owner) => boolean, evict: Names, me: Owner): Owner[] {
    const place = owners.findIndex(mine);
    const kept = owners.flatMap((owner, index) => (index === place ? [me] : mine(owner) || evict.has(owner.owner) ? [] : [owner]));
    return place < 0 ? [...kept, me] : kept;
}

const withFalse = (item: Item, before: ItemValue): Pick<Plan, "falseForAbsent"> =>
    item.type === "namespace" && before === "absent" ? { falseForAbsent: true } : {};
