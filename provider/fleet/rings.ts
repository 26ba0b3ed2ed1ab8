import { sha256 } from "../core/sha256";
import type { FleetInputs, Ring } from "../resources/fleetInputs";
import { hostIn } from "./member";

/** The ring of hosts that are in no ring of the program. */
const OTHERS: Ring = { name: "all other hosts" };
/** The only ring of a fleet without rings: its hosts may fail without stopping each other. */
export const EVERYBODY: Ring = { name: "all hosts", maxFailures: "100%" };

/** The rings in their order, each with its hosts. */
export interface FilledRing {
    readonly ring: Ring;
    readonly hosts: readonly string[];
}

/**
 * Each host is in the ring that it names, else in one that names it, else in one whose share its name falls into, else in the last one if
 * that has neither hosts nor a share. All others follow.
 */
export function filledRings({ hosts, rings = [] }: Pick<FleetInputs, "hosts" | "rings">): FilledRing[] {
    if (rings.length === 0) return [{ ring: EVERYBODY, hosts: Object.keys(hosts) }];
    const last = rings.at(-1);
    const takesOthers = last !== undefined && last.hosts === undefined && last.percent === undefined;
    const all = takesOthers ? rings : [...rings, OTHERS];
    const filled = all.map((ring) => ({ ring, hosts: [] as string[] }));
    const named = new Map(rings.flatMap((ring, index) => (ring.hosts ?? []).map((host) => [host, index] as const)));
    const byName = new Map(rings.map(({ name }, index) => [name, index]));
    for (const [name, { ring }] of Object.entries(hosts)) {
        const index = (ring === undefined ? undefined : byName.get(ring)) ?? named.get(name) ?? shareOf(rings, name) ?? all.length - 1;
        filled[index]?.hosts.push(name);
    }
    return filled;
}

/** The first ring whose share of a hundred the name falls into. */
function shareOf(rings: readonly Ring[], name: string): number | undefined {
    const at = (Number.parseInt(sha256(name).slice(0, 8), 16) / 0x1_0000_0000) * 100;
    let end = 0;
    const index = rings.findIndex(({ percent = 0 }) => {
        end += percent;
        return at < end;
    });
    return index < 0 ? undefined : index;
}

/** What is wrong with the rings of a program: a path in the inputs, and a sentence that goes on behind it. */
export function ringProblems({ hosts, rings = [] }: Pick<FleetInputs, "hosts" | "rings">): [path: PropertyKey[], problem: string][] {
    const problems: [PropertyKey[], string][] = [];
    const seen = new Map<string, number>();
    const places = new Map<string, string>();
    for (const [index, { name, hosts: named = [] }] of rings.entries()) {
        if (seen.has(name)) problems.push([["rings", index, "name"], "is also the name of an earlier ring"]);
        seen.set(name, index);
        for (const [place, host] of named.entries()) {
            const other = places.get(host);
            if (other !== undefined) problems.push([["rings", index, "hosts", place], `${host} is also in the ring ${other}`]);
            else if (hostIn(hosts, host) === undefined)
                problems.push([["rings", index, "hosts", place], `${host} is not a host of this fleet`]);
            places.set(host, name);
        }
    }
    // Rounded: as fractions 28.6, 35.7 and 35.7 are 100.00000000000001.
    if (Number(rings.reduce((sum, { percent = 0 }) => sum + percent, 0).toFixed(6)) > 100)
        problems.push([["rings"], "have shares of more than 100 percent together"]);
    for (const [name, { ring }] of Object.entries(hosts))
        if (ring !== undefined && !seen.has(ring)) problems.push([["hosts", name, "ring"], "is not a ring of this fleet"]);
    return problems;
}
