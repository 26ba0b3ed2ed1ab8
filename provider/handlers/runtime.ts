import type { Connection } from "../core/connection";
import type { WindowsHost } from "../hosts/windowsHost";

/** What a handler needs of the world; made by connect.ts and by the head. */
export interface Runtime {
    /** The host behind a connection; opens nothing yet. */
    readonly host: (connection: Connection) => WindowsHost;
    /** Owners to be removed from ledgers because they no longer exist (`WMISEC_EVICT`). */
    readonly evict: ReadonlySet<string>;
    /** Unreachable is an error whatever the program says (`WMISEC_STRICT=1`). */
    readonly strict: boolean;
    /** ISO 8601. */
    readonly now: () => string;
    /** Random; becomes a resource's id and stamp. */
    readonly newId: () => string;
    /** @throws WmisecError `cancelled` once the run is being stopped: no write may begin after that. */
    readonly beforeWrite: () => void;
    readonly log: Log;
}

export interface Log {
    readonly info: (text: string) => void;
    readonly warn: (text: string) => void;
    /** Many hosts at once make one warning. Settles when it was sent. */
    readonly unreachable: (host: string) => Promise<void>;
}
