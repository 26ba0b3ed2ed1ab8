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
        count: counted.meta({ description: "How often it happened: `0` where it never did." }),
        first: utc.optional().meta({ description: "When first (UTC, ISO 8601, by the host's clock). Absent where the count is 0." }),
        last: utc.optional().meta({ description: "When last (UTC, ISO 8601, by the host's clock). Absent where the count is 0." }),
    })
    .meta({
        id: "EventCount",
        description: 'How often something happened, as in `{ count: 3, first: "2026-03-01T04:00:00Z", last: "2026-03-01T06:30:00Z" }`.',
    });

const refusedClients = z
    .strictObject({
        refused: eventCount.meta({
            description:
                "Event 5605: clients that do not encrypt were refused. It is a hint and no proof: it may also be logged for a client that did use PacketPrivacy (KB2590230).",
        }),
        callbacksRefused: eventCount.meta({
            description:
                "Event 5606: results of asynchronous calls could not be delivered encrypted, as where the client does not trust this host's account.",
        }),
    })
    .meta({
        id: "RefusedClients",
        description: 'What the event log says of the clients of a namespace: `events["namespaces"]["root/cimv2"].refused.count`.',
    });
type RefusedClients = z.infer<typeof refusedClients>;

const rebuildEvent = z
    .strictObject({
        event: z.int().meta({ description: "The event's number: 5600, 5614, 5616 or 4." }),
        file: z.string().optional().meta({ description: "The MOF file that was not loaded. Of event 4 alone." }),
        count: counted.meta({ description: "How often it was logged in that time." }),
        first: utc.meta({ description: "When first (UTC, ISO 8601, by the host's clock)." }),
        last: utc.meta({ description: "When last (UTC, ISO 8601, by the host's clock)." }),
    })
    .meta({ id: "RebuildEvent", description: "An event that may explain why a flag is gone." });

/** The output `events`: what the event log says, by the keys that the program has for its namespaces. */
export const eventsOutput = z
    .strictObject({
        since: utc.meta({ description: "Beginning of the time that was asked about (UTC, ISO 8601, by the host's clock)." }),
        until: utc.meta({ description: "End of the time that was asked about (UTC, ISO 8601, by the host's clock)." }),
        namespaces: z
            .record(z.string(), refusedClients)
            .meta({ description: 'By the map\'s keys, as in `namespaces["root/cimv2"].refused.count`.' }),
        other: refusedClients.meta({ description: "The same of all namespaces that are not in the map." }),
        explains: z.array(rebuildEvent).meta({
            description:
                "What explains a flag that is gone, oldest first.\n\nThe WMI repository was found inconsistent (5600), its files were not found (5614), it was recreated (5616), or a MOF file was not loaded when it was (4).",
        }),
        truncated: z.boolean().meta({
            description: "`true`: the log had more than is read (10,000 events, 200 groups of them), and counts are at least these.",
        }),
    })
    .meta({
        id: "NamespaceEvents",
        description:
            "What WMI wrote into the host's Application log. It names no client, neither address nor process: to find them, audit access to the namespace. Events of every level count, because 5605 is a warning in some versions of Windows and an error in others. A log that is full overwrites its oldest events, so what is not there may still have happened.",
    });
type NamespaceEvents = z.infer<typeof eventsOutput>;

/**
 * Events about a namespace go to its key, however the event spells it; the rest is counted together.
 * @param keys the namespaces of the resource: as the program wrote them, each with its path
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

/** Empty for text that is no namespace. A server's name in it is this host's: the event is. */
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
