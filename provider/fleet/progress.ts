import type { Log } from "../handlers/runtime";
import type { HostCondition } from "../resources/fleetOutputs";

/** Milliseconds between two lines on a terminal. */
const INTERVAL = 1000;
/** Hosts from which on a log gets a line for each tenth. */
const WORTH_A_LOG = 50;

const NO_ENDS = { done: 0, failed: 0, unreachable: 0 };

/** Says how far an operation on many hosts is: for a terminal at most once a second, for a log file after each tenth. */
export class Progress {
    private readonly start = performance.now();
    private readonly ends = new Map<string, keyof typeof NO_ENDS>();
    private readonly counts = { ...NO_ENDS };
    private shown = this.start;
    private tenths = 0;
    /** The lines so far: the engine takes several at once in any order. */
    private said: Promise<void> = Promise.resolve();

    /**
     * @param doing `reading`, `updating`, `deleting`
     * @param about the fleet's owner: the line stands on its resource
     */
    constructor(
        private readonly doing: string,
        private readonly hosts: number,
        private readonly log: Pick<Log, "info" | "passing">,
        private readonly about: string,
    ) {}

    /** Work on a host has come to its end. A host that is worked on twice counts once, as it ended last. */
    async note(host: string, condition: HostCondition): Promise<void> {
        const before = this.ends.get(host);
        if (before !== undefined) this.counts[before]--;
        const end = condition === "unreachable" ? "unreachable" : condition === "failed" || condition === "denied" ? "failed" : "done";
        this.ends.set(host, end);
        this.counts[end]++;
        const ended = this.ends.size;
        const tenths = Math.floor((10 * ended) / this.hosts);
        const now = performance.now();
        if (tenths > this.tenths && this.hosts >= WORTH_A_LOG) {
            this.tenths = tenths;
            const text = this.text(ended);
            this.said = this.said.then(() => this.log.info(text, this.about));
        }
        if (now - this.shown >= INTERVAL) {
            this.shown = now;
            const text = `${this.text(ended)}${this.left(ended, now)}`;
            this.said = this.said.then(() => this.log.passing(text, this.about));
        }
        await this.said;
    }

    private text(ended: number): string {
        const { failed, unreachable } = this.counts;
        const others = [...(failed > 0 ? [`${failed} failed`] : []), ...(unreachable > 0 ? [`${unreachable} unreachable`] : [])];
        return [`${this.doing}: ${ended} of ${this.hosts} hosts`, ...others].join(", ");
    }

    private left(ended: number, now: number): string {
        if (ended === this.hosts) return "";
        const seconds = Math.ceil((((now - this.start) / ended) * (this.hosts - ended)) / 1000);
        return `, about ${seconds < 120 ? `${seconds} s` : `${Math.round(seconds / 60)} min`} left`;
    }
}
