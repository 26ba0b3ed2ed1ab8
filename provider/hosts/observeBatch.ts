import { READING_ROOM } from "../core/limits";
import {
    byList,
    LEDGER_ONLY,
    LISTS,
    type List,
    type Observation,
    type ObserveRequest,
    questionOf,
    type Readings,
} from "../core/wire/observation";

/** Whether an answer has room for everything that the request may return. */
export const fitsAnswer = (request: ObserveRequest): boolean =>
    LISTS.reduce((sum, list) => sum + request[list].length * questionOf(list).bytes, 0) <= READING_ROOM;

/** Requests that are sent as one. */
export interface Batch<R extends { readonly request: ObserveRequest }> {
    /** Everything that any of them asks for, once. */
    readonly merged: ObserveRequest;
    readonly members: readonly R[];
}

/**
 * Combines requests, in order. A request is never split between batches, so that its answers are from one moment, unless it is too large by
 * itself.
 */
export function batches<R extends { readonly request: ObserveRequest }>(asked: readonly R[]): Batch<R>[] {
    const packed: Batch<R>[] = [];
    for (const one of asked) {
        const last = packed.at(-1);
        const merged = last === undefined ? undefined : union(last.merged, one.request);
        if (last !== undefined && merged !== undefined && fitsAnswer(merged))
            packed[packed.length - 1] = { merged, members: [...last.members, one] };
        else packed.push({ merged: union(LEDGER_ONLY, one.request), members: [one] });
    }
    return packed;
}

/** Splits a request into several whose answers fit, in order. */
export function portions(asked: ObserveRequest): ObserveRequest[] {
    if (fitsAnswer(asked)) return [asked];
    let part = nothing();
    let room = READING_ROOM;
    const parts = [part];
    for (const list of LISTS) {
        const { bytes } = questionOf(list);
        for (let index = 0; index < asked[list].length; index += 1) {
            if (room < bytes) {
                part = nothing();
                parts.push(part);
                room = READING_ROOM;
            }
            const [from, to] = part[list];
            part[list] = [to === 0 ? index : from, index + 1];
            room -= bytes;
        }
    }
    return parts.map((part) => byList<ObserveRequest>((list) => asked[list].slice(...part[list]) as ObserveRequest[List]));
}

/** For each list, the start and the end (exclusive). */
type Parts = Record<List, [from: number, to: number]>;
const nothing = (): Parts => byList<Parts>(() => [0, 0]);

/**
 * Combines the observations of several portions. The ledger is the first one's: if an entry is still unchanged when it is written, no other
 * run of ours has changed what was read after it. With the last one's ledger, a reading could be older than the deletion of its entry.
 */
export const joined = (seen: readonly Observation[]): Observation => ({
    ...byList<Readings>((list) => seen.flatMap((one): Readings[List][number][] => one[list]) as Readings[List]),
    ledger: seen[0]?.ledger ?? [],
});

/** Whether an observation answers exactly what was asked, in the same order. */
export const answersAll = (asked: ObserveRequest, seen: Observation): boolean =>
    LISTS.every((list) => {
        const { nameOf } = questionOf(list);
        const wanted = namesIn(list, asked);
        return seen[list].length === wanted.length && seen[list].every((one, index) => nameOf(one) === wanted[index]);
    });

/** One request's part of a combined observation. All of them get the ledger. */
export const partOf = (asked: ObserveRequest, seen: Observation): Observation => ({
    ...byList<Readings>((list) => picked(namesIn(list, asked), seen[list], questionOf(list).nameOf) as Readings[List]),
    ledger: seen.ledger,
});

const union = (a: ObserveRequest, b: ObserveRequest): ObserveRequest =>
    byList((list) => {
        const { subject, nameOf } = questionOf(list);
        const named = new Map([...a[list], ...b[list]].map((one) => [nameOf(subject(one)), one]));
        return [...named.values()] as ObserveRequest[List];
    });

function namesIn(list: List, asked: ObserveRequest): string[] {
    const { subject, nameOf } = questionOf(list);
    return asked[list].map((one) => nameOf(subject(one)));
}

function picked<T>(names: readonly string[], readings: readonly T[], nameOf: (reading: T) => string): T[] {
    const byName = new Map(readings.map((reading) => [nameOf(reading), reading]));
    return names.map((name) => {
        const reading = byName.get(name);
        if (reading === undefined) throw new TypeError("an answer was split before it was checked");
        return reading;
    });
}
