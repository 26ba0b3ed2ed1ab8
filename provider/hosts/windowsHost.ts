import type { EventsReading, EventsRequest } from "../core/wire/events";
import type { MachineFacts } from "../core/wire/machine";
import type { Observation, ObserveRequest } from "../core/wire/observation";
import type { Applied, Step } from "../core/wire/step";

/**
 * The list of our powers over a Windows host. There is nothing else that this provider can do to one.
 *
 * Every method throws a `WmisecError`. Trouble with one namespace or value among several is data in the observation, not an
 * error: the caller decides whom it concerns.
 */
export interface WindowsHost {
    /** Who answers; opens the session when there is none. */
    machine(): Promise<MachineFacts>;
    /** Looks; writes nothing. Requests made in the same turn of the event loop may travel as one. */
    observe(request: ObserveRequest): Promise<Observation>;
    /** Writes, in order, stopping at the first surprise; looks at `observe` afterwards, stopped or not. */
    apply(steps: readonly Step[], observe: ObserveRequest): Promise<Applied>;
    /** Counts what WMI wrote into the event log; writes nothing. Equal requests made in the same turn of the event loop may travel as one. */
    readEvents(request: EventsRequest): Promise<EventsReading>;
}
