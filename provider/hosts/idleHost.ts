import type { EventsReading, EventsRequest } from "../core/wire/events";
import type { MachineFacts } from "../core/wire/machine";
import type { Observation, ObserveRequest } from "../core/wire/observation";
import type { Applied, Step } from "../core/wire/step";
import type { WindowsHost } from "./windowsHost";

/** The idle time, in milliseconds, once others need what the session holds. Longer than the time between a read and its write. */
const HURRIED_MS = 250;

/**
 * Closes a host's session when nobody has used it for a while. The engine is silent for about 3 s between a refresh and the program's own
 * steps: the idle time must be longer.
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

    get isBusy(): boolean {
        return this.asking > 0;
    }

    async close(): Promise<void> {
        clearTimeout(this.timer);
        await this.host.close();
    }

    /** Shortens the idle time from now on: other hosts need the resources that this session holds. */
    giveBack(): void {
        // Every waiting opening calls this again and again: a timer that is already short must not be restarted.
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

    /** The timer does not keep the process alive; the session itself does. */
    private closeLater(): void {
        clearTimeout(this.timer);
        this.timer = setTimeout(() => void this.host.close(), this.idleMs).unref();
    }
}
