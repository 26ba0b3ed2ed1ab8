/** Work on one host. */
export interface Job {
    /** The jump host that it goes through; undefined if there is none. */
    readonly via: string | undefined;
    /** Never rejects. */
    readonly run: () => Promise<void>;
    /** Whether a write may be under way: then the job is awaited when the run is stopped. */
    readonly isWriting: () => boolean;
    /** Ends a write that takes too long after the run was stopped. */
    readonly cut: () => void;
}

export interface SchedulerLimits {
    /** Jobs at a time. */
    readonly concurrency: number;
    /** Jobs behind one jump host at a time. */
    readonly perJumpHost: number;
    /** Jobs begun in a second; undefined for no limit. */
    readonly perSecond: number | undefined;
}

/** Milliseconds after a stop in which a job that writes nothing may come to its end. */
const LAST_LOOKS = 2000;
/** Milliseconds after a stop in which a write may come to its end. */
const LAST_WRITES = 15_000;

interface Lane {
    readonly via: string | undefined;
    readonly jobs: Job[];
    underWay: number;
}

/**
 * Runs jobs within limits. Each jump host has a lane, and so have the hosts that need none. The lane with the fewest jobs under way is next:
 * slow ones do not hold up the others.
 * Once `stopping` fires, no job begins any more, and those under way are given seconds.
 */
export class Scheduler {
    /** When the next job may begin. */
    private free = 0;
    private wake = (): void => undefined;

    constructor(
        private readonly limits: SchedulerLimits,
        private readonly stopping: AbortSignal,
    ) {}

    /** Settles when each job has ended, or after a stop, when no write is under way any more. */
    async run(jobs: readonly Job[]): Promise<void> {
        const lanes = lanesOf(jobs);
        const underWay = new Map<Job, Promise<void>>();
        while (!this.stopping.aborted) {
            const lane = underWay.size < this.limits.concurrency ? this.next(lanes) : undefined;
            const job = lane?.jobs.shift();
            if (lane === undefined || job === undefined) {
                if (underWay.size === 0) return;
                await this.someEnd();
                continue;
            }
            await this.inTurn();
            if (this.stopping.aborted) break;
            lane.underWay++;
            const end = job.run().finally(() => {
                lane.underWay--;
                underWay.delete(job);
                this.wake();
            });
            underWay.set(job, end);
        }
        await this.lastOnes(underWay);
    }

    /** The lane that begins the next job, if one may; it goes to the end of the line. */
    private next(lanes: Lane[]): Lane | undefined {
        const isFree = ({ via, jobs, underWay }: Lane) => jobs.length > 0 && (via === undefined || underWay < this.limits.perJumpHost);
        const fewest = Math.min(...lanes.filter(isFree).map(({ underWay }) => underWay));
        const index = lanes.findIndex((lane) => isFree(lane) && lane.underWay === fewest);
        if (index < 0) return undefined;
        const [lane] = lanes.splice(index, 1);
        if (lane !== undefined) lanes.push(lane);
        return lane;
    }

    /** Waits until another job may begin. */
    private async inTurn(): Promise<void> {
        if (this.limits.perSecond === undefined) return;
        const now = performance.now();
        const start = Math.max(now, this.free);
        this.free = start + 1000 / this.limits.perSecond;
        if (start > now) await pause(start - now, this.stopping);
    }

    private async lastOnes(underWay: ReadonlyMap<Job, Promise<void>>): Promise<void> {
        await within(LAST_LOOKS, underWay);
        const writing = new Map([...underWay].filter(([job]) => job.isWriting()));
        await within(LAST_WRITES, writing);
        for (const [job] of underWay) if (writing.has(job)) job.cut();
        await Promise.all([...underWay].flatMap(([job, end]) => (writing.has(job) ? [end] : [])));
    }

    /** Waits until a job ends, or the run is stopped. */
    private someEnd(): Promise<void> {
        return new Promise((resolve) => {
            this.wake = () => {
                this.stopping.removeEventListener("abort", this.wake);
                resolve();
            };
            this.stopping.addEventListener("abort", this.wake);
        });
    }
}

function lanesOf(jobs: readonly Job[]): Lane[] {
    const lanes = new Map<string | undefined, Lane>();
    for (const job of jobs) {
        const lane = lanes.get(job.via) ?? { via: job.via, jobs: [], underWay: 0 };
        lanes.set(job.via, lane);
        lane.jobs.push(job);
    }
    return [...lanes.values()];
}

/** Waits for all of them, but not longer. */
async function within(ms: number, jobs: ReadonlyMap<Job, Promise<void>>): Promise<void> {
    const over = new AbortController();
    await Promise.race([Promise.all(jobs.values()), pause(ms, over.signal)]);
    over.abort();
}

function pause(ms: number, end: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
        const go = () => {
            clearTimeout(timer);
            end.removeEventListener("abort", go);
            resolve();
        };
        const timer = setTimeout(go, ms);
        end.addEventListener("abort", go);
        if (end.aborted) go();
    });
}
