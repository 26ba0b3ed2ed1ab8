import { setMaxListeners } from "node:events";
import { Redaction } from "../core/redaction";
import { Openings } from "./openings";
import { PasswordGate } from "./passwordGate";
import { Secrets } from "./secrets";
import { SessionRoom } from "./sessionRoom";

/**
 * What all transports of a process share. A second gate would try a wrong password twice. A second limit would open twice as much as
 * the machine can handle. With a second list of secrets, a host's text could contain a secret that only the other list has.
 */
export interface Services {
    /** The process's environment: SSH_AUTH_SOCK, `{ env }` references, PATH, and what programs see. */
    readonly env: NodeJS.ProcessEnv;
    /** The home folder that `~/` means. */
    readonly home: string;
    /** Gets a warning for each login to a server whose key was not checked. */
    readonly warn: (text: string) => void;
    /** Knows every secret in use, and removes them from hosts' text. */
    readonly redaction: Redaction;
    readonly secrets: Secrets;
    readonly gate: PasswordGate;
    /** Limits the openings in progress. */
    readonly openings: Openings;
    /** Limits the open sessions. */
    readonly room: SessionRoom;
    /** Aborted when the run is stopping: nothing is opened after that. */
    readonly stop: AbortController;
}

type Given = Pick<Services, "env" | "home" | "warn"> & Partial<Pick<Services, "redaction" | "gate" | "openings" | "room">>;

/** Called once a process, by `connect.ts`. */
export function makeServices({
    redaction = new Redaction(),
    gate = new PasswordGate(),
    openings = new Openings(),
    room = new SessionRoom(),
    ...surroundings
}: Given): Services {
    const stop = new AbortController();
    // Every wait and dial listens to it. Without this, Node.js prints a warning at the eleventh listener.
    setMaxListeners(0, stop.signal);
    const { env, home } = surroundings;
    const secrets = new Secrets({ env, home, signal: stop.signal, redaction });
    return { ...surroundings, redaction, gate, openings, room, secrets, stop };
}
