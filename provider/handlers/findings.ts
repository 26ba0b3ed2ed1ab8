import { isWmisecError } from "../core/errors";
import { describeLive, type Item } from "../core/item";
import { type Declaration, owns, satisfies } from "../core/ledger";
import { type Look, lookOf } from "../core/look";
import type { Observation } from "../core/observation";
import { DENIED, type Found, type FoundItem, NO_OWNER, type Outputs, type ResourceSpec, type Status } from "../resources/resource";
import { declarationOf, mirrorOf, type State } from "./state";

export interface Findings {
    /** The inputs as the host has them: what satisfies the recorded input repeats it to the letter. */
    readonly inputs: Readonly<Record<string, unknown>>;
    /** `observed`, `status` and what else the resource tells programs. */
    readonly outputs: Outputs;
    /** One line for each thing that is not as it was last carried out. */
    readonly drift: readonly string[];
}

/**
 * What an observation means for a resource. Pure.
 * @throws WmisecError for an item whose reading failed for another reason than denial: unknown is not drift.
 */
export function findings(spec: ResourceSpec, id: string, old: State, machine: string, seen: Observation): Findings {
    const declared = spec.declared(old.inputs);
    const found = declared.map(({ item }) => lookOrDenied(item, seen));
    const live = declared.map(({ wish }, index) => {
        const one = found[index] ?? DENIED;
        return typeof wish !== "string" && one !== DENIED && satisfies(wish, one) ? undefined : spec.asInput(one);
    });
    const ours = found.every((one) => {
        if (one === DENIED || declarationOf(old, one.item) === undefined) return true;
        return machine === old.machine && owns({ owner: old.inputs.owner, stamp: id, machine }, one);
    });
    const items = foundItems(spec, old.inputs, old, found);
    const inputs = { ...mirrorOf(spec, old.stored), ...spec.fromLive(old.inputs, live), ...(ours ? {} : { owner: NO_OWNER }) };
    const drift = declared.flatMap(({ item }, index) => driftOf(items[index], declarationOf(old, item)));
    return { inputs, outputs: spec.outputs(old.inputs, items), drift: ours ? drift : [...drift, strangerText(old, machine)] };
}

/**
 * Each item with what programs are told of it. Judged by what was carried out last; where nothing was yet, by what is
 * declared; an item that is left alone is fine as it is, where it is there and can be read.
 */
export function foundItems(spec: ResourceSpec, inputs: object, state: Pick<State, "applied">, found: readonly Found[]): FoundItem[] {
    return spec.declared(inputs).map(({ label, item, wish }, index) => {
        const one = found[index] ?? DENIED;
        if (one === DENIED) return { label, live: DENIED, status: DENIED };
        const declaration = declarationOf(state, item) ?? (typeof wish === "string" ? undefined : wish);
        return { label, live: one.differs ? "contradictory" : one.live, status: statusOf(declaration, one) };
    });
}

function statusOf(declaration: Declaration | undefined, found: Look): Status {
    if (declaration !== undefined && satisfies(declaration, found)) return "compliant";
    if (found.live === "missing") return "missing";
    return declaration === undefined ? "compliant" : "drifted";
}

export function lookOrDenied(item: Item, seen: Observation): Found {
    try {
        return lookOf(item, seen);
    } catch (error) {
        if (isWmisecError(error) && error.code === "denied") return DENIED;
        throw error;
    }
}

const describeFound = (live: FoundItem["live"]): string =>
    live === "denied" ? "denied to us" : live === "contradictory" ? "contradictory (parent and singleton disagree)" : describeLive(live);

function driftOf(found: FoundItem | undefined, carried: Declaration | undefined): string[] {
    if (found === undefined || carried === undefined || found.status === "compliant") return [];
    return [`${found.label} is ${describeFound(found.live)}, declared ${describeLive(carried.want)}`];
}

const strangerText = (old: State, machine: string): string =>
    machine === old.machine
        ? "the ledger has no entry of this resource"
        : `another machine answers (${machine}); it was ${old.machine}: the host was rebuilt, or the name leads elsewhere`;
