import { homedir } from "node:os";
import { resolve } from "node:path";
import { startAgent } from "../../provider/agent/client";
import { agentCommand } from "../../provider/agent/command";
import type { Connection } from "../../provider/core/connection";
import { namespacePath } from "../../provider/core/namespacePath";
import type { Session } from "../../provider/core/session";
import { LEDGER_ONLY } from "../../provider/core/wire/observation";
import { AgentHost, type AgentHostOptions } from "../../provider/hosts/agentHost";
import { makeServices } from "../../provider/sessions/services";
import { SshSessions } from "../../provider/sessions/sshSessions";

/** The one namespace that these suites write to. Whoever runs them makes it before and removes it after: see `MAKE_IT`. */
export const THROW_AWAY = namespacePath("root/wmisec_test");

const MAKE_IT = `New-CimInstance -Namespace root -ClassName __Namespace -Property @{ Name = 'wmisec_test' }`;

/** Why these suites are skipped: what `npm test` prints. */
export const SKIPPED = "[skipped: WMISEC_TEST_HOST is not set]";

/** PowerShell's start, mofcomp and the real CLI take their time. */
jest.setTimeout(300_000);

/**
 * The Windows host that the environment names, or undefined. `WMISEC_TEST_HOST`, `WMISEC_TEST_PORT` (default 22), `WMISEC_TEST_USER`
 * (an administrator), `WMISEC_TEST_KEY_FILE` (the private key's file, without a password), `WMISEC_TEST_KNOWN_HOSTS` (a file that has the
 * host's key): docs/live-tests.md tells how to get them. The suites write to one host: run them one after the other,
 * `npx jest test/live --runInBand`.
 * @throws Error when only some of them are set, or the port is none
 */
export function realConnection(env: NodeJS.ProcessEnv = process.env): Connection | undefined {
    const host = env["WMISEC_TEST_HOST"];
    if (host === undefined || host === "") return undefined;
    const needed = (name: string): string => {
        const value = env[name];
        if (value === undefined || value === "") throw new Error(`WMISEC_TEST_HOST is set and ${name} is not`);
        return value;
    };
    const port = Number(env["WMISEC_TEST_PORT"] ?? 22);
    if (!Number.isInteger(port) || port < 1 || port > 65_535)
        throw new Error(`WMISEC_TEST_PORT must be a port, from 1 to 65535, not ${JSON.stringify(env["WMISEC_TEST_PORT"])}`);
    return {
        host,
        port,
        user: needed("WMISEC_TEST_USER"),
        privateKey: { file: resolve(needed("WMISEC_TEST_KEY_FILE")) },
        knownHostsFile: resolve(needed("WMISEC_TEST_KNOWN_HOSTS")),
    };
}

/** Our verbs on that host, over sessions of their own. */
export class RealHost {
    readonly #sessions = new SshSessions(makeServices({ env: process.env, home: homedir(), warn: console.warn }));
    readonly #opened: AgentHost[] = [];

    constructor(private readonly connection: Connection) {}

    /** Over a new session. */
    open(options?: AgentHostOptions): AgentHost {
        const open = async () => startAgent(await this.#sessions.open(this.connection, agentCommand()));
        const host = new AgentHost(this.connection.host, open, options);
        this.#opened.push(host);
        return host;
    }

    /** Over a new session, without our agent: `test/live/helper.ts`. */
    session(command: string): Promise<Session> {
        return this.#sessions.open(this.connection, command);
    }

    async dispose(): Promise<void> {
        await Promise.all(this.#opened.map((host) => host.close()));
        await this.#sessions.closeAll();
    }
}

/** @throws Error that says how to make it */
export async function requireThrowAway(host: AgentHost): Promise<void> {
    const [found] = (await host.observe({ ...LEDGER_ONLY, namespaces: [THROW_AWAY] })).namespaces;
    if (found?.state !== "present")
        throw new Error(`the host has no namespace ${THROW_AWAY} (${found?.state}): make it there, as an administrator: ${MAKE_IT}`);
}
