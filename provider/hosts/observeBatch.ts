import { MAX_DEFINITIONS_ASKED, NOTHING_BUT_LEDGER, type Observation, type ObserveRequest } from "../core/observation";
import type { RegistryLocation } from "../core/registry";

/** As many as one request may ask for (core/observation.ts). */
const MOST: Readonly<Record<keyof ObserveRequest, number>> = {
    namespaces: 2000,
    values: 100,
    registrations: 2000,
    definitions: MAX_DEFINITIONS_ASKED,
};
const KINDS = Object.keys(MOST) as (keyof ObserveRequest)[];

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
        if (last !== undefined && merged !== undefined && KINDS.every((kind) => merged[kind].length <= MOST[kind]))
            packed[packed.length - 1] = { merged, members: [...last.members, one] };
        else packed.push({ merged: union(NOTHING_BUT_LEDGER, one.request), members: [one] });
    }
    return packed;
}

/** Whether an observation answers exactly what was asked, in the order of asking. */
export function answersAll(asked: ObserveRequest, seen: Observation): boolean {
    const same = (answered: readonly string[], wanted: readonly string[]) =>
        answered.length === wanted.length && answered.every((one, index) => one === wanted[index]);
    return (
        same(seen.namespaces.map(pathOf), asked.namespaces) &&
        same(seen.values.map(place), asked.values.map(place)) &&
        same(seen.registrations.map(pathOf), asked.registrations) &&
        same(seen.definitions.map(fileOf), asked.definitions)
    );
}

/** One member's part of what the merged request was answered. The ledger is everybody's. */
export function partOf(asked: ObserveRequest, seen: Observation): Observation {
    return {
        namespaces: picked(asked.namespaces, seen.namespaces, pathOf),
        values: picked(asked.values.map(place), seen.values, place),
        registrations: picked(asked.registrations, seen.registrations, pathOf),
        definitions: picked(asked.definitions, seen.definitions, fileOf),
        ledger: seen.ledger,
    };
}

function union(a: ObserveRequest, b: ObserveRequest): ObserveRequest {
    const values = new Map([...a.values, ...b.values].map(({ key, name }) => [place({ key, name }), { key, name }]));
    return {
        namespaces: [...new Set([...a.namespaces, ...b.namespaces])],
        values: [...values.values()],
        registrations: [...new Set([...a.registrations, ...b.registrations])],
        definitions: [...new Set([...a.definitions, ...b.definitions])],
    };
}

const place = ({ key, name }: RegistryLocation): string => `${key}\0${name}`;
const pathOf = ({ path }: { readonly path: string }): string => path;
const fileOf = ({ file }: { readonly file: string }): string => file;

function picked<T>(names: readonly string[], readings: readonly T[], nameOf: (reading: T) => string): T[] {
    const byName = new Map(readings.map((reading) => [nameOf(reading), reading]));
    return names.map((name) => {
        const reading = byName.get(name);
        if (reading === undefined) throw new TypeError("an answer was taken apart before it was checked");
        return reading;
    });
}
