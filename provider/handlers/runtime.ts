import type { Connection } from "../core/connection";
import type { LivesOnMachines } from "../core/ledger/claim";
import type { Names } from "../core/ledger/givenNames";
import type { Report } from "../core/ledger/report";
import type { WindowsHost } from "../hosts/windowsHost";

/** What a handler needs of the world; made by connect.ts and by the head. */
export interface Runtime {
    /** The host behind a connection; opens nothing yet. */
    readonly host: (connection: Connection) => WindowsHost;
    /** Owners to be removed from ledgers because they no longer exist (`WMISEC_EVICT`). */
    readonly evict: Names;
    /** Hosts, as programs name them, that are gone for good: their silence is taken for that (`WMISEC_FORGET`). */
    readonly forget: Names;
    /** Unreachable is an error whatever the program says (`WMISEC_STRICT=1`). */
    readonly strict: boolean;
    /** ISO 8601. */
    readonly now: () => string;
    /** Random; becomes a resource's id and stamp. */
    readonly newId: () => string;
    /** Rejects with WmisecError `cancelled` once the run is being stopped: no write may begin after that. */
    readonly beforeWrite: () => Promise<void>;
    readonly log: Log;
    /** Absent where there is no engine. */
    readonly lives?: Lives | undefined;
}

/** The lives (ids, stamps) of resources that the engine has asked this run about, or that it made: what its state knows. */
export interface Lives extends LivesOnMachines {
    /**
     * Whether the engine runs a program. In a destroy it does not: then each life that is in the state is deleted, and one that nobody
     * has asked for is not in it, or is about to be deleted.
     */
    readonly programRuns: () => Promise<boolean>;
    /**
     * Machines of this owner's lives that the program declares and whose last create or update came to its end, as far as the run was
     * asked about them: nothing of other lives is left there.
     */
    readonly machinesOf: (owner: string) => Iterable<string>;
    /**
     * An item was left to another life of its owner, or released with it. Told at the end of the run, unless somebody has asked for
     * that life by then: in an ordinary replacement the engine does so last.
     */
    readonly reportAtEnd: (stamp: string, text: string) => void;
}

/** Each settles when the line was sent: an operation that ended before would lose it. */
export interface Log {
    readonly info: (text: string) => Promise<void>;
    readonly warn: (text: string) => Promise<void>;
    /** Many hosts at once make one warning. */
    readonly unreachable: (host: string) => Promise<void>;
}

/**
 * What a reconciliation has to tell of a host.
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
