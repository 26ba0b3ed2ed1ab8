import { isWmisecError, WmisecError } from "../core/errors";
import { isMoveNote } from "../core/ledger/begunMove";
import type { EventsReading, EventsRequest } from "../core/wire/events";
import type { MachineFacts } from "../core/wire/machine";
import type { Observation, ObserveRequest } from "../core/wire/observation";
import type { Applied, Step } from "../core/wire/step";
import type { WindowsHost } from "../hosts/windowsHost";

/**
 * A host on which nothing can be written: the first list of steps is remembered, and ends the operation. Not the note about a move, which is
 * written before the steps on another machine are known.
 */
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

    async apply(steps: readonly Step[], request: ObserveRequest): Promise<Applied> {
        this.wouldWrite(steps);
        if (!steps.every(isMoveNote)) throw onlyLooking();
        return { done: steps.length, stopped: null, observation: await this.observe(request) };
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
