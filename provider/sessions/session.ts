import type { Connection } from "../core/connection";
import type { Session } from "../core/session";

/** Milliseconds that the process on the host gets to end after the end of its input. What lies under it gets the rest of two seconds. */
export const PROCESS_MS = 1500;

/** What every transport gives. Which one it is is known to nobody but `provider/connect.ts`. */
export interface Sessions {
    /**
     * @param command as the host's default shell gets it
     * @throws WmisecError that names the host and holds no secret.
     */
    open(connection: Connection, command: string): Promise<Session>;
    /** Ends what is open and what is being opened, and refuses to open more; settles within a second. */
    closeAll(): Promise<void>;
}
