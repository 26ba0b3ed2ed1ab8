import {
    type EventGroup,
    type EventsReading,
    type EventsRequest,
    MAX_EVENT_GROUPS,
    MAX_EVENT_TEXT,
    MAX_EVENTS,
    mergeOccurrences,
    WMI_EVENT,
    WMI_EVENT_IDS,
} from "../core/wire/events";
import { type LoggedEvent, WMI_EVENTS } from "./eventLog";
import type { MachineState } from "./machineState";
import { eventLogDown, unauthorizedOperation } from "./windowsException";

/**
 * The verb `readEvents` on the model's Application log. The log keeps everything: wrapping is not modelled.
 * @throws WindowsException if the log can't be opened
 */
export function readEvents(machine: MachineState, { sinceMs }: EventsRequest): EventsReading {
    if (machine.faults.has("eventLogDown")) throw eventLogDown();
    if (machine.faults.has("eventLogDenied") || !machine.elevated) throw unauthorizedOperation();
    const now = machine.events.now();
    const since = new Date(now.getTime() - sinceMs);
    const newestFirst = machine.events
        .list()
        .filter((event) => isAsked(event) && event.time >= since)
        .reverse();
    const groups = new Map<string, EventGroup>();
    let truncated = newestFirst.length > MAX_EVENTS;
    for (const event of newestFirst.slice(0, MAX_EVENTS)) {
        const about = aboutOf(event);
        const key = `${event.id} ${about}`;
        const time = moment(event.time);
        const once = { count: 1, first: time, last: time };
        const group = groups.get(key);
        if (group !== undefined) groups.set(key, { ...group, ...mergeOccurrences(group, once) });
        else if (groups.size < MAX_EVENT_GROUPS) groups.set(key, { id: event.id as EventGroup["id"], about, ...once });
        else truncated = true;
    }
    return { since: moment(since), until: moment(now), groups: [...groups.values()], truncated };
}

const isAsked = ({ id, provider }: LoggedEvent): boolean => provider === WMI_EVENTS && WMI_EVENT_IDS.some((asked) => asked === id);

const moment = (time: Date): string => `${time.toISOString().slice(0, 19)}Z`;

function aboutOf({ id, inserts }: LoggedEvent): string {
    if (id === WMI_EVENT.mofNotLoaded) return (inserts[1] ?? "").slice(0, MAX_EVENT_TEXT);
    if (id === WMI_EVENT.refused || id === WMI_EVENT.callbackRefused) return (inserts[0] ?? "").slice(0, MAX_EVENT_TEXT);
    return "";
}
