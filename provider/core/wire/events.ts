import { z } from "zod";
import { printable } from "../errors";

/**
 * The events in the Application log in which WMI reports on encryption or explains drift. These are the low words of the message ids. Never
 * filter by level: it differs between versions of Windows.
 * @see MicrosoftDocs/win32 desktop-src/WmiSdk/wmi-event-messages.md; provider and channel: KB2590230
 */
export const WMI_EVENT = {
    /** A client of a namespace that requires encryption was, or might be, refused. %1 is the namespace. */
    refused: 5605,
    /** Results of an asynchronous call could not be delivered back encrypted. %1 is the namespace. */
    callbackRefused: 5606,
    /** The repository was found inconsistent and will be deleted. */
    repositoryInconsistent: 5600,
    /** The service found no repository files when it started. */
    repositoryFilesNotFound: 5614,
    /** A new repository was built from the registered MOF files. */
    repositoryRecreated: 5616,
    /** One of these MOF files could not be loaded. %1 is the error, %2 the file. */
    mofNotLoaded: 4,
} as const;
export const WMI_EVENT_IDS = Object.values(WMI_EVENT);

const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;

/** Limits for how far back the log is read, in milliseconds. */
export const MIN_SINCE = MINUTE;
export const MAX_SINCE = 31 * DAY;
/** Only the newest events are read, up to this number, and only so many groups are reported. */
export const MAX_EVENTS = 10_000;
export const MAX_EVENT_GROUPS = 200;
/** Characters of a namespace or file name that are reported. */
export const MAX_EVENT_TEXT = 400;

/** Relative, because the host's clock and ours differ. */
export const eventsRequest = z.strictObject({ sinceMs: z.int().min(MIN_SINCE).max(MAX_SINCE) });
export type EventsRequest = z.infer<typeof eventsRequest>;

/** UTC by the host's clock, whole seconds: 2026-11-22T23:10:04Z. Sorts by time as text. */
const moment = z.string().regex(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);

/** How often something happened, and when first and last. */
const occurrences = {
    count: z.int().min(1).max(MAX_EVENTS),
    first: moment,
    last: moment,
};
export interface Occurrences {
    readonly count: number;
    readonly first: string;
    readonly last: string;
}

export const mergeOccurrences = (a: Occurrences, b: Occurrences): Occurrences => ({
    count: a.count + b.count,
    first: [a.first, b.first].sort()[0] ?? a.first,
    last: [a.last, b.last].sort()[1] ?? a.last,
});

export const eventGroup = z.strictObject({
    id: z.literal(WMI_EVENT_IDS),
    /** The namespace or the MOF file as the message names it; empty if it names none. */
    about: z.string().max(MAX_EVENT_TEXT),
    ...occurrences,
});
export type EventGroup = z.infer<typeof eventGroup>;

/** What the log has, grouped by id and subject, in no particular order. */
export const eventsReading = z.strictObject({
    since: moment,
    until: moment,
    groups: z.array(eventGroup).max(MAX_EVENT_GROUPS),
    /** There was more than may be read or reported: the counts are minimums. */
    truncated: z.boolean(),
});
export type EventsReading = z.infer<typeof eventsReading>;

const REBUILDS: ReadonlyMap<number, string> = new Map([
    [WMI_EVENT.repositoryInconsistent, "the WMI repository was found inconsistent"],
    [WMI_EVENT.repositoryFilesNotFound, "the WMI repository's files were not found"],
    [WMI_EVENT.repositoryRecreated, "the WMI repository was recreated"],
    [WMI_EVENT.mofNotLoaded, "was not loaded at recovery"],
]);

/** The groups that explain why a host has changed, newest last. */
export const rebuildEvents = ({ groups }: EventsReading): EventGroup[] =>
    groups
        .filter(({ id }) => REBUILDS.has(id))
        .sort((a, b) => (a.last === b.last ? a.id - b.id || (a.about < b.about ? -1 : 1) : a.last < b.last ? -1 : 1));

/** Printable text: `the WMI repository was recreated 2026-11-22T23:10:04Z (event 5616 on the host)`. */
export function describeRebuild({ id, about, last }: EventGroup): string {
    const what = `${REBUILDS.get(id)} ${last} (event ${id} on the host)`;
    return id === WMI_EVENT.mofNotLoaded ? `the MOF file ${printableAbout(about)} ${what}` : what;
}

/** One line, without characters that control a terminal. */
export const printableAbout = (about: string): string => printable(about, MAX_EVENT_TEXT).replaceAll("\n", " ");
