import type * as pulumi from "@pulumi/pulumi";

/**
 * What is asked of a host's event log.
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
    /** How often it happened: `0` where it never did. */
    count: number;
    /** When first (UTC, ISO 8601, by the host's clock). Absent where the count is 0. */
    first?: string | undefined;
    /** When last (UTC, ISO 8601, by the host's clock). Absent where the count is 0. */
    last?: string | undefined;
}

/** What the event log says of the clients of a namespace: `events["namespaces"]["root/cimv2"].refused.count`. */
export interface RefusedClients {
    /**
     * Event 5605: clients that do not encrypt were refused. It is a hint and no proof: it may also be logged for a client that did use
     * PacketPrivacy (KB2590230).
     */
    refused: EventCount;
    /**
     * Event 5606: results of asynchronous calls could not be delivered encrypted, as where the client does not trust this host's account.
     */
    callbacksRefused: EventCount;
}

/** An event that may explain why a flag is gone. */
export interface RebuildEvent {
    /** The event's number: 5600, 5614, 5616 or 4. */
    event: number;
    /** The MOF file that was not loaded. Of event 4 alone. */
    file?: string | undefined;
    /** How often it was logged in that time. */
    count: number;
    /** When first (UTC, ISO 8601, by the host's clock). */
    first: string;
    /** When last (UTC, ISO 8601, by the host's clock). */
    last: string;
}

/**
 * What WMI wrote into the host's Application log. It names no client, neither address nor process: to find them, audit access to the
 * namespace. Events of every level count, because 5605 is a warning in some versions of Windows and an error in others. A log that is full
 * overwrites its oldest events, so what is not there may still have happened.
 */
export interface NamespaceEvents {
    /** Beginning of the time that was asked about (UTC, ISO 8601, by the host's clock). */
    since: string;
    /** End of the time that was asked about (UTC, ISO 8601, by the host's clock). */
    until: string;
    /** By the map's keys, as in `namespaces["root/cimv2"].refused.count`. */
    namespaces: Record<string, RefusedClients>;
    /** The same of all namespaces that are not in the map. */
    other: RefusedClients;
    /**
     * What explains a flag that is gone, oldest first.
     *
     * The WMI repository was found inconsistent (5600), its files were not found (5614), it was recreated (5616), or a MOF file was not
     * loaded when it was (4).
     */
    explains: RebuildEvent[];
    /** `true`: the log had more than is read (10,000 events, 200 groups of them), and counts are at least these. */
    truncated: boolean;
}
