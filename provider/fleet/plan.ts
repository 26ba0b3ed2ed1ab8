import { canonical } from "../core/canonical";
import type { Properties } from "../handlers/handler";
import type { FleetInputs } from "../resources/fleetInputs";
import type { HostCondition } from "../resources/fleetOutputs";
import { hostIn, isExempt, memberInputs } from "./member";
import { compact, expanded, isSettled, type MemberRecord, withoutMachine } from "./record";
import { declaredFor, type FleetState } from "./state";

/** A host that is to be made as declared. */
export interface Task {
    /** What the fleet declares for it now. */
    readonly inputs: Properties;
    /**
     * The state after its last create or update; undefined for a host that was never reached. Incomplete if the last operation failed there,
     * a read too: else an update whose inputs are the old ones would not ask the host, and take it for compliant.
     */
    readonly old: Properties | undefined;
    /** What is known about the host if it need not be asked, because only settings change that concern no item. */
    readonly condition: HostCondition;
}

/** A host whose owner is to be taken out of its ledger. */
export interface Leaver {
    readonly old: Properties;
    /** It stays in the fleet, and is left out until its exemption ends. */
    readonly becomesExempt: boolean;
}

/** What an update has to do, by host. */
export interface FleetPlan {
    readonly tasks: ReadonlyMap<string, Task>;
    readonly leavers: ReadonlyMap<string, Leaver>;
    /** What is known about each host of the fleet if nothing is done: hosts that are to be made as declared are pending. */
    readonly members: ReadonlyMap<string, MemberRecord>;
}

/**
 * Pure.
 * @param old undefined for a create
 * @param now milliseconds since 1970; undefined if only the state is to say who is exempt
 */
export function planFor(old: FleetState | undefined, news: FleetInputs, now: number | undefined): FleetPlan {
    const tasks = new Map<string, Task>();
    const leavers = new Map<string, Leaver>();
    const members = new Map<string, MemberRecord>();
    const isSame = sameness(old?.inputs, news);
    for (const [name, host] of Object.entries(news.hosts)) {
        const record = old?.members.get(name);
        if (record !== undefined && host.exemption === undefined && isLeft(record, news) && isSame(name)) {
            members.set(name, record);
            continue;
        }
        const inputs = memberInputs(news, name, host);
        const before = old && declaredFor(old.inputs, name);
        const state = record === undefined || record.machine === "" ? undefined : expanded(record, before);
        if (now === undefined ? wasExempt(old, name, news, record) : isExempt(host, now)) {
            if (state !== undefined) leavers.set(name, { old: state, becomesExempt: true });
            members.set(name, withoutMachine("exempt"));
        } else if (record !== undefined && isLeft(record, news) && canonical(before) === canonical(inputs)) {
            // Something that is the fleet's alone has changed: its rings, its limits, another host.
            members.set(name, record);
        } else {
            tasks.set(name, {
                inputs,
                // What the last operation left unclear is looked at, even if the inputs are the same.
                old: record === undefined || isSettled(record) || state === undefined ? state : { ...state, incomplete: true },
                condition: record?.condition ?? "pending",
            });
            members.set(name, state === undefined ? withoutMachine("pending") : compact(state, inputs, { condition: "pending" }));
        }
    }
    for (const [name, record] of old?.members ?? [])
        if (hostIn(news.hosts, name) === undefined && record.machine !== "")
            leavers.set(name, { old: expanded(record, old && declaredFor(old.inputs, name)), becomesExempt: false });
    return { tasks, leavers, members };
}

/** Tells whether nothing changed that may concern a host. */
function sameness(old: FleetInputs | undefined, news: FleetInputs): (name: string) => boolean {
    const shared = ({ hosts: _, ...rest }: FleetInputs) => canonical(rest);
    if (old === undefined || shared(old) !== shared(news)) return () => false;
    return (name) => canonical(old.hosts[name]) === canonical(news.hosts[name]);
}

/** `drift` among the inputs of a program comes from `ignoreChanges`. */
const isLeft = (record: MemberRecord, { drift }: FleetInputs): boolean =>
    (record.condition === "drifted" && drift !== undefined) || (record.condition !== "exempt" && isSettled(record));

/** Without a clock: the last operation decided, as long as the exemption is the same. */
function wasExempt(old: FleetState | undefined, name: string, news: FleetInputs, record: MemberRecord | undefined): boolean {
    const { exemption } = hostIn(news.hosts, name) ?? {};
    if (exemption === undefined) return false;
    const isSame = canonical(hostIn(old?.inputs.hosts ?? {}, name)?.exemption ?? null) === canonical(exemption);
    return !isSame || record?.condition === "exempt";
}

/** Whether an update would do anything on a host. */
export const isNothing = ({ tasks, leavers }: FleetPlan): boolean => tasks.size === 0 && leavers.size === 0;
