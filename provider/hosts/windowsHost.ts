import type { EventsReading, EventsRequest } from "../core/wire/events";
import type { MachineFacts } from "../core/wire/machine";
import type { Observation, ObserveRequest } from "../core/wire/observation";
import type { Applied, Step } from "../core/wire/step";

/**
 * Everything that this provider can do to a Windows host.
 *
 * Every method throws a `WmisecError`. A problem with one of several namespaces or values is not an error but data in the observation: the
 * caller decides whom it concerns.
 */
export interface WindowsHost {
    /** Which machine answers. Opens the session if there is none. */
    machine(): Promise<MachineFacts>;
    /** Reads; writes nothing. Requests made in the same turn of the event loop may be sent as one. */
    observe(request: ObserveRequest): Promise<Observation>;
    /** Carries out steps in order and stops at the first unexpected state. Then observes, stopped or not. */
    apply(steps: readonly Step[], observe: ObserveRequest): Promise<Applied>;
    /**
     * Counts what WMI wrote into the event log; writes nothing. Equal requests made in the same turn of the event loop may be sent as one.
     */
    readEvents(request: EventsRequest): Promise<EventsReading>;
}
