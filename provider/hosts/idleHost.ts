import type { EventsReading, EventsRequest } from "../core/wire/events";
import type { MachineFacts } from "../core/wire/machine";
import type { Observation, ObserveRequest } from "../core/wire/observation";
import type { Applied, Step } from "../core/wire/step";
import type { WindowsHost } from "./windowsHost";

/** Milliseconds that take the place of the idle time once others need what the session holds: longer than between a look and its write. */
const HURRIED_MS = 250;

/**
 * A host whose session is closed when nobody has asked anything for a while. Between a refresh and the program's own steps
 * the engine is silent for about 3 s: the time must be longer than that.
 */
export class IdleHost implements WindowsHost {
    private asking = 0;
    private timer: NodeJS.Timeout | undefined;

    /** @param idleMs milliseconds */
    constructor(
        private readonly host: WindowsHost & { close(): Promise<void> },
        private idleMs: number,
    ) {}

    machine(): Promise<MachineFacts> {
        return this.busy(() => this.host.machine());
    }

    observe(request: ObserveRequest): Promise<Observation> {
        return this.busy(() => this.host.observe(request));
    }

    apply(steps: readonly Step[], observe: ObserveRequest): Promise<Applied> {
        return this.busy(() => this.host.apply(steps, observe));
    }

    readEvents(request: EventsRequest): Promise<EventsReading> {
        return this.busy(() => this.host.readEvents(request));
    }

    async close(): Promise<void> {
        clearTimeout(this.timer);
        await this.host.close();
    }

    /** Gives back what an idle session holds, now and from now on soon: the machine has nothing left for other hosts' sessions. */
    giveBack(): void {
        // Each opening that waits asks for it, again and again: a timer that runs as short already must come to its end.
        if (this.idleMs <= HURRIED_MS) return;
        this.idleMs = HURRIED_MS;
        if (this.asking === 0) this.closeLater();
    }

    private async busy<T>(work: () => Promise<T>): Promise<T> {
        this.asking += 1;
        clearTimeout(this.timer);
        try {
            return await work();
        } finally {
            this.asking -= 1;
            if (this.asking === 0) this.closeLater();
        }
    }

    /** The timer holds no process: what does is the session itself. */
    private closeLater(): void {
        clearTimeout(this.timer);
        this.timer = setTimeout(() => void this.host.close(), this.idleMs).unref();
    }
}
