import type { Connection } from "../core/connection";
import type { LivesOnMachines } from "../core/ledger/claim";
import type { Names } from "../core/ledger/givenNames";
import type { Report } from "../core/ledger/report";
import type { WindowsHost } from "../hosts/windowsHost";

/** What a handler needs from its environment; provided by connect.ts and by the plugin. */
export interface Runtime {
    /** The host behind a connection. Does not connect yet. */
    readonly host: (connection: Connection) => WindowsHost;
    /** Owners to remove from ledgers because they no longer exist (`WMISEC_EVICT`). */
    readonly evict: Names;
    /** Hosts, as programs name them, that are gone for good: if they do not answer, that is expected (`WMISEC_FORGET`). */
    readonly forget: Names;
    /** An unreachable host is an error even if the program says `keep` (`WMISEC_STRICT=1`). */
    readonly strict: boolean;
    /** An update of a fleet asks its hosts what it would write, says so, and stops (`WMISEC_PREVIEW_HOSTS=1`). */
    readonly previewHosts: boolean;
    /** ISO 8601. */
    readonly now: () => string;
    /** Random; becomes a resource's id and stamp. */
    readonly newId: () => string;
    /** Rejects with WmisecError `cancelled` once the run is being stopped: no write may begin after that. */
    readonly beforeWrite: () => Promise<void>;
    /** Fires when the user cancels the run: an operation on many hosts begins no more of them. */
    readonly stopping: AbortSignal;
    /** Ends a host's session, if there is one and nobody uses it, or `evenIfBusy`. A later call opens another. */
    readonly release: (connection: Connection, evenIfBusy?: boolean) => void;
    readonly log: Log;
    /** Absent without an engine. */
    readonly lives?: Lives | undefined;
}

/** The lives (ids, stamps) of resources that the engine has asked this run about or that this run created: what its state knows. */
export interface Lives extends LivesOnMachines {
    /**
     * Whether the engine runs a program. One in Go or YAML is known only by the resources of ours that it declares. In a destroy none runs: then
     * the engine deletes each life in the state, so a life that it has not asked about is either not in the state, or about to be deleted.
     */
    readonly programRuns: () => Promise<boolean>;
    /**
     * Machines on which the program declares lives of this owner whose last create or update succeeded, as far as this run was asked about
     * them: nothing of other lives is left there.
     */
    readonly machinesOf: (owner: string) => Iterable<string>;
    /**
     * Reports at the end of the run that an item was left to another life of its owner, or released with it; not if the engine asks about
     * that life by then. In an ordinary replacement it does so last.
     */
    readonly reportAtEnd: (stamp: string, text: string) => void;
}

/**
 * Each call settles once the line was sent: if the operation ended earlier, the line would be lost. `about` is the owner of the resource
 * under which the line appears.
 */
export interface Log {
    readonly info: (text: string, about?: string) => Promise<void>;
    readonly warn: (text: string, about?: string) => Promise<void>;
    /** Shown on a terminal until the next line, and nowhere else. */
    readonly passing: (text: string, about?: string) => Promise<void>;
    /** Several hosts at once are combined into one warning. */
    readonly unreachable: (host: string) => Promise<void>;
}

/**
 * Logs what a reconciliation reports about a host.
 * @param host as warnings name it (`hostText`)
 */
export const reporterFor =
    ({ log, lives }: Pick<Runtime, "log" | "lives">, host: string) =>
    async ({ notes, warnings, lifeNotices }: Report): Promise<void> => {
        for (const { stamp, text } of lifeNotices) lives?.reportAtEnd(stamp, `${host}: ${text}`);
        const shown = lives === undefined ? [...warnings, ...lifeNotices.map(({ text }) => text)] : warnings;
        await Promise.all([
            ...notes.map((note) => log.info(`${host}: ${note}`)),
            ...shown.map((warning) => log.warn(`${host}: ${warning}`)),
        ]);
    };
