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
    type Outputs,
    type ResourceSpec,
    type Status,
    shown,
} from "../resources/resource";
import { appearedIn, isAbout } from "./appeared";
import { unfinishedText } from "./moves";
import { declarationOf, machinesOf, type Remembered, type State, unfinishedMovesOf } from "./state";

export interface Findings {
    /** The inputs as the host has them: what satisfies the recorded input repeats it to the letter. */
    readonly inputs: CommonInputs;
    /** `observed`, `status` and what else the resource tells programs. */
    readonly outputs: Outputs;
    /** `lastOwner`: where the owner's place says that there is none. */
    readonly memory: Pick<Remembered, "lastOwner" | "undeclared" | "unfinishedMoves">;
    /** One line for each thing that is not as it was last carried out. */
    readonly drift: readonly string[];
}

/** Of what a ledger says that nobody declares. A host may say as much as it likes. */
const MOST_REPORTED = 50;

function atMost<One>(all: readonly One[], text: (one: One) => string): string[] {
    const more = all.length - MOST_REPORTED;
    return [...all.slice(0, MOST_REPORTED).map(text), ...(more > 0 ? [`and ${more} more that nobody declares`] : [])];
}

/**
 * What an observation means for a resource. Pure.
 * @throws WmisecError for an item whose reading failed for a reason that says nothing of it: unknown is not drift.
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
    const strange = judged.filter((one) => {
        const { found, satisfied } = one;
        if (isUnread(found)) return false;
        // What has just appeared can't have an entry; where it is not as declared, that is the drift.
        if (machine === old.machine && isAbout(one, appeared) && satisfied === undefined) return false;
        return machine !== old.machine || !owns(claim, found);
    });
    const ours = strange.length === 0;
    const isStranger = machine !== old.machine || strange.some((one) => !isAbout(one, appeared));
    const owner = !ours ? NO_OWNER : judged.length === 0 ? old.inputs.owner : old.owner;
    const inputs = { ...old.inputs, ...spec.fromLive(old.inputs, items), owner };
    const declared = new Map(items.map(({ item }) => [itemName(item), declarationOf(old, item)?.want]));
    const undeclared = undeclaredIn(seen, claim, declared);
    const moves = movesIn(seen.ledger, claim, { superseded: true })
        .map(({ move }) => move)
        .filter(({ to }) => !machinesOf(old).has(to.machine));
    return {
        inputs,
        outputs: spec.outputs(old.inputs, items),
        memory: {
            lastOwner: owner === NO_OWNER && old.owner !== NO_OWNER ? old.owner : undefined,
            undeclared: Object.fromEntries(undeclared.slice(0, MOST_REPORTED).map(({ item, wants }) => [itemName(item), wants])),
            unfinishedMoves: unfinishedMovesOf(moves),
        },
        drift: [
            ...items.flatMap((found) => driftOf(found, declarationOf(old, found.item), isAbout(found, appeared))),
            ...(!ours && isStranger ? [strangerText(old, id, machine, seen)] : []),
            ...atMost(undeclared, (one) => undeclaredText({ ...one, item: spelledAs(one.item, old.spelled[itemName(one.item)]) })),
            ...moves.map(unfinishedText),
        ],
    };
}

/**
 * Each item with what programs are told of it. Judged by what was carried out last; where nothing was yet, by what is
 * declared; an item that is left alone is fine as it is, where it is there and can be read.
 */
export function foundItems(spec: ResourceSpec, inputs: object, state: Pick<State, "applied">, seen: Observation): FoundItem[] {
    return spec.declared(inputs).map((declared) => foundItem(declared, declarationOf(state, declared.item), found(declared.item, seen)));
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

/** Only the namespace's own item tells that it is missing. */
const isMissing = ({ item, namespaceMissing }: RecordedState): boolean => kindOf(item).isNamespace && namespaceMissing;

/**
 * An item that we may not read is denied. A definition that can't be read is no reason to hide what the others are: nobody but its
 * file's users can put it right.
 */
function found(item: Item, seen: Observation): Found {
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
    if (status === "compliant") return since === "" ? [] : [`${label} ${since}, and is as declared: the next up takes it into the ledger`];
    const about = kindOf(item).nameInDrift(item, label);
    if (isUnread(found)) return [found.unread === "denied" ? `${about} is denied to us` : `${about} is unreadable (${found.why})`];
    return [
        `${about} ${since === "" ? "" : `${since} and `}${kindOf(item).foundInDrift(found, describeFound(found))}, declared ${describeLive(item, carried.want)}`,
    ];
}

function strangerText({ machine: known, owner }: State, id: string, machine: string, { ledger }: Observation): string {
    if (machine !== known)
        return `another machine answers (${machine}); it was ${known}: the host was rebuilt, or the name leads elsewhere`;
    for (const { entry } of entriesOf(ledger, machine)) {
        const other = entry.owners.find((one) => one.owner === owner && one.stamp !== id);
        if (other !== undefined)
            return `the ledger names another life of this resource (${other.stamp}, since ${entry.since}), of which this state knows nothing: a replacement was killed, or an older state was imported`;
    }
    return "the ledger has no entry of this resource";
}

const undeclaredText = ({ item, wants, declared, since }: Undeclared): string =>
    declared === undefined
        ? `${describeItem(item)} is not declared, and the ledger still names this resource for it (wanted as ${wants}, since ${since}): an earlier run was killed; the next pulumi up releases it`
        : `${describeItem(item)} is declared ${describeLive(item, declared)}, and the ledger says that this resource wants ${wants}: an earlier run was killed; the next pulumi up puts that right`;
