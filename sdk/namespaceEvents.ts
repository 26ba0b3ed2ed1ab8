import type * as pulumi from "@pulumi/pulumi";

/**
 * What to read from a host's event log.
 * @example
 * evidence: { since: "24h" }
 */
export interface EvidenceArgs {
    /**
     * How far back, by the host's own clock: a number of minutes, hours or days, from 1 minute to 31 days.
     * @example
     * since: "30m" // or "24h", or "7d"
     */
    since: pulumi.Input<string>;
}

/** How often something happened, as in `{ count: 3, first: "2026-03-01T04:00:00Z", last: "2026-03-01T06:30:00Z" }`. */
export interface EventCount {
    /** How often it happened; `0` if never. */
    count: number;
    /** The first time (UTC, ISO 8601, by the host's clock). Absent if the count is 0. */
    first?: string | undefined;
    /** The last time (UTC, ISO 8601, by the host's clock). Absent if the count is 0. */
    last?: string | undefined;
}

/** What the event log says about a namespace's clients: `events["namespaces"]["root/cimv2"].refused.count`. */
export interface RefusedClients {
    /**
     * Event 5605: a client that does not encrypt was refused. This is a hint, not proof: the event may also be logged for a client that did
     * use PacketPrivacy (KB2590230).
     */
    refused: EventCount;
    /**
     * Event 5606: results of an asynchronous call could not be delivered encrypted, for example because the client does not trust this
     * host's account.
     */
    callbacksRefused: EventCount;
}

/** An event that may explain why a flag is gone. */
export interface RebuildEvent {
    /** The event's number: 5600, 5614, 5616 or 4. */
    event: number;
    /** The MOF file that was not loaded. Only for event 4. */
    file?: string | undefined;
    /** How often it was logged in that period. */
    count: number;
    /** The first time (UTC, ISO 8601, by the host's clock). */
    first: string;
    /** The last time (UTC, ISO 8601, by the host's clock). */
    last: string;
}

/**
 * What WMI wrote to the host's Application log. The events name neither a client's address nor its process: to find clients, audit access
 * to the namespace. Events of every level count, because 5605 is a warning in some versions of Windows and an error in others. A full log
 * overwrites its oldest events, so a count of 0 does not prove that nothing happened.
 */
export interface NamespaceEvents {
    /** Start of the period that was read (UTC, ISO 8601, by the host's clock). */
    since: string;
    /** End of the period that was read (UTC, ISO 8601, by the host's clock). */
    until: string;
    /** By the map's keys, as in `namespaces["root/cimv2"].refused.count`. */
    namespaces: Record<string, RefusedClients>;
    /** The same for all namespaces that are not in the map. */
    other: RefusedClients;
    /**
     * Events that may explain why a flag is gone, oldest first.
     *
     * The WMI repository was found inconsistent (5600), its files were not found (5614), it was recreated (5616), or a MOF file was not
     * loaded into the new one (4).
     */
    explains: RebuildEvent[];
    /** `true`: the log has more than the provider reads (10,000 events, 200 groups of them), so the real counts may be higher. */
    truncated: boolean;
}
