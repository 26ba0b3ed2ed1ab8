import { canonical } from "../core/canonical";
import { sha256 } from "../core/sha256";
import type { FleetInputs, Ring } from "../resources/fleetInputs";
import type { Rollout } from "../resources/fleetOutputs";
import { sinceMs } from "../resources/since";
import { countOf, countText } from "./count";
import type { MemberRecord } from "./record";
import { EVERYBODY, type FilledRing } from "./rings";
import { silenceText } from "./silence";

/** The rollout that an update goes on with: another policy begins a new one, in which no ring is done. */
export function rolloutOf(old: Rollout | undefined, { namespaces, autorecover, checkAccess, compiler }: FleetInputs): Rollout {
    const policy = sha256(canonical({ namespaces, autorecover, checkAccess, compiler })).slice(0, 16);
    return old?.policy === policy ? old : { policy, done: {} };
}

/**
 * Why a ring may not begin yet: the one before was done too short a time ago.
 * @param before when that was (ISO 8601); undefined if there is none
 * @param now ISO 8601
 */
export function waitFor({ name, eligibleAfter }: Ring, before: string | undefined, now: string): string | undefined {
    if (eligibleAfter === undefined || before === undefined) return undefined;
    const begin = Date.parse(before) + sinceMs(eligibleAfter);
    if (Date.parse(now) >= begin) return undefined;
    return `the ring ${name} may begin ${new Date(begin).toISOString()} (eligibleAfter ${eligibleAfter}): the first pulumi up after that time begins it`;
}

/** What the order of rings needs to know of an update. */
export interface RingLimits extends Pick<FleetInputs, "maxUnreachable" | "drift"> {
    /** The hosts of the fleet that do not answer, and should. */
    readonly silent: ReadonlySet<string>;
    /** Whether such a host has failed. */
    readonly silenceFails: boolean;
}

/**
 * Why the run must stop after a ring; undefined if the next one may begin.
 * @param members of the whole fleet, after the ring
 */
export function stopsAfter(
    { ring, hosts }: FilledRing,
    members: ReadonlyMap<string, MemberRecord>,
    limits: RingLimits,
): string | undefined {
    const conditions = hosts.flatMap((name) => members.get(name)?.condition ?? []);
    const count = (...wanted: string[]) => conditions.filter((condition) => wanted.includes(condition)).length;
    const silent = limits.silenceFails ? hosts.filter((name) => limits.silent.has(name)).length : 0;
    const failed = count("failed", "denied") + silent;
    const most = countOf(ring.maxFailures ?? 0, hosts.length);
    if (failed > most)
        return `${failed} of the ${hosts.length} hosts of the ring ${ring.name} failed, and its maxFailures is ${countText(ring.maxFailures ?? 0, hosts.length)}`;
    // Drift that the program ignores is left as it is.
    const tried = conditions.length - count("exempt", ...(limits.drift === undefined ? [] : ["drifted"]));
    if (ring !== EVERYBODY && tried > 0 && count("compliant", "skipped") === 0)
        return `none of the ${tried} hosts of the ring ${ring.name} is as declared`;
    return tooManyUnreachable(limits.silent, members.size, limits);
}

/** In words; undefined if not too many of the hosts are silent. */
export function tooManyUnreachable(
    silent: ReadonlySet<string>,
    hosts: number,
    { maxUnreachable }: Pick<FleetInputs, "maxUnreachable">,
): string | undefined {
    if (maxUnreachable === undefined || silent.size <= countOf(maxUnreachable, hosts)) return undefined;
    return `${silenceText(silent, hosts)}, and maxUnreachable is ${countText(maxUnreachable, hosts)}`;
}
