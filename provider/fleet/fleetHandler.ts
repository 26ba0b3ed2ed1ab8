import { canonical } from "../core/canonical";
import { memberOwner } from "../core/ledger/memberOwner";
import type { Checked } from "../handlers/check";
import type { Difference } from "../handlers/diff";
import type { Properties, WhenUnread } from "../handlers/handler";
import { PartialFailure } from "../handlers/partialFailure";
import type { Runtime } from "../handlers/runtime";
import type { FleetInputs } from "../resources/fleetInputs";
import { checkFleet } from "./check";
import { countsOf, driftOf, pendingText } from "./findings";
import { FleetUpdate } from "./fleetUpdate";
import { hostPreview } from "./hostPreview";
import { hostIn, isExempt, memberStamp } from "./member";
import type { Members } from "./members";
import { Operation } from "./operation";
import { isNothing, planFor } from "./plan";
import { connectionIn, endedBadly, expanded, type MemberRecord, recordOf } from "./record";
import { refuseBeyondLimits } from "./refusals";
import { tooManyUnreachable } from "./ringOrder";
import { silenceFails, silenceText, silentHosts, unreachableIn } from "./silence";
import { declaredFor, type FleetState, formatFleetState, parseFleetInputs, parseFleetState } from "./state";
import { stoppedError } from "./stopped";

/**
 * The operations on a fleet: on each of its hosts, the operations of a resource for one host, a bounded number at a time.
 *
 * Every method throws a `WmisecError`, or a `PartialFailure` with the state to keep.
 */
export class FleetHandler {
    constructor(
        private readonly runtime: Runtime,
        private readonly members: Members,
    ) {}

    check(inputs: Properties, before: Properties, isUnknown: (value: unknown) => boolean): Checked {
        return checkFleet(inputs, before, isUnknown);
    }

    declares(id: string, old: Properties): void {
        const { inputs, members } = parseFleetState(old);
        for (const [name, record] of members)
            if (record.machine !== "")
                this.members.declares(memberStamp(id, name), {
                    ...record.more,
                    machine: record.machine,
                    owner: memberOwner(inputs.owner, name),
                    ...(endedBadly(record) && { incomplete: true }),
                });
    }

    /**
     * Pure. The engine swaps the roles in a refresh, so the result must not depend on which side a difference is on. A host that drifted is
     * a change although both sides say so: a refresh has absorbed it.
     */
    diff(old: Properties, news: Properties): Difference {
        const state = parseFleetState(old);
        const inputs = parseFleetInputs(news);
        if (canonical(state.inputs) !== canonical(inputs)) return {};
        return isNothing(planFor(state, state.leavesDrift ? inputs : { ...inputs, drift: undefined }, undefined)) &&
            state.outputs.haltedAt === undefined
            ? {}
            : { changes: true };
    }

    async create(raw: Properties): Promise<{ id: string; outs: Properties }> {
        const inputs = parseFleetInputs(raw);
        const id = this.runtime.newId();
        return { id, outs: await this.apply(id, undefined, inputs) };
    }

    update(id: string, rawOld: Properties, rawNews: Properties): Promise<Properties> {
        return this.apply(id, parseFleetState(rawOld), parseFleetInputs(rawNews));
    }

    private async apply(id: string, old: FleetState | undefined, inputs: FleetInputs): Promise<Properties> {
        const { runtime } = this;
        const plan = planFor(old, inputs, Date.parse(runtime.now()));
        refuseBeyondLimits(plan, inputs);
        if (!isNothing(plan) && (inputs.previewHosts === true || runtime.previewHosts))
            throw await hostPreview(id, inputs, plan, runtime, this.members);
        const { state, failure } = await new FleetUpdate(id, old, inputs, plan, runtime, this.members).run();
        if (failure === undefined) return formatFleetState(state);
        // A create that reached nobody leaves nothing to remember.
        if (old === undefined && [...state.members.values()].every(({ machine }) => machine === "")) throw failure;
        throw new PartialFailure(id, formatFleetState(state), failure);
    }

    async read(id: string, raw: Properties, whenUnread: WhenUnread = "fail"): Promise<{ outs: Properties; inputs: Properties }> {
        const { runtime } = this;
        const old = parseFleetState(raw);
        const { owner } = old.inputs;
        const records = new Map(old.members);
        const reached = [...old.members].filter(([, { machine }]) => machine !== "");
        const operation = new Operation("reading", id, old.inputs, reached.length, records, runtime, this.members);
        await operation.run(
            reached.map(([name, record]) => {
                const declared = declaredFor(old.inputs, name);
                const state = expanded(record, declared);
                return operation.job(name, connectionIn(state), (host) => host.read(record, state, declared));
            }),
        );
        if (runtime.stopping.aborted) throw stoppedError(countsOf(old.members), "nothing was changed; run again");
        this.endExemptions(old.inputs, records);
        await operation.warn(owner);
        const fails = silenceFails(old.inputs, runtime);
        const counts = countsOf(records);
        // What an update once met on the others says nothing about today: they were not asked.
        const asked = new Map(reached.map(([name]) => [name, recordOf(records, name)]));
        const silent = silentHosts(asked, old.inputs, runtime);
        const tooMany = tooManyUnreachable(silent, records.size, old.inputs) ?? (fails ? silenceText(silent, records.size) : undefined);
        const { failed, denied } = countsOf(asked);
        const unread = failed + denied;
        const why = tooMany ?? (runtime.strict && unread > 0 ? `${unread} of ${counts.hosts} hosts could not be read` : undefined);
        const failure = why === undefined ? undefined : operation.errors.combined(why, counts, "reading");
        if (failure !== undefined && whenUnread === "fail") throw failure;
        const warning = silenceText(unreachableIn(asked), records.size);
        if (warning !== undefined) await runtime.log.warn(`${warning}: their last known state was kept`, owner);
        const toDo = pendingText(records, old.outputs.haltedAt);
        if (toDo !== undefined) await runtime.log.info(toDo, owner);
        const drift = driftOf(records);
        for (const [text, hosts] of Object.entries(drift ?? {})) await runtime.log.info(`${text}: ${hosts}`, owner);
        const inputs = { ...old.inputs, drift };
        const outputs = {
            ...old.outputs,
            counts,
            drift,
            errors: operation.errors.kept,
            refusedClients: operation.refusedClients(old.outputs.refusedClients),
        };
        const leavesDrift = old.leavesDrift && canonical(drift ?? null) === canonical(old.inputs.drift ?? null);
        const read = { outs: formatFleetState({ ...old, inputs, outputs, members: records, leavesDrift }), inputs: withoutAbsent(inputs) };
        if (failure !== undefined) throw new PartialFailure(id, read.outs, failure, read.inputs);
        return read;
    }

    /** An exemption that is over is a difference: the next update changes the host. */
    private endExemptions({ hosts }: FleetInputs, records: Map<string, MemberRecord>): void {
        const now = Date.parse(this.runtime.now());
        for (const [name, record] of records) {
            const host = hostIn(hosts, name);
            if (record.condition !== "exempt" || host === undefined || isExempt(host, now)) continue;
            records.set(name, { ...record, condition: "pending", found: [`the exemption ended ${host.exemption?.until ?? ""}`.trim()] });
        }
    }

    async delete(id: string, raw: Properties): Promise<void> {
        const old = parseFleetState(raw);
        const records = new Map(old.members);
        const reached = [...old.members].filter(([, { machine }]) => machine !== "");
        const operation = new Operation("deleting", id, old.inputs, reached.length, records, this.runtime, this.members);
        await operation.run(
            reached.map(([name, record]) => {
                const state = expanded(record, declaredFor(old.inputs, name));
                return operation.job(name, connectionIn(state), (host) => host.letGo(state, old.inputs.onDelete ?? "restore", record));
            }),
        );
        await operation.warn(old.inputs.owner);
        const left = reached.filter(([name]) => records.has(name)).length;
        if (left === 0) return;
        if (this.runtime.stopping.aborted)
            throw stoppedError(
                countsOf(records),
                "the fleet stays in the state: the next pulumi destroy goes on with the hosts that are left",
            );
        const what = `${left} of ${reached.length} hosts could not be released`;
        throw operation.errors.combined(what, countsOf(records), "deleting");
    }
}

const withoutAbsent = (inputs: object): Properties => Object.fromEntries(Object.entries(inputs).filter(([, value]) => value !== undefined));
