import { READING_BYTES, READING_ROOM } from "../core/limits";
import type { RegistryLocation } from "../core/registry";
import { NOTHING_BUT_LEDGER, type Observation, type ObserveRequest } from "../core/wire/observation";

const KINDS = Object.keys(READING_BYTES) as (keyof typeof READING_BYTES)[];

/** Whether the answer has room for whatever may be told of all that is asked. */
export const fitsAnswer = (request: ObserveRequest): boolean =>
    KINDS.reduce((sum, kind) => sum + request[kind].length * READING_BYTES[kind], 0) <= READING_ROOM;

/** Requests that travel as one. */
export interface Batch<R extends { readonly request: ObserveRequest }> {
    /** Everything that any of them asks for, once. */
    readonly merged: ObserveRequest;
    readonly members: readonly R[];
}

/** Packs requests together, in their order; each whole, so that its answers are of one moment, unless it is too large by itself. */
export function batches<R extends { readonly request: ObserveRequest }>(asked: readonly R[]): Batch<R>[] {
    const packed: Batch<R>[] = [];
    for (const one of asked) {
        const last = packed.at(-1);
        const merged = last === undefined ? undefined : union(last.merged, one.request);
        if (last !== undefined && merged !== undefined && fitsAnswer(merged))
            packed[packed.length - 1] = { merged, members: [...last.members, one] };
        else packed.push({ merged: union(NOTHING_BUT_LEDGER, one.request), members: [one] });
    }
    return packed;
}

/** A look as several, each with room in an answer; in the order of asking. */
export function portions(asked: ObserveRequest): ObserveRequest[] {
    if (fitsAnswer(asked)) return [asked];
    let part = nothing();
    let room = READING_ROOM;
    const parts = [part];
    for (const kind of KINDS) {
        for (let index = 0; index < asked[kind].length; index += 1) {
            if (room < READING_BYTES[kind]) {
                part = nothing();
                parts.push(part);
                room = READING_ROOM;
            }
            const [from, to] = part[kind];
            part[kind] = [to === 0 ? index : from, index + 1];
            room -= READING_BYTES[kind];
        }
    }
    return parts.map(({ namespaces, values, registrations, definitions }) => ({
        namespaces: asked.namespaces.slice(...namespaces),
        values: asked.values.slice(...values),
        registrations: asked.registrations.slice(...registrations),
        definitions: asked.definitions.slice(...definitions),
    }));
}

/** Of each kind, from which to before which. */
type Parts = Record<keyof typeof READING_BYTES, [from: number, to: number]>;
const nothing = (): Parts => ({ namespaces: [0, 0], values: [0, 0], registrations: [0, 0], definitions: [0, 0] });

/**
 * What the portions of a look were answered, as one. The ledger is the first one's: where an entry is unchanged when it is written,
 * nobody of us has changed what was read behind it. With the last one's a reading may be older than the entry that is missing now.
 */
export const joined = (seen: readonly Observation[]): Observation => ({
    namespaces: seen.flatMap(({ namespaces }) => namespaces),
    values: seen.flatMap(({ values }) => values),
    registrations: seen.flatMap(({ registrations }) => registrations),
    definitions: seen.flatMap(({ definitions }) => definitions),
    ledger: seen[0]?.ledger ?? [],
});

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
