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
import type { Sessions } from "../../provider/sessions/session";
import { SshSessions } from "../../provider/sessions/sshSessions";
import { WinrmSessions } from "../../provider/sessions/winrm/winrmSessions";

/** The one namespace that these suites write to. Whoever runs them makes it before and removes it after: see `MAKE_IT`. */
export const THROW_AWAY = namespacePath("root/wmisec_test");

const MAKE_IT = `New-CimInstance -Namespace root -ClassName __Namespace -Property @{ Name = 'wmisec_test' }`;

/** Why these suites are skipped: what `npm test` prints. */
export const SKIPPED = "[skipped: WMISEC_TEST_HOST is not set]";

/** PowerShell's start, mofcomp and the real CLI take their time. */
jest.setTimeout(300_000);

/**
 * The Windows host that the environment names, or undefined: `WMISEC_TEST_HOST`, `WMISEC_TEST_USER` (an administrator), `WMISEC_TEST_PORT`
 * (default: the transport's own), `WMISEC_TEST_TRANSPORT` (`ssh`, the default, or `winrm`).
 *
 * SSH: `WMISEC_TEST_KEY_FILE` (a private key without a password), `WMISEC_TEST_KNOWN_HOSTS` (a file that has the host's key).
 * WinRM: `WMISEC_TEST_PASSWORD` (without it, a Kerberos ticket), `WMISEC_TEST_SCHEME` (`https`, the default, or `http`), and over HTTPS
 * `WMISEC_TEST_CERTIFICATE` (the fingerprint) unless the system trusts the certificate.
 *
 * docs/live-tests.md explains how to get them. The suites write to one host: run them one after the other, `npx jest test/live --runInBand`.
 * @throws Error if one that is needed is not set, or has a value that can't be meant
 */
export function realConnection(env: NodeJS.ProcessEnv = process.env): Connection | undefined {
    const host = env["WMISEC_TEST_HOST"];
    if (host === undefined || host === "") return undefined;
    const given = (name: string): string | undefined => (env[name] === "" ? undefined : env[name]);
    const needed = (name: string): string => {
        const value = given(name);
        if (value === undefined) throw new Error(`WMISEC_TEST_HOST is set and ${name} is not`);
        return value;
    };
    const oneOf = <const T extends string>(name: string, ...values: readonly [T, ...T[]]): T => {
        const value = values.find((one) => one === (given(name) ?? values[0]));
        if (value === undefined) throw new Error(`${name} must be ${values.join(" or ")}, not ${JSON.stringify(env[name])}`);
        return value;
    };
    const transport = oneOf("WMISEC_TEST_TRANSPORT", "ssh", "winrm");
    const port = given("WMISEC_TEST_PORT");
    if (port !== undefined && !(/^\d{1,5}$/.test(port) && Number(port) >= 1 && Number(port) <= 65_535))
        throw new Error(`WMISEC_TEST_PORT must be a port, from 1 to 65535, not ${JSON.stringify(port)}`);
    const common = { host, user: needed("WMISEC_TEST_USER"), ...(port !== undefined && { port: Number(port) }) };
    if (transport === "ssh")
        return {
            ...common,
            privateKey: { file: resolve(needed("WMISEC_TEST_KEY_FILE")) },
            knownHostsFile: resolve(needed("WMISEC_TEST_KNOWN_HOSTS")),
        };
    const certificate = given("WMISEC_TEST_CERTIFICATE");
    return {
        ...common,
        transport,
        scheme: oneOf("WMISEC_TEST_SCHEME", "https", "http"),
        ...(given("WMISEC_TEST_PASSWORD") !== undefined && { password: { env: "WMISEC_TEST_PASSWORD" } }),
        ...(certificate !== undefined && { serverCertificate: certificate }),
    };
}

/** What the program's process needs of the environment to reach the host. */
export const environmentOf = ({ password }: Connection, env: NodeJS.ProcessEnv = process.env): NodeJS.ProcessEnv =>
    password === undefined ? {} : { WMISEC_TEST_PASSWORD: env["WMISEC_TEST_PASSWORD"] };

/** Our verbs on that host, over sessions of their own. */
export class RealHost {
    readonly #sessions: Sessions;
    readonly #opened: AgentHost[] = [];

    constructor(private readonly connection: Connection) {
        const services = makeServices({ env: process.env, home: homedir(), warn: console.warn });
        this.#sessions = connection.transport === "winrm" ? new WinrmSessions(services) : new SshSessions(services);
    }

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
