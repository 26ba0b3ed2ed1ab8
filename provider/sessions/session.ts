import type { Connection } from "../core/connection";
import type { Session } from "../core/session";

/** Milliseconds for the process on the host to end after its input ended. The connection below it gets the rest of two seconds. */
export const PROCESS_MS = 1500;

/** The interface of every transport. Only `provider/connect.ts` knows which one it is. */
export interface Sessions {
    /**
     * @param command as the host's default shell gets it
     * @throws WmisecError that names the host and holds no secret.
     */
    open(connection: Connection, command: string): Promise<Session>;
    /** Ends all sessions and openings, and refuses new ones. Settles within a second. */
    closeAll(): Promise<void>;
}
