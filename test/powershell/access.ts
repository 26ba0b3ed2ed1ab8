import type { AgentClient } from "../../provider/agent/client";
import { agentCommand } from "../../provider/agent/command";
import { AgentStarter } from "../../provider/agent/starter";
import type { Connection, Transport } from "../../provider/core/connection";
import { AgentHost, type AgentHostOptions } from "../../provider/hosts/agentHost";
import { OpensshSessions } from "../../provider/sessions/openssh/opensshSessions";
import { makeServices } from "../../provider/sessions/services";
import type { Sessions } from "../../provider/sessions/session";
import { SshSessions } from "../../provider/sessions/sshSessions";
import { newKeyPair } from "../../provider/simulator";
import { SshUser } from "../sessions/openssh/programs";

/** Those of SSH: this PowerShell is behind its server. */
export type SshTransport = Exclude<Transport, "winrm">;

/** Our way to hosts: a key, and sessions by either transport, as `provider/connect.ts` puts them together. */
export class Access {
    readonly user = new SshUser();
    readonly key = newKeyPair();
    /** Of what was said that nobody has to act on. */
    readonly warnings: string[] = [];
    readonly #file = this.user.keeps("key", this.key.private);
    readonly #opened: AgentHost[] = [];
    readonly #sessions: Readonly<Record<SshTransport, Sessions>>;

    constructor() {
        const services = makeServices({ env: this.user.env, home: this.user.folder, warn: (text) => void this.warnings.push(text) });
        this.#sessions = { ssh: new SshSessions(services), openssh: new OpensshSessions(services) };
    }

    to(connection: Connection, transport: SshTransport): Connection {
        return { ...connection, transport, privateKey: { file: this.#file } };
    }

    /** Over a session of its own. */
    open(connection: Connection, transport: SshTransport, options: AgentHostOptions = {}): AgentHost {
        const to = this.to(connection, transport);
        const openSession = () => this.#sessions[transport].open(to, agentCommand());
        const starter = new AgentStarter(openSession, (text) => void this.warnings.push(text));
        const host = new AgentHost(to.host, (): Promise<AgentClient> => starter.start(), options);
        this.#opened.push(host);
        return host;
    }

    /** Ends what was opened so far. */
    async closeSessions(): Promise<void> {
        await Promise.all(this.#opened.splice(0).map((host) => host.close()));
    }

    async close(): Promise<void> {
        await this.closeSessions();
        await Promise.all(Object.values(this.#sessions).map((sessions) => sessions.closeAll()));
        this.user.remove();
    }
}
