import { isWmisecError, WmisecError } from "../core/errors";
import type { EventsReading, EventsRequest } from "../core/wire/events";
import type { MachineFacts } from "../core/wire/machine";
import type { Observation, ObserveRequest } from "../core/wire/observation";
import type { Applied, Step } from "../core/wire/step";
import type { WindowsHost } from "../hosts/windowsHost";

/** A host on which nothing can be written: the first list of steps is remembered, and ends the operation. */
export class LookOnlyHost implements WindowsHost {
    constructor(
        private readonly host: WindowsHost,
        private readonly wouldWrite: (steps: readonly Step[]) => void,
    ) {}

    machine(): Promise<MachineFacts> {
        return this.host.machine();
    }

    observe(request: ObserveRequest): Promise<Observation> {
        return this.host.observe(request);
    }

    apply(steps: readonly Step[]): Promise<Applied> {
        this.wouldWrite(steps);
        return Promise.reject(onlyLooking());
    }

    readEvents(request: EventsRequest): Promise<EventsReading> {
        return this.host.readEvents(request);
    }
}

const onlyLooking = (): WmisecError =>
    new WmisecError("previewedOnly", "nothing is written in this run", {
        remedy: "run again without previewHosts and WMISEC_PREVIEW_HOSTS",
    });

export const isOnlyLooking = (error: unknown): boolean => isWmisecError(error) && error.code === "previewedOnly";
