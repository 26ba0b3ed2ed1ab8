import { z } from "zod";
import { canonical } from "../core/canonical";
import { connectionSchema } from "../core/connection";
import { type Checked, check, type Failure, holdsUnknown } from "../handlers/check";
import type { Properties } from "../handlers/handler";
import { fleetEncryptionPolicy } from "../resources/fleetEncryptionPolicy";
import { type FleetHost, type FleetInputs, fleetInputs } from "../resources/fleetInputs";
import { hostPolicy } from "../resources/hostPolicy";
import { memberInputs } from "./member";
import { hostLoss } from "./refusals";
import { ringProblems } from "./rings";

/** Failures that are told one by one. */
const MOST_TOLD = 20;

/**
 * As `check` for one host, for each host of the fleet: what its connection and policy come to together. Values that are not known yet are
 * looked at in the update.
 * @param before the inputs of the state; empty for a create
 */
export function checkFleet(inputs: Properties, before: Properties, isUnknown: (value: unknown) => boolean): Checked {
    const ofShape = check(fleetEncryptionPolicy, inputs, isUnknown);
    if (ofShape.failures.length > 0 || holdsUnknown(inputs, isUnknown)) return { inputs, failures: atMost(ofShape.failures) };
    const fleet = fleetInputs.parse(inputs);
    const lost = hostLoss(Object.keys(hostsIn(before)), fleet);
    return {
        inputs,
        failures: atMost([
            ...(lost === undefined ? [] : [{ path: ["hosts"], reason: lost }]),
            ...ringProblems(fleet).map(([path, reason]) => ({ path, reason })),
            ...hostFailures(fleet),
        ]),
    };
}

const hostsIn = ({ hosts }: Properties): object => (typeof hosts === "object" && hosts !== null ? hosts : {});

/** A mistake in what the hosts share is told once, with the number of hosts that it concerns. */
function hostFailures(fleet: FleetInputs): Failure[] {
    const told = new Map<string, Failure & { hosts: number }>();
    const tell = (name: string, host: FleetHost, { path, reason }: Failure, hosts: number) => {
        const where = isOwn(host, path) ? ["hosts", name, ...path] : path;
        const key = JSON.stringify([where, reason]);
        told.set(key, { path: where, reason, hosts: (told.get(key)?.hosts ?? 0) + hosts });
    };
    for (const group of alike(fleet.hosts)) {
        // The policy is looked at once, for the host with the longest name: a ledger has least room for its entries.
        const [longest = ""] = [...group].sort((a, b) => b.length - a.length);
        for (const name of group) {
            const host = fleet.hosts[name] ?? {};
            const inputs = memberInputs(fleet, name, host);
            const failures = name === longest ? check(hostPolicy, inputs, () => false).failures : connectionFailures(inputs);
            for (const failure of failures) tell(name, host, failure, failure.path[0] === "connection" ? 1 : group.length);
            if (name === longest && declaresNothing(inputs)) tell(name, host, NOTHING, group.length);
        }
    }
    return [...told.values()].map(({ hosts, path, reason }) => ({ path, reason: hosts > 1 ? `${reason} (${hosts} hosts)` : reason }));
}

/** Names of hosts with the same policy of their own. */
function alike(hosts: FleetInputs["hosts"]): Iterable<readonly string[]> {
    const groups = new Map<string, string[]>();
    for (const [name, { namespaces, checkAccess }] of Object.entries(hosts)) {
        const key = canonical([namespaces ?? null, checkAccess ?? null]);
        const group = groups.get(key);
        if (group === undefined) groups.set(key, [name]);
        else group.push(name);
    }
    return groups.values();
}

const connectionFailures = ({ connection }: Properties): readonly Failure[] => check(CONNECTION, { connection }, () => false).failures;
const CONNECTION = { inputs: z.object({ connection: connectionSchema }) };

const NOTHING: Failure = { path: [], reason: "declares nothing: give it namespaces or checkAccess, or each host its own" };

const declaresNothing = ({ namespaces, checkAccess }: Properties): boolean =>
    checkAccess === undefined && Object.keys(namespaces ?? {}).length === 0;

/** Whether the value at that path is the host's own, not the fleet's. */
function isOwn(host: FleetHost, [first, second]: readonly PropertyKey[]): boolean {
    const outer: unknown = first === undefined ? undefined : Reflect.get(host, first);
    if (second === undefined || typeof outer !== "object" || outer === null) return outer !== undefined;
    return Reflect.get(outer, second) !== undefined;
}

function atMost(failures: readonly Failure[]): readonly Failure[] {
    const more = failures.length - MOST_TOLD;
    return more <= 0 ? failures : [...failures.slice(0, MOST_TOLD), { path: [], reason: `and ${more} more mistakes of this kind` }];
}
