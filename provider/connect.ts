import { homedir } from "node:os";
import { startAgent } from "./agent/client";
import { agentCommand } from "./agent/command";
import { type Connection, describeConnection } from "./core/connection";
import { AgentHost } from "./hosts/agentHost";
import { IdleHost } from "./hosts/idleHost";
import type { WindowsHost } from "./hosts/windowsHost";
import { connectionKey } from "./sessions/connectionKey";
import { Slots } from "./sessions/slots";
import { SshSessions } from "./sessions/sshSessions";

/** How many sessions may be opened at the same time. */
const MAX_OPENING = 32;
/** Milliseconds. */
const IDLE = 15_000;

export interface Hosts {
    /** The host behind a connection; connections that differ only in patience share one session. Opens nothing yet. */
    readonly host: (connection: Connection) => WindowsHost;
    /** Ends every session and opens no more; settles within a second. */
    readonly closeAll: () => Promise<void>;
    /** Takes the secrets that were used so far out of text that people will read. */
    readonly redact: (text: string) => string;
    /** `WMISEC_EVICT`: owners that no longer exist, one a line. */
    readonly evict: ReadonlySet<string>;
    /** `WMISEC_FORGET`: hosts, as programs name them, that are gone for good, one a line. */
    readonly forget: ReadonlySet<string>;
    /** `WMISEC_STRICT=1`. */
    readonly strict: boolean;
}

/**
 * Puts the parts together: sessions, agents, hosts. The only reader of the environment, which is the one of the process that
 * runs now, also in a refresh or destroy years after the `up`.
 * @param warn told of what is allowed and should not be, such as a host key that is not checked
 */
export function connectHosts(warn: (text: string) => void, environment: NodeJS.ProcessEnv = process.env): Hosts {
    const sessions = new SshSessions({ env: environment, home: homedir(), warn });
    const slots = new Slots(MAX_OPENING);
    const stop = new AbortController();
    const keepMof = environment["WMISEC_KEEP_MOF"] === "1";
    const hosts = new Map<string, IdleHost>();

    const made = (connection: Connection): IdleHost => {
        const open = () => slots.run(stop.signal, async () => startAgent(await sessions.open(connection, agentCommand())));
        return new IdleHost(new AgentHost(connection.host, open, { tried: describeConnection(connection), keepMof }), IDLE);
    };
    return {
        host: (connection) => {
            const key = connectionKey(connection);
            const host = hosts.get(key) ?? made(connection);
            hosts.set(key, host);
            return host;
        },
        closeAll: async () => {
            stop.abort();
            await Promise.allSettled([...hosts.values()].map((host) => host.close()).concat(sessions.closeAll()));
        },
        redact: (text) => sessions.redact(text),
        evict: linesOf(environment["WMISEC_EVICT"]),
        forget: linesOf(environment["WMISEC_FORGET"]),
        strict: environment["WMISEC_STRICT"] === "1",
    };
}

const linesOf = (text = ""): ReadonlySet<string> => new Set(text.split("\n").filter((line) => line !== ""));
