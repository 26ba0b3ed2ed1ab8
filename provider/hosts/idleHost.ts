import type { MachineFacts } from "../core/machine";
import type { Observation, ObserveRequest } from "../core/observation";
import type { Applied, Step } from "../core/step";
import type { EventsReading, EventsRequest } from "../core/wmiEvents";
import type { WindowsHost } from "./windowsHost";

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
        private readonly idleMs: number,
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

    private async busy<T>(work: () => Promise<T>): Promise<T> {
        this.asking += 1;
        clearTimeout(this.timer);
        try {
            return await work();
        } finally {
            this.asking -= 1;
            // The timer holds no process: what does is the session itself.
            if (this.asking === 0) this.timer = setTimeout(() => void this.host.close(), this.idleMs).unref();
        }
    }
}
