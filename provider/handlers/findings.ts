import { type ErrorCode, isWmisecError } from "../core/errors";
import { describeItem, itemName, spelledAs } from "../core/items/item";
import { describeFound } from "../core/items/itemState";
import { describeLive } from "../core/items/itemValue";
import type { Item } from "../core/items/kind";
import { kindOf } from "../core/items/kinds";
import { movesIn } from "../core/ledger/begunMove";
import type { LivesOnMachines } from "../core/ledger/claim";
import { type Declaration, owns, satisfies } from "../core/ledger/declaration";
import { entriesOf } from "../core/ledger/orphans";
import { type RecordedState, recordedState } from "../core/ledger/record";
import { type Undeclared, undeclaredIn } from "../core/ledger/undeclared";
import type { Observation } from "../core/wire/observation";
import {
    type CommonInputs,
    type Declared,
    type Found,
    type FoundItem,
    isUnread,
    NO_OWNER,
    type OwnOutputs,
    type ResourceSpec,
    type Status,
    shown,
} from "../resources/resource";
import { appearedIn, isAbout } from "./appeared";
import { unfinishedText } from "./moves";
import { declarationOf, machinesOf, type Remembered, type State, unfinishedMovesOf } from "./state";

export interface Findings {
    /** The inputs as the host has them: an input that the host satisfies is repeated exactly. */
    readonly inputs: CommonInputs;
    /** `observed`, `status` and the resource's other outputs. */
    readonly outputs: OwnOutputs;
    /** `lastOwner`: set if `owner` says that there is none. */
    readonly memory: Pick<Remembered, "lastOwner" | "undeclared" | "unfinishedMoves">;
    /** One line for each difference from what was last carried out. */
    readonly drift: readonly string[];
}

/** Most undeclared entries that are reported. A host may list any number. */
const MOST_REPORTED = 50;

function atMost<One>(all: readonly One[], text: (one: One) => string): string[] {
    const more = all.length - MOST_REPORTED;
    return [...all.slice(0, MOST_REPORTED).map(text), ...(more > 0 ? [`and ${more} more that nobody declares`] : [])];
}

/**
 * What an observation means for a resource. Pure.
 * @throws WmisecError if an item could not be read for a reason that does not concern the item: unknown is not drift
 */
export function findings(
    spec: ResourceSpec,
    id: string,
    old: State,
    machine: string,
    seen: Observation,
    lives?: LivesOnMachines,
): Findings {
    const items = foundItems(spec, old.inputs, old, seen);
    const claim = { owner: old.owner, stamp: id, machine, lives };
    const appeared = appearedIn(old, items);
    const judged = items.filter(({ item, found }) => !isUnread(found) && declarationOf(old, item) !== undefined);
    const unowned = judged.filter((one) => {
        const { found, satisfied } = one;
        if (isUnread(found)) return false;
        // A namespace that has just appeared can't have an entry. If it is not as declared, that is the drift.
        if (machine === old.machine && isAbout(one, appeared) && satisfied === undefined) return false;
        return machine !== old.machine || !owns(claim, found);
    });
    const ours = unowned.length === 0;
    const isUnownedReported = machine !== old.machine || unowned.some((one) => !isAbout(one, appeared));
    const owner = !ours ? NO_OWNER : judged.length === 0 ? old.inputs.owner : old.owner;
    const inputs = { ...old.inputs, ...spec.fromLive(old.inputs, items), owner };
    const declared = new Map(items.map(({ item }) => [itemName(item), declarationOf(old, item)?.want]));
    const undeclared = undeclaredIn(seen, claim, declared);
    const moves = movesIn(seen.ledger, claim, { superseded: true })
        .map(({ move }) => move)
        .filter(({ to }) => !machinesOf(old).has(to.machine));
    return {
        inputs,
        outputs: spec.toOutputs(old.inputs, items),
        memory: {
            lastOwner: owner === NO_OWNER && old.owner !== NO_OWNER ? old.owner : undefined,
            undeclared: Object.fromEntries(undeclared.slice(0, MOST_REPORTED).map(({ item, wants }) => [itemName(item), wants])),
            unfinishedMoves: unfinishedMovesOf(moves),
        },
        drift: [
            ...items.flatMap((found) => driftOf(found, declarationOf(old, found.item), isAbout(found, appeared))),
            ...(!ours && isUnownedReported ? [unownedText(old, id, machine, seen)] : []),
            ...atMost(undeclared, (one) => undeclaredText({ ...one, item: spelledAs(one.item, old.spelled[itemName(one.item)]) })),
            ...moves.map(unfinishedText),
        ],
    };
}

/**
 * Each item with its live value and status. It is judged by what was last carried out; before that, by the declaration. An item that is
 * left alone is compliant if it exists and can be read.
 */
export function foundItems(spec: ResourceSpec, inputs: object, state: Pick<State, "applied">, seen: Observation): FoundItem[] {
    return spec.declared(inputs).map((declared) => foundItem(declared, declarationOf(state, declared.item), readItem(declared.item, seen)));
}

function foundItem({ label, item, declaration }: Declared, carried: Declaration | undefined, found: Found): FoundItem {
    const wanted = typeof declaration === "string" ? undefined : declaration;
    const declarations = isUnread(found) ? [] : [wanted, carried].filter((one) => one !== undefined);
    return {
        label,
        item,
        found,
        live: shown(found),
        status: statusOf(carried ?? wanted, found),
        satisfied: declarations.find((one) => !isUnread(found) && satisfies(one, found)),
        leftAlone: carried === undefined && wanted === undefined,
    };
}

function statusOf(declaration: Declaration | undefined, found: Found): Status {
    if (isUnread(found)) return found.unread === "denied" ? "denied" : "drifted";
    if (declaration !== undefined && satisfies(declaration, found)) return isMissing(found) ? "skipped" : "compliant";
    if (isMissing(found)) return "missing";
    return declaration === undefined ? "compliant" : "drifted";
}

/** A missing namespace is reported only on its own item. */
const isMissing = ({ item, namespaceMissing }: RecordedState): boolean => kindOf(item).isNamespace && namespaceMissing;

/**
 * An item that we may not read is denied. An unreadable definition file does not hide the other items: only the file's owners can fix it.
 */
function readItem(item: Item, seen: Observation): Found {
    try {
        return recordedState(item, seen);
    } catch (error) {
        if (!isWmisecError(error)) throw error;
        const why = [error.summary, error.details.said].filter((part) => part !== undefined).join(": ");
        if (error.code === "denied") return { unread: "denied", why };
        if (kindOf(item).failsAlone && !isAboutLedger(error.code)) return { unread: "unreadable", why };
        throw error;
    }
}

const isAboutLedger = (code: ErrorCode): boolean => code === "ledgerGarbled" || code === "ledgerTooNew";

function driftOf({ label, item, found, status }: FoundItem, carried: Declaration | undefined, appeared: boolean): string[] {
    if (carried === undefined || status === "skipped") return [];
    const since = appeared && kindOf(item).isNamespace ? "appeared since the last up" : "";
    if (status === "compliant") return since === "" ? [] : [`${label} ${since}, and is as declared: the next up adds it to the ledger`];
    const about = kindOf(item).nameInDrift(item, label);
    if (isUnread(found))
        return [found.unread === "denied" ? `${about} can't be read: access denied` : `${about} is unreadable (${found.why})`];
    return [
        `${about} ${since === "" ? "" : `${since} and `}${kindOf(item).foundInDrift(found, describeFound(found))}, declared ${describeLive(item, carried.want)}`,
    ];
}

function unownedText({ machine: known, owner }: State, id: string, machine: string, { ledger }: Observation): string {
    if (machine !== known)
        return `another machine answers (${machine}); it was ${known}: the host was rebuilt, or the name leads to another one`;
    for (const { entry } of entriesOf(ledger, machine)) {
        const other = entry.owners.find((one) => one.owner === owner && one.stamp !== id);
        if (other !== undefined)
            return `the ledger names another life of this resource (${other.stamp}, since ${entry.since}) that this state does not know: a replacement was killed, or an older state was imported`;
    }
    return "the ledger has no entry for this resource";
}

const undeclaredText = ({ item, wants, declared, since }: Undeclared): string =>
    declared === undefined
        ? `${describeItem(item)} is not declared, and the ledger still names this resource for it (wanted as ${wants}, since ${since}): an earlier run was killed; the next pulumi up releases it`
        : `${describeItem(item)} is declared ${describeLive(item, declared)}, and the ledger says that this resource wants ${wants}: an earlier run was killed; the next pulumi up corrects that`;
