import type { Observation, ObserveRequest } from "../core/observation";
import type { RegistryLocation } from "../core/registry";

/** As many as one request may ask for (core/observation.ts). */
const MAX_NAMESPACES = 2000;
const MAX_VALUES = 100;

/** Requests that travel as one. */
export interface Batch<R extends { readonly request: ObserveRequest }> {
    /** Everything that any of them asks for, once. */
    readonly merged: ObserveRequest;
    readonly members: readonly R[];
}

/** Packs requests together, in their order; each whole, so that its answers are of one moment. */
export function batches<R extends { readonly request: ObserveRequest }>(asked: readonly R[]): Batch<R>[] {
    const packed: Batch<R>[] = [];
    for (const one of asked) {
        const last = packed.at(-1);
        const merged = last === undefined ? undefined : union(last.merged, one.request);
        if (last !== undefined && merged !== undefined && merged.namespaces.length <= MAX_NAMESPACES && merged.values.length <= MAX_VALUES)
            packed[packed.length - 1] = { merged, members: [...last.members, one] };
        else packed.push({ merged: union({ namespaces: [], values: [] }, one.request), members: [one] });
    }
    return packed;
}

/** Whether an observation answers exactly what was asked, in the order of asking. */
export function answersAll({ namespaces, values }: ObserveRequest, seen: Observation): boolean {
    return (
        seen.namespaces.length === namespaces.length &&
        seen.namespaces.every(({ path }, index) => path === namespaces[index]) &&
        seen.values.length === values.length &&
        seen.values.every(({ key, name }, index) => key === values[index]?.key && name === values[index]?.name)
    );
}

/** One member's part of what the merged request was answered. The ledger is everybody's. */
export function partOf({ namespaces, values }: ObserveRequest, seen: Observation): Observation {
    const byPath = new Map(seen.namespaces.map((reading) => [reading.path, reading]));
    const byPlace = new Map(seen.values.map((reading) => [place(reading), reading]));
    return {
        namespaces: namespaces.map((path) => known(byPath.get(path))),
        values: values.map((at) => known(byPlace.get(place(at)))),
        ledger: seen.ledger,
    };
}

function union(a: ObserveRequest, b: ObserveRequest): ObserveRequest {
    const values = new Map([...a.values, ...b.values].map(({ key, name }) => [place({ key, name }), { key, name }]));
    return { namespaces: [...new Set([...a.namespaces, ...b.namespaces])], values: [...values.values()] };
}

const place = ({ key, name }: RegistryLocation): string => `${key}\0${name}`;

function known<T>(reading: T | undefined): T {
    if (reading === undefined) throw new TypeError("an answer was taken apart before it was checked");
    return reading;
}
