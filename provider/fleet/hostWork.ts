import type { Connection } from "../core/connection";
import { isWmisecError, WmisecError } from "../core/errors";
import { type Condition, conditionAfter, conditionOf } from "../handlers/condition";
import type { Properties } from "../handlers/handler";
import { asError } from "../handlers/naming";
import { PartialFailure } from "../handlers/partialFailure";
import type { Runtime } from "../handlers/runtime";
import type { OnDelete } from "../reconcile";
import type { HostCondition } from "../resources/fleetOutputs";
import { hostPolicy } from "../resources/hostPolicy";
import type { Gathered } from "./gathered";
import { memberStamp } from "./member";
import type { MemberHandler, Members } from "./members";
import type { Task } from "./plan";
import { compact, isAsDeclared, isMovedIn, type MemberRecord } from "./record";
import type { Job } from "./scheduler";

/** How work on a host ended. */
export interface Outcome {
    /** Undefined for a host that has left. */
    readonly record: MemberRecord | undefined;
    /** Undefined if nothing went wrong. A host that does not answer is an error, too. */
    readonly error?: Error;
    /** What the host's event log says, where the program asks for it. */
    readonly events?: unknown;
}

/** The condition in the terms of fleets. `unfinished`: something is still to be done, which the next run does. */
const CONDITIONS: Readonly<Record<Condition, HostCondition>> = {
    asDeclared: "compliant",
    drifted: "drifted",
    denied: "denied",
    unfinished: "pending",
    unreachable: "unreachable",
    deferred: "unreachable",
    failed: "failed",
};

/** What one operation of a fleet does on one host, by the handler of resources for one host. */
export class HostWork {
    private writing = false;
    private readonly handler: MemberHandler;
    private readonly stamp: string;

    /**
     * @param fleetId the fleet's id
     * @param name the host's, in the fleet
     * @param connection where to the host's session leads: it is ended when the work is done
     */
    constructor(
        fleetId: string,
        private readonly name: string,
        private readonly connection: Connection,
        private readonly runtime: Runtime,
        members: Members,
        gathered: Gathered,
    ) {
        this.stamp = memberStamp(fleetId, name);
        this.handler = members.handler({
            ...runtime,
            newId: () => this.stamp,
            beforeWrite: async () => {
                if (runtime.stopping.aborted) throw new WmisecError("cancelled", "stopped before a write began", { remedy: "run again" });
                await runtime.beforeWrite();
                this.writing = true;
            },
            log: gathered.logOf(name),
        });
    }

    /**
     * Makes the host as declared. A machine that it moves away from is let go of by `finishMove`, when all hosts of the fleet are where they
     * belong: one of them may be moving there. Never rejects.
     * @param pending its record if nothing is done
     */
    make({ inputs, old, condition }: Task, pending: MemberRecord): Promise<Outcome> {
        return this.made(inputs, pending, async () => {
            if (old === undefined) return this.done((await this.handler.create(inputs)).outs, inputs);
            const outs = await this.handler.update(this.stamp, old, inputs, "later");
            const isMoved = isMovedIn(outs);
            return this.done(isMoved ? { ...outs, incomplete: undefined } : outs, inputs, {
                unasked: condition,
                ...(isMoved && { kept: outs }),
            });
        });
    }

    /** Lets go of the machines that the host has moved away from. Never rejects. @param pending its record if that fails */
    finishMove({ inputs, condition }: Task, state: Properties, onDelete: OnDelete, pending: MemberRecord): Promise<Outcome> {
        return this.made(inputs, pending, async () =>
            this.done(await this.handler.update(this.stamp, state, inputs, onDelete), inputs, { unasked: condition }),
        );
    }

    private async made(inputs: Properties, pending: MemberRecord, work: () => Promise<Outcome>): Promise<Outcome> {
        try {
            return await work();
        } catch (error) {
            const failure = error instanceof PartialFailure ? error.failure : asError(error);
            const after = conditionOfFailure(failure);
            // A host that was off is no failure. One that stopped answering in the middle of a write is: the write may be why.
            const condition = after === "unreachable" && this.writing ? "failed" : after;
            const record =
                error instanceof PartialFailure ? compact(error.properties, inputs, { condition }) : withCondition(pending, condition);
            return { record, error: failure };
        }
    }

    /** Reads the host. Never rejects. */
    async read(record: MemberRecord, state: Properties, declared: Properties | undefined): Promise<Outcome> {
        try {
            const { outs, inputs, drift } = await this.handler.read(this.stamp, state);
            const outcome = this.done({ ...outs, ...inputs }, declared, { found: drift });
            // What an update has still to do there is not done because the host is as the last one left it.
            const waits = record.condition === "pending" && outcome.record !== undefined && isAsDeclared(outcome.record);
            return waits ? { ...outcome, record: { ...outcome.record, condition: "pending" } } : outcome;
        } catch (error) {
            const failure = asError(error);
            const condition = conditionOfFailure(failure);
            // The run was stopped, which says nothing about the host.
            if (condition === "pending") return { record, error: failure };
            const found = condition === "unreachable" ? [] : [`could not be read: ${briefText(failure)}`];
            return { record: { ...withCondition(record, condition), ...(found.length > 0 && { found }) }, error: failure };
        }
    }

    /** Takes the fleet out of the host's ledger. Never rejects. @param kept its record if that fails */
    async letGo(state: Properties, onDelete: OnDelete, kept: MemberRecord): Promise<Outcome> {
        try {
            await this.handler.delete(this.stamp, state, onDelete);
            return { record: undefined };
        } catch (error) {
            const failure = asError(error);
            const record = withCondition(kept, conditionOfFailure(failure));
            // Perhaps its ledger names the fleet no more. If the host comes back, it must be asked.
            return { record: { ...record, more: { ...record.more, incomplete: true } }, error: failure };
        }
    }

    /** @param end what becomes of the outcome */
    job(work: () => Promise<Outcome>, end: (outcome: Outcome) => Promise<void>, keepsSession: boolean): Job {
        const { proxy } = this.connection;
        return {
            via: proxy === undefined ? undefined : `${proxy.host}:${proxy.port ?? ""}`,
            run: async () => {
                const outcome = await work();
                this.writing = false;
                if (!keepsSession) this.runtime.release(this.connection);
                await end(outcome);
            },
            isWriting: () => this.writing,
            cut: () => this.runtime.release(this.connection, true),
        };
    }

    /**
     * @param unasked the condition of a host that was not asked
     * @param kept what is remembered of the host. Default: `outs`
     */
    private done(
        outs: Properties,
        declared: Properties | undefined,
        { found = [], unasked, kept = outs }: { found?: readonly string[]; unasked?: HostCondition; kept?: Properties } = {},
    ): Outcome {
        const { status } = outs;
        const condition = status === undefined && unasked !== undefined ? unasked : CONDITIONS[conditionOf(outs)];
        const isSkipped = condition === "compliant" && Object.values(status ?? {}).includes("skipped");
        const record = compact(kept, declared, { condition: isSkipped ? "skipped" : condition, found });
        const events = outs[hostPolicy.evidence?.output ?? ""];
        return {
            record,
            ...(events !== undefined && { events }),
            ...(condition === "unreachable" && { error: silent(this.name) }),
        };
    }
}

const withCondition = ({ found: _, ...record }: MemberRecord, condition: HostCondition): MemberRecord => ({ ...record, condition });

function conditionOfFailure(error: Error): HostCondition {
    if (isWmisecError(error) && error.code === "denied") return "denied";
    return CONDITIONS[conditionAfter(error) ?? "unfinished"];
}

const briefText = (error: Error): string => (isWmisecError(error) ? `${error.code}: ${error.summary}` : error.message);

/** For a host whose silence the handler tolerates. */
const silent = (host: string): WmisecError =>
    new WmisecError("unreachable", "did not answer, so its last known state was kept", {
        host,
        remedy: "find out why it does not answer; the next run tries again",
    });
