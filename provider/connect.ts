import { homedir } from "node:os";
import { agentCommand, readAgent } from "./agent/command";
import { AgentStarter } from "./agent/starter";
import { type Connection, describeConnection, inlineSecrets, requireUsable, type Transport } from "./core/connection";
import { WmisecError } from "./core/errors";
import { GivenNames } from "./core/ledger/givenNames";
import { Redaction } from "./core/redaction";
import { AgentHost } from "./hosts/agentHost";
import { IdleHost } from "./hosts/idleHost";
import type { WindowsHost } from "./hosts/windowsHost";
import { connectionKey } from "./sessions/connectionKey";
import { Openings } from "./sessions/openings";
import { OpensshSessions } from "./sessions/openssh/opensshSessions";
import { makeServices } from "./sessions/services";
import type { Sessions } from "./sessions/session";
import { SessionRoom } from "./sessions/sessionRoom";
import { SshSessions } from "./sessions/sshSessions";
import { WinrmSessions } from "./sessions/winrm/winrmSessions";

/** Milliseconds until an idle session is closed. */
const IDLE = 15_000;

export interface Hosts {
    /**
     * The host behind a connection; connections that differ only in patience share one session. Does not connect yet.
     * @throws WmisecError invalidInput for a connection from a state that can't be used any more
     */
    readonly host: (connection: Connection) => WindowsHost;
    /** Ends the session of a host, if there is one and nobody uses it, or `evenIfBusy`. */
    readonly release: (connection: Connection, evenIfBusy?: boolean) => void;
    /** Ends every session and opens no more. Settles within a second. */
    readonly closeAll: () => Promise<void>;
    /** Removes the secrets used so far from text for people. */
    readonly redact: (text: string) => string;
    /** `WMISEC_EVICT`: owners that no longer exist, one per line. */
    readonly evict: GivenNames;
    /** `WMISEC_FORGET`: hosts, as programs name them, that are gone for good, one per line. */
    readonly forget: GivenNames;
    /** `WMISEC_STRICT`: `1` or `true`. */
    readonly strict: boolean;
    /** `WMISEC_PREVIEW_HOSTS`: `1` or `true`. */
    readonly previewHosts: boolean;
}

/**
 * Builds sessions, agents and hosts. The only reader of the environment: that of the running process, also in a refresh or destroy years
 * after the `up`.
 * @param warn called for what is allowed and should be avoided, such as a host key that is not checked
 * @throws WmisecError `invalidInput` if a switch in the environment is neither on nor off
 */
export function connectHosts(warn: (text: string) => void, environment: NodeJS.ProcessEnv = process.env): Hosts {
    readAgent();
    const redaction = new Redaction();
    const hosts = new Map<string, IdleHost>();
    const relieve = () => {
        for (const host of hosts.values()) host.giveBack();
    };
    const services = makeServices({
        env: environment,
        home: homedir(),
        warn,
        redaction,
        openings: new Openings({ relieve }),
        room: new SessionRoom({ relieve }),
    });
    const transports: Readonly<Record<Transport, Sessions>> = {
        ssh: new SshSessions(services),
        openssh: new OpensshSessions(services),
        winrm: new WinrmSessions(services),
    };
    const keepMof = isOn(environment, "WMISEC_KEEP_MOF");

    const made = (connection: Connection): IdleHost => {
        requireUsable(connection);
        const sessions = transports[connection.transport ?? "ssh"];
        const open = () => sessions.open(connection, agentCommand());
        const agents = new AgentStarter(open, (text) => warn(`${connection.host}: ${text}`), { redaction });
        const options = { tried: describeConnection(connection), keepMof };
        return new IdleHost(new AgentHost(connection.host, () => agents.start(), options), IDLE);
    };
    return {
        host: (connection) => {
            // An earlier run may have sent one of these secrets to any host.
            for (const secret of inlineSecrets(connection)) redaction.add(secret);
            const key = connectionKey(connection);
            const host = hosts.get(key) ?? made(connection);
            hosts.set(key, host);
            return host;
        },
        release: (connection, evenIfBusy = false) => {
            const key = connectionKey(connection);
            const host = hosts.get(key);
            if (host === undefined || (host.isBusy && !evenIfBusy)) return;
            hosts.delete(key);
            void host.close();
        },
        closeAll: async () => {
            const ends = [...hosts.values()].map((host) => host.close());
            await Promise.allSettled([...ends, ...Object.values(transports).map((sessions) => sessions.closeAll())]);
        },
        redact: (text) => redaction.text(text),
        evict: linesOf(environment["WMISEC_EVICT"]),
        forget: linesOf(environment["WMISEC_FORGET"]),
        strict: isOn(environment, "WMISEC_STRICT"),
        previewHosts: isOn(environment, "WMISEC_PREVIEW_HOSTS"),
    };
}

const linesOf = (text = ""): GivenNames =>
    new GivenNames(
        new Set(
            text
                .split("\n")
                .map((line) => line.trim())
                .filter((line) => line !== ""),
        ),
    );

/** @throws WmisecError for any other value: a drift gate that believes itself strict must be strict */
function isOn(environment: NodeJS.ProcessEnv, name: string): boolean {
    const value = environment[name] ?? "";
    if (value === "1" || value === "true") return true;
    if (value === "" || value === "0" || value === "false") return false;
    throw new WmisecError("invalidInput", `${name} is ${JSON.stringify(value)}, but must be 1 or 0`, {
        remedy: `set ${name}=1, or unset it`,
    });
}
