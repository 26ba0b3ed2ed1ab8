import { canonical } from "../core/canonical";
import { addressOf, type Connection } from "../core/connection";
import type { Properties } from "../handlers/handler";
import type { FormerHost } from "../resources/commonOutputs";
import type { Group, HostCondition } from "../resources/fleetOutputs";
import { hostPolicy } from "../resources/hostPolicy";

/** What the state remembers about one host. */
export type MemberRecord = Omit<Group, "hosts"> & { readonly machine: string };

/** Of a host that was never reached, or is left out. */
export const withoutMachine = (condition: HostCondition, found: readonly string[] = []): MemberRecord => ({
    condition,
    ...(found.length > 0 && { found: [...found] }),
    machine: "",
});

export const recordsIn = (groups: readonly Group[]): Map<string, MemberRecord> =>
    new Map(
        groups.flatMap(({ hosts, ...common }) => Object.entries(hosts).map(([name, machine]) => [name, { ...common, machine }] as const)),
    );

/**
 * The same as the state has it: hosts that are alike share one description. Equal records give equal text, whatever happened before: in the
 * order of the hosts' names.
 */
export function grouped(records: ReadonlyMap<string, MemberRecord>): Group[] {
    const groups = new Map<string, Group>();
    for (const [name, { machine, ...common }] of [...records].sort(([a], [b]) => (a < b ? -1 : 1))) {
        const key = canonical(common);
        const group = groups.get(key) ?? { ...JSON.parse(key), hosts: {} };
        group.hosts[name] = machine;
        groups.set(key, group);
    }
    return [...groups.values()];
}

/**
 * The state of a resource for one host, as its handler wrote it.
 * @param declared the host's inputs that follow from the fleet's; undefined for a host that is no longer in it
 */
export function expanded({ inputs = {}, without = [], before = {}, more, machine }: MemberRecord, declared: Properties = {}): Properties {
    const own = Object.fromEntries(Object.entries({ ...declared, ...inputs }).filter(([name]) => !without.includes(name)));
    return { ...own, before, machine, schemaVersion: 1, ...more };
}

/** The opposite of `expanded`. The member's outputs for programs are left out. */
export function compact(
    outs: Properties,
    declared: Properties = {},
    { condition, found = [] }: { readonly condition: HostCondition; readonly found?: readonly string[] },
): MemberRecord {
    const own: Record<string, unknown> = {};
    const more: Record<string, unknown> = {};
    for (const [name, value] of Object.entries(outs)) {
        if (name in hostPolicy.inputs.shape) own[name] = value;
        else if (!NOT_MORE.has(name) && value !== undefined) more[name] = value;
    }
    const { before, machine } = outs as Pick<MemberRecord, "before" | "machine">;
    const differing = Object.entries(own).filter(([name, value]) => canonical(value) !== canonical(declared[name]));
    const without = Object.keys(declared).filter((name) => own[name] === undefined);
    return {
        condition,
        ...(found.length > 0 && { found: [...found] }),
        ...(differing.length > 0 && { inputs: Object.fromEntries(differing) }),
        ...(without.length > 0 && { without }),
        ...(before !== undefined && { before }),
        ...(Object.keys(more).length > 0 && { more }),
        machine,
    };
}

/** Fields of a member's state that have a place of their own, or can be told from the others. */
const NOT_MORE: ReadonlySet<string> = new Set(["before", "machine", "schemaVersion", "status", "events"]);

/** Whether the last operation on the host came to its end, and found or made it as declared; or it does not answer, and nothing is left to do. */
export const isSettled = ({ condition, inputs, without, more = {}, machine }: MemberRecord): boolean =>
    condition === "exempt" ||
    (machine !== "" &&
        SETTLED.has(condition) &&
        inputs === undefined &&
        without === undefined &&
        UNSETTLED.every((field) => more[field] === undefined));

/** Whether the last operation on the host failed: what the state says of it may be wrong. */
export const endedBadly = ({ condition }: MemberRecord): boolean => condition === "failed" || condition === "denied";

const SETTLED: ReadonlySet<HostCondition> = new Set(["compliant", "skipped", "unreachable"]);
const UNSETTLED = ["__applied", "incomplete", "undeclared", "unfinishedMoves", "lastOwner"] as const;

export const isAsDeclared = ({ condition }: MemberRecord): boolean => condition === "compliant" || condition === "skipped";

/** Where a host is, from its inputs or its state. */
export const connectionIn = (inputs: Properties): Connection => inputs["connection"] as Connection;

/** Whether the host is to be found where it was; else it may be another machine. */
export const staysAt = (old: Properties, inputs: Properties): boolean =>
    canonical(addressOf(connectionIn(old))) === canonical(addressOf(connectionIn(inputs)));

/** Whether a host has moved away from a machine that is not let go of yet. */
export const isMovedIn = ({ unreleased }: Properties): boolean => unreleased !== undefined;

/** Wherever the state of a host says that the fleet has entries: where the host is, and where it has moved away from. */
export const connectionsIn = (state: Properties): readonly Connection[] => [
    connectionIn(state),
    ...((state["unreleased"] as readonly FormerHost[] | undefined) ?? []).map(({ connection }) => connection),
];

/** @throws TypeError for a name that is not there, which is a bug */
export function recordOf(records: ReadonlyMap<string, MemberRecord>, name: string): MemberRecord {
    const record = records.get(name);
    if (record === undefined) throw new TypeError(`${name} has no record`);
    return record;
}
