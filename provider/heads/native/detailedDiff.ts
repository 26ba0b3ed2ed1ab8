import { isBag } from "../../core/bag";
import { propertyPath } from "../../core/text/propertyPath";
import type { Properties } from "../../handlers/handler";
import { MEMORY } from "../../resources/fleetOutputs";
import { checkedMemory } from "../../resources/rememberedFleet";

export type DifferenceKind = "add" | "delete" | "update";

/** By property path. */
export type DetailedDifference = ReadonlyMap<string, { readonly kind: DifferenceKind; readonly isOfInputs: boolean }>;

/** Each place where two bags of inputs differ. */
export function inputDifferences(olds: Properties, news: Properties): DetailedDifference {
    return new Map(differences(olds, news, []).map(({ path, kind }) => [propertyPath(path), { kind, isOfInputs: true }]));
}

/**
 * Why there is something to do although no input changed: which output says so.
 * @param olds outputs
 */
export function outputReasons(olds: Properties, owner: string): DetailedDifference {
    const isFleet = MEMORY in olds;
    const reasons = [
        ...(isFleet ? FLEET_REASONS : HOST_REASONS).filter((name) => olds[name] !== undefined),
        ...(ownerIn(olds) === owner ? [] : ["owner"]),
    ];
    // Of a host: what was last carried out is not what is declared. The state has it under a name that the engine does not show. Of a fleet:
    // some hosts are still to be done, and the counts say so.
    const named = reasons.length > 0 ? reasons : [isFleet ? "counts" : "applied"];
    return new Map(named.map((name) => [name, { kind: "update", isOfInputs: false }]));
}

const HOST_REASONS = ["undeclared", "unfinishedMoves", "incomplete"];
const FLEET_REASONS = ["drift", "haltedAt"];

/** @param olds outputs */
export const ownerIn = (olds: Properties): unknown => (MEMORY in olds ? checkedMemory(olds[MEMORY])?.inputs["owner"] : olds["owner"]);

interface Place {
    readonly path: readonly PropertyKey[];
    readonly kind: DifferenceKind;
}

function differences(old: unknown, now: unknown, path: readonly PropertyKey[]): Place[] {
    if (old === undefined || now === undefined) return old === now ? [] : [{ path, kind: old === undefined ? "add" : "delete" }];
    const [a, b] = [membersOf(old), membersOf(now)];
    if (a === undefined || b === undefined || Array.isArray(old) !== Array.isArray(now))
        return old === now ? [] : [{ path, kind: "update" }];
    return [...new Set([...a.keys(), ...b.keys()])].flatMap((key) => differences(a.get(key), b.get(key), [...path, key]));
}

/** Undefined for a value without any. */
function membersOf(value: unknown): ReadonlyMap<PropertyKey, unknown> | undefined {
    if (Array.isArray(value)) return new Map(value.entries());
    return isBag(value) ? new Map(Object.entries(value)) : undefined;
}
