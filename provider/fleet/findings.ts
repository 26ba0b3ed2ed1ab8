import { listed } from "../core/text/listed";
import { type FleetOutputs, HOST_CONDITIONS, type HostCondition } from "../resources/fleetOutputs";
import type { MemberRecord } from "./record";

/** Differences that are shown: a screenful. */
const MOST_DIFFERENCES = 20;

export type Counts = Readonly<Record<HostCondition | "hosts", number>>;

/** How many hosts are in which condition. */
export function countsOf(members: ReadonlyMap<string, MemberRecord>): Counts {
    const counts = Object.fromEntries(HOST_CONDITIONS.map((condition) => [condition, 0])) as Record<HostCondition, number>;
    for (const { condition } of members.values()) counts[condition]++;
    return { hosts: members.size, ...counts };
}

/** What was found on which hosts, the most frequent first; undefined if nothing was. */
export function driftOf(members: ReadonlyMap<string, MemberRecord>): Record<string, string> | undefined {
    const found = new Map<string, string[]>();
    for (const [name, { found: texts = [] }] of members)
        for (const text of texts) {
            const hosts = found.get(text);
            if (hosts === undefined) found.set(text, [name]);
            else hosts.push(name);
        }
    if (found.size === 0) return undefined;
    const sorted = [...found].sort(([, a], [, b]) => b.length - a.length);
    const shown = sorted.slice(0, MOST_DIFFERENCES).map(([text, hosts]) => [text, listed(hosts.sort())]);
    const rest = new Set(sorted.slice(MOST_DIFFERENCES).flatMap(([, hosts]) => hosts));
    const more = sorted.length - MOST_DIFFERENCES;
    return Object.fromEntries(more > 0 ? [...shown, [`and ${more} other differences`, `on ${rest.size} hosts`]] : shown);
}

/** Why a gate finds a change although no host differs; undefined if no host waits. */
export function pendingText(members: ReadonlyMap<string, MemberRecord>, haltedAt: FleetOutputs["haltedAt"]): string | undefined {
    const waiting = [...members].flatMap(([name, { condition, found }]) => (condition === "pending" && found === undefined ? [name] : []));
    if (waiting.length === 0) return undefined;
    const why = haltedAt === undefined ? "" : `; the last update stopped before the ring ${haltedAt.ring}: ${haltedAt.why}`;
    return `${numberText(waiting.length)} of ${numberText(members.size)} hosts are still to be done (${listed(waiting.sort())})${why}`;
}

/** `9,980 of 10,000 hosts as declared, 12 drifted, 8 unreachable`. */
export function countsText({ hosts, compliant, skipped, ...others }: Counts): string {
    const rest = HOST_CONDITIONS.flatMap((condition) => {
        const count = condition === "compliant" || condition === "skipped" ? 0 : others[condition];
        return count > 0 ? [`${numberText(count)} ${condition}`] : [];
    });
    return [`${numberText(compliant + skipped)} of ${numberText(hosts)} hosts as declared`, ...rest].join(", ");
}

const numberText = (count: number): string => String(count).replace(/\B(?=(\d{3})+$)/g, ",");
