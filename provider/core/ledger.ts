import { WmisecError } from "./errors";
import { codeOfFailure } from "./hostFailure";
import {
    describeItem,
    describeLive,
    flagOf,
    type Item,
    type ItemValue,
    itemName,
    type LiveValue,
    meansSame,
    readingOf,
    readingsDiffer,
    writeStep,
} from "./item";
import { formatEntry, type LedgerEntry, type Owner, parseEntry, writtenBy } from "./ledgerEntry";
import type { NamespaceReading, Observation, ValueReading } from "./observation";
import { LEDGER_KEY } from "./registry";
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

/** What an observation says of one item, together with the ledger's entry. */
export interface Look {
    readonly item: Item;
    readonly reading: NamespaceReading | ValueReading;
    readonly live: LiveValue;
    /** The namespace's two carriers of the flag contradict each other. */
    readonly differs: boolean;
    readonly entry: LedgerEntry | undefined;
    readonly entryText: string | null;
}

/** What to do about one item. */
export interface Plan {
    readonly steps: readonly Step[];
    /** What the administrator should know, if anything. */
    readonly report?: string;
    /** There was no qualifier before, and FALSE takes its place: mofcomp can't take a qualifier away. */
    readonly falseForAbsent?: boolean;
}

/**
 * @throws denied, unexpectedValue, hostError when the item could not be read; ledgerGarbled, ledgerTooNew when its entry
 *     can't be: unknown is never taken for absent.
 */
export function lookOf(item: Item, seen: Observation): Look {
    const reading = readingOf(item, seen);
    const name = itemName(item);
    if (reading.state === "failed") {
        const code = codeOfFailure(reading.failure);
        throw new WmisecError(code, `${describeItem(item)} could not be read`, {
            said: `${reading.failure.wmiCode ?? reading.failure.hresult} ${reading.failure.type}: ${reading.failure.message}`,
            remedy:
                code === "denied"
                    ? "give the account Enable Account, Remote Enable and Read Security on the namespace (wmimgmt.msc, Security), or read on the key"
                    : "look at the item on the host; nothing was written",
        });
    }
    const record = seen.ledger.find(({ item }) => item === name);
    const parsed = parseEntry(record?.text);
    if (parsed.state === "garbled" || parsed.state === "tooNew") {
        throw new WmisecError(
            parsed.state === "garbled" ? "ledgerGarbled" : "ledgerTooNew",
            parsed.state === "garbled"
                ? `the ledger's entry for ${describeItem(item)} is not one of ours`
                : `the ledger's entry for ${describeItem(item)} was written by a newer release`,
            {
                said: record?.text ?? "a value that is not REG_SZ",
                remedy:
                    parsed.state === "garbled"
                        ? `look at HKLM\\${LEDGER_KEY}, value ${name}: delete it if nobody needs what it remembers, then run again`
                        : "use the release of pulumi-wmisec that wrote it, or a newer one",
            },
        );
    }
    return {
        item,
        reading,
        live: liveOf(reading),
        differs: "flag" in reading && readingsDiffer(reading.flag),
        entry: parsed.state === "entry" ? parsed.entry : undefined,
        entryText: record?.text ?? null,
    };
}

function liveOf(reading: NamespaceReading | ValueReading): LiveValue {
    if ("flag" in reading) return flagOf(reading.flag);
    if ("data" in reading) return reading.data;
    return reading.state === "missing" ? "missing" : "absent";
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
        if (declaration.whenMissing === "skip") return { steps: [] };
        throw new WmisecError("namespaceNotFound", `there is no namespace ${describeItem(item)}`, {
            tried: "a look at the namespace; nothing was written, because compiling into a missing namespace might create it",
            remedy: 'check the spelling; where only some hosts have the namespace, declare it with whenMissing: "skip"',
        });
    }

    const owners = entry?.machine === claim.machine ? entry.owners : [];
    const mine = ({ owner, stamp }: Owner) => owner === claim.owner || stamp === claim.stamp;
    const others = owners.filter((candidate) => !mine(candidate) && !claim.evict.has(candidate.owner));
    const opposed = others.find(({ wants }) => !meansSame(item, wants, want));
    if (opposed !== undefined) {
        throw new WmisecError("ownedByAnother", `${describeItem(item)} is wanted as ${describeLive(opposed.wants)} by another resource`, {
            said: `owner ${opposed.owner}, since ${entry?.since ?? "?"}`,
            tried: `to declare it as ${describeLive(want)} for ${claim.owner}`,
            remedy: `agree on one value; if that owner no longer exists (a stack that was thrown away), run once with WMISEC_EVICT='${opposed.owner}'`,
        });
    }

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
        return { steps: setLedger(look, { ...next, ...(written !== undefined && { written }) }) };
    }
    const during = { ...next, writing: want, ...(entry?.written !== undefined && { written: entry.written }) };
    return {
        steps: [
            ...setLedger(look, during),
            writeStep(item, look.reading, want),
            ...setLedger({ ...look, entryText: formatEntry(during) }, { ...next, written: want }),
        ],
    };
}

/**
 * Takes the owner out of the item's owners; the last one puts back what stood there before, but only where the host still
 * has what we wrote.
 *
 * @param claim `stamp` says whose part is released; with `superseded` every life of the owner is.
 */
export function release(
    look: Look,
    claim: Claim,
    options: { readonly onDelete: "restore" | "leave"; readonly superseded: boolean; readonly memory?: Memory | undefined },
): Plan {
    const { item, live, entry } = look;
    const about = describeItem(item);
    if (entry === undefined) {
        const { memory } = options;
        if (memory === undefined || options.onDelete === "leave" || live === "missing" || meansSame(item, live, memory.before))
            return { steps: [] };
        if (memory.put !== undefined && meansSame(item, live, memory.put)) {
            return { steps: [writeStep(item, look.reading, memory.before)], ...withFalse(item, memory.before) };
        }
        return {
            steps: [],
            report: `${about} was left as it is (${describeLive(live)}): somebody changed it, and the ledger has no entry for it`,
        };
    }
    if (entry.machine !== claim.machine) {
        return { steps: [], report: `${about} was left as it is (${describeLive(live)}): the ledger's entry is of another machine` };
    }
    const mine = ({ owner, stamp }: Owner) => stamp === claim.stamp || (options.superseded && owner === claim.owner);
    if (!entry.owners.some(mine)) return { steps: [] };
    const others = entry.owners.filter((candidate) => !mine(candidate) && !claim.evict.has(candidate.owner));
    if (others.length > 0) return { steps: setLedger(look, { ...entry, owners: others }) };

    const gone = setLedger(look, undefined);
    if (options.onDelete === "leave") return { steps: gone };
    if (live === "missing" || meansSame(item, live, entry.before)) return { steps: gone };
    if (writtenBy(entry).some((value) => meansSame(item, live, value))) {
        return { steps: [writeStep(item, look.reading, entry.before), ...gone], ...withFalse(item, entry.before) };
    }
    return {
        steps: gone,
        report: `${about} was left as it is (${describeLive(live)}): somebody changed it since; before our policy it was ${describeLive(entry.before)}`,
    };
}

/** In the place of its former lives, so that an owner who changes nothing changes no byte of the entry. */
function withOwner(owners: readonly Owner[], mine: (owner: Owner) => boolean, evict: ReadonlySet<string>, me: Owner): Owner[] {
    const place = owners.findIndex(mine);
    const kept = owners.flatMap((owner, index) => (index === place ? [me] : mine(owner) || evict.has(owner.owner) ? [] : [owner]));
    return place < 0 ? [...kept, me] : kept;
}

const withFalse = (item: Item, before: ItemValue): Pick<Plan, "falseForAbsent"> =>
    item.type === "namespace" && before === "absent" ? { falseForAbsent: true } : {};

function setLedger({ item, entryText }: Look, entry: LedgerEntry | undefined): Step[] {
    const text = entry === undefined ? null : formatEntry(entry);
    return text === entryText ? [] : [{ do: "setLedger", item: itemName(item), expect: entryText, text }];
}
