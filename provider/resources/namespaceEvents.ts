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

/** `first` and `last` are absent where the count is 0. */
type Count = Occurrences | { readonly count: 0 };

interface Refusals {
    readonly refused: Count;
    readonly callbacksRefused: Count;
}

/** The output `events`: what the event log says, by the keys that the program has for its namespaces. */
interface NamespaceEvents {
    readonly since: string;
    readonly until: string;
    readonly namespaces: Readonly<Record<string, Refusals>>;
    /** Of namespaces that the resource does not have. */
    readonly other: Refusals;
    readonly explains: readonly Explanation[];
    readonly truncated: boolean;
}

interface Explanation extends Occurrences {
    readonly event: number;
    readonly file?: string;
}

/**
 * Events about a namespace go to its key, however the event spells it; the rest is counted together.
 * @param keys the namespaces of the resource: as the program wrote them, each with its path
 */
export function namespaceEvents(keys: ReadonlyMap<string, string>, reading: EventsReading): NamespaceEvents {
    const of = (wanted: (path: string) => boolean): Refusals => {
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

const countOf = (groups: readonly EventGroup[], id: number): Count =>
    groups
        .filter((group) => group.id === id)
        .map(({ count, first, last }): Occurrences => ({ count, first, last }))
        .reduce<Occurrences | undefined>((sum, one) => (sum === undefined ? one : mergeOccurrences(sum, one)), undefined) ?? { count: 0 };

const explanation = ({ id, about, count, first, last }: EventGroup): Explanation => ({
    event: id,
    ...(id === WMI_EVENT.mofNotLoaded && { file: printableAbout(about) }),
    count,
    first,
    last,
});
