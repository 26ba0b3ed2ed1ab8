import type { Connection } from "../core/connection";
import type { Runtime } from "../handlers/runtime";
import type { FleetInputs } from "../resources/fleetInputs";
import type { FleetOutputs } from "../resources/fleetOutputs";
import { Gathered } from "./gathered";
import { HostErrors } from "./hostErrors";
import { HostWork, type Outcome } from "./hostWork";
import type { Members } from "./members";
import { Progress } from "./progress";
import type { MemberRecord } from "./record";
import { RefusedClients } from "./refusedClients";
import { type Job, Scheduler } from "./scheduler";

/** How many hosts are worked on at a time. */
const CONCURRENCY = 64;
/** Hosts behind one jump host at a time: all of them share its one connection. */
const PER_JUMP_HOST = 32;
/** Hosts of a fleet whose sessions stay open for the operation that follows. */
const OPEN_SESSIONS = 256;

/** One operation on the hosts of a fleet: who is asked, how many at a time, and what came of it. */
export class Operation {
    readonly errors = new HostErrors();
    private readonly gathered = new Gathered();
    private readonly refused = new RefusedClients();
    private readonly scheduler: Scheduler;
    private readonly progress: Progress;
    private readonly keepsSessions: boolean;
    private readonly evidence: FleetInputs["evidence"];

    /**
     * @param doing for people: `updating`
     * @param hosts how many will be asked
     * @param records what is known about each host; an outcome replaces it
     */
    constructor(
        doing: string,
        private readonly id: string,
        inputs: FleetInputs,
        hosts: number,
        private readonly records: Map<string, MemberRecord>,
        private readonly runtime: Runtime,
        private readonly members: Members,
    ) {
        const { concurrency = CONCURRENCY, sessionsPerJumpHost = PER_JUMP_HOST, dialsPerSecond, openSessions = OPEN_SESSIONS } = inputs;
        this.scheduler = new Scheduler({ concurrency, perJumpHost: sessionsPerJumpHost, perSecond: dialsPerSecond }, runtime.stopping);
        this.progress = new Progress(doing, hosts, runtime.log, inputs.owner);
        this.keepsSessions = hosts <= openSessions;
        this.evidence = inputs.evidence;
    }

    /** Work on one host; its outcome becomes the host's record. @param runtime for this host alone */
    job(name: string, connection: Connection, work: (host: HostWork) => Promise<Outcome>, runtime: Runtime = this.runtime): Job {
        const host = new HostWork(this.id, name, connection, runtime, this.members, this.gathered);
        return host.job(
            () => work(host),
            (outcome) => this.end(name, outcome),
            this.keepsSessions,
        );
    }

    /** Settles when all have ended; after a stop the others keep their records. */
    run(jobs: readonly Job[]): Promise<void> {
        return this.scheduler.run(jobs);
    }

    /** Says what the hosts' handlers warned of. */
    async warn(about: string): Promise<void> {
        for (const line of this.gathered.lines) await this.runtime.log.warn(line, about);
    }

    /** @param before what was known of hosts that were not asked */
    refusedClients(before: FleetOutputs["refusedClients"]): FleetOutputs["refusedClients"] {
        return this.evidence === undefined ? undefined : this.refused.most(before, this.records);
    }

    private async end(name: string, { record, error, events }: Outcome): Promise<void> {
        if (record === undefined) this.records.delete(name);
        else this.records.set(name, record);
        if (error !== undefined) this.errors.add(name, error);
        if (events !== undefined) this.refused.add(name, events);
        await this.progress.note(name, record?.condition ?? "compliant");
    }
}
