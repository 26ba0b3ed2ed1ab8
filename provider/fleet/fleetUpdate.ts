import { canonical } from "../core/canonical";
import { addressOf } from "../core/connection";
import type { WmisecError } from "../core/errors";
import { listed } from "../core/text/listed";
import type { Properties } from "../handlers/handler";
import type { Runtime } from "../handlers/runtime";
import type { FleetInputs } from "../resources/fleetInputs";
import type { FleetOutputs, Rollout } from "../resources/fleetOutputs";
import { countsOf } from "./findings";
import { onLeaving } from "./leaving";
import type { Members } from "./members";
import { Operation } from "./operation";
import type { FleetPlan } from "./plan";
import { compact, connectionIn, connectionsIn, expanded, isAsDeclared, isMovedIn, type MemberRecord, recordOf, staysAt } from "./record";
import { rolloutOf, stopsAfter, waitFor } from "./ringOrder";
import { filledRings } from "./rings";
import { silenceFails, silenceText, silentHosts, unreachableIn } from "./silence";
import { declaredFor, type FleetState } from "./state";
import { stoppedError } from "./stopped";

/** An update or create of a fleet: ring by ring, then those who leave. */
export class FleetUpdate {
    private readonly records: Map<string, MemberRecord>;
    private readonly operation: Operation;
    private readonly done: Map<string, string>;
    private readonly rollout: Rollout;
    private haltedAt: FleetOutputs["haltedAt"];
    /** Why the run must fail although single hosts may not have failed. */
    private failure: string | undefined;

    constructor(
        id: string,
        private readonly old: FleetState | undefined,
        private readonly news: FleetInputs,
        private readonly plan: FleetPlan,
        private readonly runtime: Runtime,
        members: Members,
    ) {
        this.records = new Map(plan.members);
        this.operation = new Operation("updating", id, news, plan.tasks.size + plan.leavers.size, this.records, runtime, members);
        this.rollout = rolloutOf(old?.rollout, news);
        this.done = new Map(Object.entries(this.rollout.done));
    }

    /** @returns the state to keep, and why the update fails; undefined if it does not */
    async run(): Promise<{ readonly state: FleetState; readonly failure: WmisecError | undefined }> {
        await this.runRings();
        await this.letGo();
        const { news, operation } = this;
        await operation.warn(news.owner);
        const silent = silenceText(unreachableIn(this.records), this.records.size);
        if (silent !== undefined && !silenceFails(news, this.runtime))
            await this.runtime.log.warn(`${silent}: the next pulumi up does what is still to be done there`, news.owner);
        if (this.haltedAt !== undefined && this.failure === undefined)
            await this.runtime.log.warn(`stopped between two rings: ${this.haltedAt.why}`, news.owner);
        const state: FleetState = {
            inputs: news,
            outputs: {
                counts: countsOf(this.records),
                errors: operation.errors.kept,
                drift: news.drift,
                haltedAt: this.haltedAt,
                refusedClients: operation.refusedClients(this.old?.outputs.refusedClients),
            },
            members: this.records,
            rollout: { ...this.rollout, done: Object.fromEntries(this.done) },
            leavesDrift: news.drift !== undefined,
        };
        return { state, failure: this.failed() };
    }

    private async runRings(): Promise<void> {
        const { news, plan, records } = this;
        const limits = { ...news, silenceFails: silenceFails(news, this.runtime) };
        const rings = filledRings(news);
        let before: string | undefined;
        for (const [index, filled] of rings.entries()) {
            const { ring, hosts } = filled;
            const due = hosts.flatMap((name) => {
                const task = plan.tasks.get(name);
                return task === undefined ? [] : [{ name, task }];
            });
            const wait = due.length > 0 && !this.done.has(ring.name) ? waitFor(ring, before, this.runtime.now()) : undefined;
            if (wait !== undefined) {
                this.haltedAt = { ring: ring.name, why: wait };
                return;
            }
            await this.operation.run(
                due.map(({ name, task }) =>
                    this.operation.job(name, connectionIn(task.inputs), (host) => host.make(task, recordOf(records, name))),
                ),
            );
            if (this.runtime.stopping.aborted) return;
            const why = stopsAfter(filled, records, { ...limits, silent: silentHosts(records, news, this.runtime) });
            if (why !== undefined) {
                this.failure = why;
                const next = rings.slice(index + 1).find((one) => one.hosts.some((name) => plan.tasks.has(name)));
                if (next !== undefined) this.haltedAt = { ring: next.ring.name, why };
                return;
            }
            if (hosts.length > 0) {
                before = this.done.get(ring.name) ?? this.runtime.now();
                this.done.set(ring.name, before);
            }
        }
    }

    /**
     * Lets go of hosts that leave, and of machines that hosts have moved away from. Only after all others: a host may have a new name in the
     * program, or two may have changed places, and a machine must be taken over under its new name before it is let go under the old one.
     */
    private async letGo(): Promise<void> {
        const { plan, records, news } = this;
        const onDelete = onLeaving(news);
        const isHalted = this.haltedAt !== undefined || this.failure !== undefined;
        const mayNot = this.runtime.stopping.aborted || (isHalted && onDelete === "restore");
        const notDone = this.addressesNotDone();
        const newcomers = onDelete === "restore" ? this.newcomersNotDone() : [];
        const waits = (state: Properties) =>
            mayNot || newcomers.length > 0 || connectionsIn(state).some((one) => notDone.has(canonical(addressOf(one))));
        const moved = this.moved();
        const leaving = [...moved.map(({ name }) => name), ...plan.leavers.keys()];
        if (newcomers.length > 0 && leaving.length > 0 && !mayNot)
            await this.runtime.log.warn(
                `${listed(leaving)}: not restored yet. ${listed(newcomers)} could not be done, and may be another name of the same machine: the next pulumi up tries both again`,
                news.owner,
            );
        for (const { name, state, inputs } of moved) records.set(name, compact(state, inputs, { condition: "pending" }));
        for (const [name, { old }] of plan.leavers) records.set(name, compact(old, declaredFor(news, name), { condition: "pending" }));
        await this.operation.run([
            ...moved.flatMap(({ name, state, task }) =>
                waits(state)
                    ? []
                    : this.operation.job(name, connectionIn(state), (host) =>
                          host.finishMove(task, state, onDelete, recordOf(records, name)),
                      ),
            ),
            ...[...plan.leavers].flatMap(([name, { old, becomesExempt }]) => {
                if (waits(old)) return [];
                const exempt = becomesExempt ? plan.members.get(name) : undefined;
                return this.operation.job(name, connectionIn(old), async (host) => {
                    const outcome = await host.letGo(old, onDelete, recordOf(records, name));
                    return outcome.error === undefined ? { ...outcome, record: exempt } : outcome;
                });
            }),
        ]);
    }

    /** The hosts that were made as declared at a new address, with the state that lists the machines behind them. */
    private moved() {
        return [...this.plan.tasks].flatMap(([name, task]) => {
            const record = recordOf(this.records, name);
            const isDone = isAsDeclared(record) && isMovedIn(record.more ?? {});
            return isDone ? [{ name, task, inputs: task.inputs, state: expanded(record, task.inputs) }] : [];
        });
    }

    /**
     * Hosts that are new, or at a new address, and could not be made as declared. Each may be a machine that leaves under another name, such as `web` and
     * `web.contoso.test`: that can't be known before it has answered.
     */
    private newcomersNotDone(): string[] {
        return [...this.plan.tasks].flatMap(([name, { old, inputs }]) => {
            const isNew = old === undefined || !staysAt(old, inputs);
            return isNew && !isAsDeclared(recordOf(this.records, name)) ? [name] : [];
        });
    }

    /** Where hosts are that could not be made as declared. */
    private addressesNotDone(): ReadonlySet<string> {
        return new Set(
            [...this.plan.tasks].flatMap(([name, { inputs }]) => {
                return isAsDeclared(recordOf(this.records, name)) ? [] : [canonical(addressOf(connectionIn(inputs)))];
            }),
        );
    }

    private failed(): WmisecError | undefined {
        const { news, records, operation } = this;
        const counts = countsOf(records);
        if (this.runtime.stopping.aborted) return stoppedError(counts, "what was done is recorded: the next pulumi up does the rest");
        const isCreate = this.old === undefined;
        const silence = silenceFails(news, this.runtime) ? silentHosts(records, news, this.runtime).size : 0;
        const failed = counts.failed + counts.denied + silence;
        const nobody = isCreate && counts.hosts > 0 && counts.unreachable === counts.hosts ? "no host of the fleet answers" : undefined;
        const why = this.failure ?? nobody ?? (failed > 0 ? `${failed} of ${counts.hosts} hosts failed` : undefined);
        if (why === undefined) return undefined;
        const halted = this.haltedAt === undefined ? "" : `; stopped before the ring ${this.haltedAt.ring}`;
        return operation.errors.combined(`${why}${halted}`, counts, "updating");
    }
}
