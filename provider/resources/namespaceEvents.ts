import { z } from "zod";
import { parseNamespacePath } from "../core/namespacePath";
import {
    type EventGroup,
    type EventsReading,
    mergeOccurrences,
    type Occurrences,
    printableAbout,
    rebuildEvents,
    WMI_EVENT,
} from "../core/wire/events";

const utc = z.string();
const counted = z.int().min(0);

const eventCount = z
    .strictObject({
        count: counted.meta({ description: "How often it happened; `0` if never." }),
        first: utc.optional().meta({ description: "The first time (UTC, ISO 8601, by the host's clock). Absent if the count is 0." }),
        last: utc.optional().meta({ description: "The last time (UTC, ISO 8601, by the host's clock). Absent if the count is 0." }),
    })
    .meta({
        id: "EventCount",
        description: 'How often something happened, as in `{ count: 3, first: "2026-03-01T04:00:00Z", last: "2026-03-01T06:30:00Z" }`.',
    });

const refusedClients = z
    .strictObject({
        refused: eventCount.meta({
            description:
                "Event 5605: a client that does not encrypt was refused. This is a hint, not proof: the event may also be logged for a client that did use PacketPrivacy (KB2590230).",
        }),
        callbacksRefused: eventCount.meta({
            description:
                "Event 5606: results of an asynchronous call could not be delivered encrypted, for example because the client does not trust this host's account.",
        }),
    })
    .meta({
        id: "RefusedClients",
        description: 'What the event log says about a namespace\'s clients: `events["namespaces"]["root/cimv2"].refused.count`.',
    });
type RefusedClients = z.infer<typeof refusedClients>;

const rebuildEvent = z
    .strictObject({
        event: z.int().meta({ description: "The event's number: 5600, 5614, 5616 or 4." }),
        file: z.string().optional().meta({ description: "The MOF file that was not loaded. Only for event 4." }),
        count: counted.meta({ description: "How often it was logged in that period." }),
        first: utc.meta({ description: "The first time (UTC, ISO 8601, by the host's clock)." }),
        last: utc.meta({ description: "The last time (UTC, ISO 8601, by the host's clock)." }),
    })
    .meta({ id: "RebuildEvent", description: "An event that may explain why a flag is gone." });

/** The output `events`: what the event log says about each of the program's namespace keys. */
export const eventsOutput = z
    .strictObject({
        since: utc.meta({ description: "Start of the period that was read (UTC, ISO 8601, by the host's clock)." }),
        until: utc.meta({ description: "End of the period that was read (UTC, ISO 8601, by the host's clock)." }),
        namespaces: z
            .record(z.string(), refusedClients)
            .meta({ description: 'By the map\'s keys, as in `namespaces["root/cimv2"].refused.count`.' }),
        other: refusedClients.meta({ description: "The same for all namespaces that are not in the map." }),
        explains: z.array(rebuildEvent).meta({
            description:
                "Events that may explain why a flag is gone, oldest first.\n\nThe WMI repository was found inconsistent (5600), its files were not found (5614), it was recreated (5616), or a MOF file was not loaded into the new one (4).",
        }),
        truncated: z.boolean().meta({
            description:
                "`true`: the log has more than the provider reads (10,000 events, 200 groups of them), so the real counts may be higher.",
        }),
    })
    .meta({
        id: "NamespaceEvents",
        description:
            "What WMI wrote to the host's Application log. The events name neither a client's address nor its process: to find clients, audit access to the namespace. Events of every level count, because 5605 is a warning in some versions of Windows and an error in others. A full log overwrites its oldest events, so a count of 0 does not prove that nothing happened.",
    });
type NamespaceEvents = z.infer<typeof eventsOutput>;

/**
 * Counts events under their namespace's key, however the event spells the path. All others are counted together.
 * @param keys the resource's namespaces: key in the program -> normalized path
 */
export function namespaceEvents(keys: ReadonlyMap<string, string>, reading: EventsReading): NamespaceEvents {
    const of = (wanted: (path: string) => boolean): RefusedClients => {
        const about = reading.groups.filter((group) => wanted(pathIn(group)));
        return { refused: countOf(about, WMI_EVENT.refused), callbacksRefused: countOf(about, WMI_EVENT.callbackRefused) };
    };
    const { since, until, truncated } = reading;
    const known = new Set(keys.values());
    return {
        since,
        until,
        namespaces: Object.fromEntries([...keys].map(([key, own]) => [key, of((path) => path === own)])),
        other: of((path) => !known.has(path)),
        explains: rebuildEvents(reading).map(explanation),
        truncated,
    };
}

/** The namespace in an event; empty if there is none. Drops a server's name: the event is from this host. */
function pathIn({ about }: EventGroup): string {
    const parsed = parseNamespacePath(about.replace(/^[\\/]{2}[^\\/]+[\\/]+/, ""));
    return parsed.ok ? parsed.path : "";
}

const countOf = (groups: readonly EventGroup[], id: number): z.infer<typeof eventCount> =>
    groups
        .filter((group) => group.id === id)
        .map(({ count, first, last }): Occurrences => ({ count, first, last }))
        .reduce<Occurrences | undefined>((sum, one) => (sum === undefined ? one : mergeOccurrences(sum, one)), undefined) ?? { count: 0 };

const explanation = ({ id, about, count, first, last }: EventGroup): z.infer<typeof rebuildEvent> => ({
    event: id,
    ...(id === WMI_EVENT.mofNotLoaded && { file: printableAbout(about) }),
    count,
    first,
    last,
});
