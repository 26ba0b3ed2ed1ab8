import { WmisecError } from "./errors";
import { describeItem, describeLive, type Item, type ItemValue, itemName, meansSame, writeStep } from "./item";
import { formatEntry, type LedgerEntry, type Owner, writtenBy } from "./ledgerEntry";
import type { ItemRecord, Look } from "./look";
import type { Step } from "./step";

/** Who acts, on which machine. */
export interface Claim {
    readonly owner: string;
    /** The resource's id. */
    readonly stamp: string;
    readonly machine: string;
    /** ISO 8601. */
    readonly now: string;
    /** Owners to be removed because they no longer exist. */
    readonly evict: ReadonlySet<string>;
}

/** What an owner wants of one item. */
export interface Declaration {
    readonly item: Item;
    readonly want: ItemValue;
    /** Found values that are as good as `want`: absence, where it has the effect that is wanted. */
    readonly alsoFine: readonly ItemValue[];
    readonly whenMissing: "error" | "skip";
}

/** What the state file remembers of one item on this machine; serves when the ledger's entry is lost. */
export interface Memory {
    readonly before: ItemValue;
    /** What the last create or update put there. */
    readonly put?: ItemValue | undefined;
}

/** What to do about one item. */
export interface Plan {
    readonly steps: readonly Step[];
    /** What somebody should look into. */
    readonly warnings: readonly string[];
    /** There was no qualifier before, and FALSE takes its place: mofcomp can't take a qualifier away. */
    readonly falseForAbsent?: boolean;
}

/** The one answer to "is it as declared?". Two readings that contradict each other are never fine. */
export function satisfies({ item, want, alsoFine, whenMissing }: Declaration, { live, differs }: Pick<Look, "live" | "differs">): boolean {
    if (live === "missing") return whenMissing === "skip";
    return !differs && [want, ...alsoFine].some((fine) => meansSame(item, live, fine));
}

/** Has this owner, in this life, an entry on this machine? A missing namespace that may be missing needs none. */
export function owns(claim: Pick<Claim, "owner" | "stamp" | "machine">, { live, entry }: Look): boolean {
    if (live === "missing") return true;
    return entry?.machine === claim.machine && entry.owners.some(({ owner, stamp }) => owner === claim.owner && stamp === claim.stamp);
}

/**
 * Makes the owner one of the item's owners and the item what it wants.
 *
 * `before` is what the entry says, else what the state remembers, else what stands there now; it is never overwritten.
 * An entry that names another machine came with an image: it keeps `before` and loses its owners.
 * @throws namespaceNotFound, ownedByAnother; then nothing is to be written for any item.
 */
export function join(declaration: Declaration, look: Look, claim: Claim, memory?: Memory): Plan {
    const { item, want } = declaration;
    const { live, entry } = look;
    if (live === "missing") {
        if (declaration.whenMissing === "skip") return NOTHING;
        throw new WmisecError("namespaceNotFound", `there is no namespace ${describeItem(item)}`, {
            tried: "a look at the namespace; nothing was written, because compiling into a missing namespace might create it",
            remedy: 'check the spelling; where only some hosts have the namespace, declare it with whenMissing: "skip"',
        });
    }

    const owners = entry?.machine === claim.machine ? entry.owners : [];
    const mine = ({ owner, stamp }: Owner) => owner === claim.owner || stamp === claim.stamp;
    const others = owners.filter((candidate) => !mine(candidate) && !claim.evict.has(candidate.owner));
    const opposed = others.find(({ wants }) => !meansSame(item, wants, want));
    if (opposed !== undefined) throw ownedByAnother(declaration, claim, opposed, entry?.since);

    const warnings = evictions(item, owners, claim);
    const next: LedgerEntry = {
        v: 1,
        machine: claim.machine,
        before: entry?.before ?? memory?.before ?? live,
        owners: withOwner(owners, mine, claim.evict, { owner: claim.owner, stamp: claim.stamp, wants: want }),
        since: entry?.since ?? claim.now,
    };
    if (satisfies(declaration, look)) {
        const written =
            entry === undefined ? memory?.put : (writtenBy(entry).find((value) => meansSame(item, value, live)) ?? entry.written);
        return { steps: setLedger(look, { ...next, ...(written !== undefined && { written }) }), warnings };
    }
    const during = { ...next, writing: want, ...(entry?.written !== undefined && { written: entry.written }) };
    return {
        steps: [
            ...setLedger(look, during),
            writeStep(item, look.reading, want),
            ...setLedger({ ...look, entryText: formatEntry(during) }, { ...next, written: want }),
        ],
        warnings,
    };
}

/** Whose part is taken out. */
export interface Leaving {
    /** Every life of the owner, not only the claim's: what a killed create or a lost state left behind. */
    readonly superseded: boolean;
}

/**
 * Takes the owner out of the item's owners; the last one puts back what stood there before, but only where the host still
 * has what we wrote. The entry goes in every case, after the item.
 * @param memory serves where the entry is lost
 */
export function release(look: Look, claim: Claim, leaving: Leaving, memory?: Memory): Plan {
    const { item, live, entry } = look;
    const about = describeItem(item);
    if (entry === undefined) return memory === undefined ? NOTHING : releaseByMemory(look, memory);
    const plan = relinquish(look, claim, leaving);
    if (!isLast(plan) || live === "missing" || meansSame(item, live, entry.before)) return plan;
    if (writtenBy(entry).some((value) => meansSame(item, live, value))) {
        return { ...plan, steps: [writeStep(item, look.reading, entry.before), ...plan.steps], ...withFalse(item, entry.before) };
    }
    const left = `${about} was left as it is (${describeLive(live)}): somebody changed it since; before our policy it was ${describeLive(entry.before)}`;
    return { ...plan, warnings: [...plan.warnings, left] };
}

/** Takes the owner out of the item's owners and leaves the item as it is, whatever that is: it need not be readable. */
export function relinquish({ item, entry, entryText }: ItemRecord, claim: Claim, { superseded }: Leaving): Plan {
    if (entry === undefined) return NOTHING;
    if (entry.machine !== claim.machine) {
        return { steps: [], warnings: [`${describeItem(item)} was left as it is: the ledger's entry is of another machine`] };
    }
    const mine = ({ owner, stamp }: Owner) => stamp === claim.stamp || (superseded && owner === claim.owner);
    const leaving = entry.owners.filter(mine);
    if (leaving.length === 0) return NOTHING;
    const others = entry.owners.filter((candidate) => !mine(candidate) && !claim.evict.has(candidate.owner));
    const former = leaving.find(({ stamp }) => stamp !== claim.stamp);
    return {
        steps: setLedger({ item, entryText }, others.length > 0 ? { ...entry, owners: others } : undefined),
        warnings: [
            ...evictions(item, entry.owners, claim),
            ...(former === undefined
                ? []
                : [
                      `${describeItem(item)} is released: a former life of this resource declared it (${former.stamp}, since ${entry.since}) and nobody does now. ` +
                          "If another Pulumi backend has a stack of the same project and name, rename one of them",
                  ]),
        ],
    };
}

const NOTHING: Plan = { steps: [], warnings: [] };

const isLast = ({ steps }: Plan): boolean => steps.some((step) => step.do === "setLedger" && step.text === null);

function releaseByMemory({ item, live, reading }: Look, { before, put }: Memory): Plan {
    const about = describeItem(item);
    if (live === "missing" || meansSame(item, live, before)) return NOTHING;
    if (put === undefined || !meansSame(item, live, put)) {
        return {
            steps: [],
            warnings: [`${about} was left as it is (${describeLive(live)}): somebody changed it, and the ledger has no entry for it`],
        };
    }
    const lost = `${about}: the ledger's entry was lost; what the state remembers is put back (${describeLive(before)}), and who else wanted it otherwise is not known`;
    return { steps: [writeStep(item, reading, before)], warnings: [lost], ...withFalse(item, before) };
}

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

function evictions(item: Item, owners: readonly Owner[], { evict }: Claim): string[] {
    return owners
        .filter(({ owner }) => evict.has(owner))
        .map(({ owner, wants }) => `${describeItem(item)}: WMISEC_EVICT removes the owner ${owner}, who wanted ${describeLive(wants)}`);
}

/** In the place of its former lives, so that an owner who changes nothing changes no byte of the entry. */
function withOwner(owners: readonly Owner[], mine: (owner: Owner) => boolean, evict: ReadonlySet<string>, me: Owner): Owner[] {
    const place = owners.findIndex(mine);
    const kept = owners.flatMap((owner, index) => (index === place ? [me] : mine(owner) || evict.has(owner.owner) ? [] : [owner]));
    return place < 0 ? [...kept, me] : kept;
}

const withFalse = (item: Item, before: ItemValue): Pick<Plan, "falseForAbsent"> =>
    item.type === "namespace" && before === "absent" ? { falseForAbsent: true } : {};

function setLedger({ item, entryText }: Pick<ItemRecord, "item" | "entryText">, entry: LedgerEntry | undefined): Step[] {
    const text = entry === undefined ? null : formatEntry(entry);
    return text === entryText ? [] : [{ do: "setLedger", item: itemName(item), expect: entryText, text }];
}
