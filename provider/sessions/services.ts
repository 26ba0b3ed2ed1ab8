import { setMaxListeners } from "node:events";
import { Redaction } from "../core/redaction";
import { Openings } from "./openings";
import { PasswordGate } from "./passwordGate";
import { Secrets } from "./secrets";
import { SessionRoom } from "./sessionRoom";

/**
 * What all transports of a process share. A second gate would try a wrong password twice, a second budget would open twice as much as
 * the machine bears, and a second list of secrets would let a host say one of them.
 */
export interface Services {
    /** The process's environment: SSH_AUTH_SOCK, `{ env }` references, PATH, and what programs see. */
    readonly env: NodeJS.ProcessEnv;
    /** The home folder that `~/` stands for. */
    readonly home: string;
    /** Told of each login to a server whose key was not checked. */
    readonly warn: (text: string) => void;
    /** Knows every secret that is used, and takes them out of what hosts say. */
    readonly redaction: Redaction;
    readonly secrets: Secrets;
    readonly gate: PasswordGate;
    /** What may be under way at once. */
    readonly openings: Openings;
    /** What may be open at once. */
    readonly room: SessionRoom;
    /** Aborted when the run is being stopped: nothing is opened after that. */
    readonly stop: AbortController;
}

type Given = Pick<Services, "env" | "home" | "warn"> & Partial<Pick<Services, "redaction" | "gate" | "openings" | "room">>;

/** Made once in a process, by `connect.ts`. */
export function makeServices({
    redaction = new Redaction(),
    gate = new PasswordGate(),
    openings = new Openings(),
    room = new SessionRoom(),
    ...surroundings
}: Given): Services {
    const stop = new AbortController();
    // All that wait or dial listen to it; Node.js would print a warning from the eleventh on.
    setMaxListeners(0, stop.signal);
    const { env, home } = surroundings;
    const secrets = new Secrets({ env, home, signal: stop.signal, redaction });
    return { ...surroundings, redaction, gate, openings, room, secrets, stop };
}
