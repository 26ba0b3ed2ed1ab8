import type * as pulumi from "@pulumi/pulumi";

export interface EvidenceArgs {
    /** How far back by the host's own clock: a number of minutes, hours or days, from 1 minute to 31 days: `30m`, `24h`, `7d`. */
    since: pulumi.Input<string>;
}

/** How often, and when first and last (UTC, ISO 8601, by the host's clock; absent where the count is 0). */
export interface EventCount {
    count: number;
    first?: string;
    last?: string;
}

/** What the event log says of the clients of a namespace. */
export interface RefusedClients {
    /**
     * Event 5605: clients that do not encrypt were refused. A hint, no proof: it may also be logged for a client that did use
     * PacketPrivacy (KB2590230).
     */
    refused: EventCount;
    /** Event 5606: results of asynchronous calls could not be delivered encrypted, as where the client does not trust this host's account. */
    callbacksRefused: EventCount;
}

/**
 * What WMI wrote into the host's Application log. It names no client, neither address nor process: to find them, audit access
 * to the namespace. Events of every level count, because 5605 is a warning in some versions of Windows and an error in others.
 * A log that is full overwrites its oldest events, so what is not there may still have happened.
 */
export interface NamespaceEvents {
    /** UTC, ISO 8601, by the host's clock. */
    since: string;
    until: string;
    /** By the map's keys. */
    namespaces: Record<string, RefusedClients>;
    /** Of namespaces that are not in the map. */
    other: RefusedClients;
    /**
     * What explains a flag that is gone, oldest first: the WMI repository was found inconsistent (5600), its files were not
     * found (5614), it was recreated (5616), or a MOF file was not loaded when it was (4).
     */
    explains: { event: number; file?: string; count: number; first: string; last: string }[];
    /** The log had more than is read (10,000 events, 200 groups of them): counts are at least these. */
    truncated: boolean;
}
