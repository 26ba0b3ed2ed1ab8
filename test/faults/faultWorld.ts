import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { agentCommand } from "../../provider/agent/command";
import { AgentStarter } from "../../provider/agent/starter";
import { type Connection, describeConnection } from "../../provider/core/connection";
import { WmisecError } from "../../provider/core/errors";
import { Redaction } from "../../provider/core/redaction";
import { type RegistryData, UNSEC_APP_VALUE } from "../../provider/core/registry";
import { check, describeFailure } from "../../provider/handlers/check";
import { Handler, type Properties } from "../../provider/handlers/handler";
import { PartialFailure } from "../../provider/handlers/partialFailure";
import type { Runtime } from "../../provider/handlers/runtime";
import { AgentHost } from "../../provider/hosts/agentHost";
import { type HostResourceName, specOf } from "../../provider/resources";
import { makeServices, type Services } from "../../provider/sessions/services";
import type { Sessions } from "../../provider/sessions/session";
import { SshSessions } from "../../provider/sessions/sshSessions";
import { type WinrmLimits, WinrmSessions } from "../../provider/sessions/winrm/winrmSessions";
import { type SimulatedHost, startSimulatedHost } from "../../provider/simulator";
import type { Hangs, Row } from "./row";

/** By what the host is reached. */
export type Way = "ssh" | "winrm";

/** A resource as the state has it. */
export interface Stored {
    readonly id: string;
    readonly outs: Properties;
}

/** What came of an operation: the error, if there is one, and what the state has afterwards. */
export interface Came {
    readonly error: WmisecError | undefined;
    readonly state: Stored | undefined;
}

/** How long an answer may take that does not come. Where shells are counted afterwards, there is time to delete them. */
const SHORT = { graceMs: 1000, deleteMs: 60_000 };
const WINRM_LIMITS: Readonly<Partial<Record<Hangs, Partial<WinrmLimits>>>> = {
    create: { ...SHORT, createMs: 1000 },
    command: { ...SHORT, commandMs: 1000 },
    send: { ...SHORT, sendMs: 1000 },
    receive: { ...SHORT, pollMs: 1000 },
};

const SESSIONS: Readonly<Record<Way, (services: Services, hangs: Hangs | undefined) => Sessions>> = {
    ssh: (services) => new SshSessions(services),
    // What is tried again while a quota is used up need not be waited for.
    winrm: (services, hangs) => new WinrmSessions(services, { quotaMs: 20, ...(hangs && WINRM_LIMITS[hangs]) }),
};

/** The sink policy's value before the first create. */
export const ZERO: RegistryData = { kind: "REG_SZ", value: "0" };

/** A product's own MOF files: one makes its namespaces, also in a rebuilt repository; the other is edited by our policy. */
const PRODUCT = "C:\\Contoso\\product.mof";
export const DEFINITION = "C:\\Contoso\\contoso.mof";
const namespacesIn = (parent: string, ...names: string[]) => [
    `#pragma namespace("\\\\\\\\.\\\\${parent}")`,
    ...names.map((name) => `instance of __Namespace { Name = "${name}"; };`),
];
const PRODUCT_TEXT = [...namespacesIn("root", "contoso", "shop"), ...namespacesIn("root\\\\contoso", "billing"), ""].join("\r\n");
export const DEFINITION_TEXT = ["// Contoso's own", ...namespacesIn("root", "contoso"), ""].join("\n");

/** What a program on the controller would have; it must not show up anywhere. */
export const CANARY = "canary-password-51d7";

/**
 * One simulated host, and one controller's process after another that reaches it over real SSH or WinRM: real sessions, agents and
 * handlers.
 */
export class FaultWorld {
    readonly said: string[] = [];
    /** As the program wrote it, when all was well. */
    readonly connection: Connection;
    private readonly folder = mkdtempSync(join(tmpdir(), "wmisec-faults-"));
    /** What has a deadline that a test can wait for. */
    private readonly hangs: Hangs | undefined;
    private lives = 0;
    private readonly redaction = new Redaction();
    private process: { readonly sessions: Sessions; readonly hosts: Map<string, AgentHost> } | undefined;

    private constructor(
        readonly host: SimulatedHost,
        private readonly way: Way,
        { hangs, isPinned = false }: Pick<Row, "hangs" | "isPinned">,
    ) {
        this.hangs = hangs;
        const { hostKey: _, serverCertificate, ...connection } = host.connection;
        const patience = { dialErrorLimit: 0, perDialTimeout: hangs === "login" ? 2 : 60 };
        const trust = way === "ssh" ? { knownHostsFile: this.trusted } : isPinned ? { serverCertificate } : { caFile: this.trusted };
        this.connection = { ...connection, ...(host.certificate === undefined && way === "winrm" ? {} : trust), ...patience };
        this.trustHost();
    }

    static async start(way: Way, row: Pick<Row, "hangs" | "isPinned" | "winrm"> = {}): Promise<FaultWorld> {
        const host = await startSimulatedHost({
            transport: way,
            winrm: row.winrm ?? {},
            name: "web-07",
            noise: true,
            users: [{ user: "CONTOSO\\svc-pulumi", password: CANARY }],
            machine: { namespaces: { "root/contoso": null, "root/contoso/billing": false, "root/shop": null } },
        });
        host.machine.behindOurBack.setValue(UNSEC_APP_VALUE.key, UNSEC_APP_VALUE.name, ZERO);
        host.machine.behindOurBack.writeFile(DEFINITION, DEFINITION_TEXT);
        host.machine.behindOurBack.writeFile(PRODUCT, PRODUCT_TEXT);
        host.machine.behindOurBack.register(PRODUCT);
        return new FaultWorld(host, way, row);
    }

    /** Puts the key that the host has now into the controller's known_hosts, or its certificate into the file of those that it trusts. */
    trustHost(): void {
        const { address, port, hostKey, certificate } = this.host;
        writeFileSync(this.trusted, this.way === "ssh" ? `[${address}]:${port} ${hostKey}\n` : (certificate ?? ""));
    }

    private get trusted(): string {
        return join(this.folder, "trusted");
    }

    /** As the head shows it: without secrets that were used in this process. */
    shown = (text: string): string => this.redaction.text(text);

    async stop(): Promise<void> {
        await this.endProcess();
        await this.host.stop();
        rmSync(this.folder, { recursive: true, force: true });
    }

    /** The next operation is another run of the controller: new sessions, nothing remembered. */
    async endProcess(): Promise<void> {
        const { process } = this;
        this.process = undefined;
        if (process === undefined) return;
        await Promise.allSettled([...process.hosts.values()].map((host) => host.close()));
        await process.sessions.closeAll();
    }

    /** What is wrong with the inputs, and what the engine is told of the difference: all that a preview asks of the provider. */
    preview(
        name: HostResourceName,
        state: Stored | undefined,
        inputs: Properties,
    ): { readonly failures: string[]; readonly difference: unknown } {
        const failures = check(specOf(name), inputs, () => false).failures.map(describeFailure);
        return { failures, difference: state === undefined ? undefined : this.handler(name).diff(state.outs, inputs) };
    }

    create = (name: HostResourceName, inputs: Properties): Promise<Came> => settled(undefined, () => this.handler(name).create(inputs));

    update = (name: HostResourceName, { id, outs }: Stored, inputs: Properties): Promise<Came> =>
        settled({ id, outs }, async () => ({ id, outs: await this.handler(name).update(id, outs, inputs) }));

    read = (name: HostResourceName, { id, outs }: Stored): Promise<Came> =>
        settled({ id, outs }, async () => ({ id, outs: (await this.handler(name).read(id, outs)).outs }));

    delete = (name: HostResourceName, { id, outs }: Stored): Promise<Came> =>
        settled({ id, outs }, async () => {
            await this.handler(name).delete(id, outs);
            return undefined;
        });

    private handler(name: HostResourceName): Handler {
        return new Handler(specOf(name), this.runtime());
    }

    private runtime(): Runtime {
        return {
            host: (connection) => this.hostBehind(connection),
            evict: new Set(),
            forget: new Set(),
            strict: false,
            previewHosts: false,
            stopping: new AbortController().signal,
            release: () => undefined,
            now: () => "2026-01-02T03:04:05.000Z",
            newId: () => `life-${++this.lives}`,
            beforeWrite: async () => undefined,
            log: {
                info: async (text) => void this.said.push(text),
                warn: async (text) => void this.said.push(text),
                passing: async () => undefined,
                unreachable: async (host) => void this.said.push(host),
            },
        };
    }

    private hostBehind(connection: Connection): AgentHost {
        this.process ??= {
            sessions: SESSIONS[this.way](
                makeServices({ env: {}, home: tmpdir(), warn: (text) => void this.said.push(text), redaction: this.redaction }),
                this.hangs,
            ),
            hosts: new Map(),
        };
        const { sessions, hosts } = this.process;
        const key = JSON.stringify(connection);
        const agents = new AgentStarter(
            () => sessions.open(connection, agentCommand()),
            (text) => void this.said.push(text),
            { redaction: this.redaction, ...(this.hangs === "answer" && { handshakeTimeoutMs: 3000, graceMs: 300 }) },
        );
        const host =
            hosts.get(key) ??
            new AgentHost(connection.host, () => agents.start(), {
                tried: describeConnection(connection),
                ...(this.hangs === "answer" && { readTimeoutMs: 800, mutexTimeoutMs: 400, mofcompTimeoutMs: 300, stepTimeoutMs: 100 }),
                ...(this.hangs === "compiler" && { mofcompTimeoutMs: 300 }),
            });
        hosts.set(key, host);
        return host;
    }
}

/** @throws what is no error of ours: nothing on a host may lead to one */
async function settled(before: Stored | undefined, work: () => Promise<Stored | undefined>): Promise<Came> {
    try {
        return { error: undefined, state: await work() };
    } catch (error) {
        if (error instanceof PartialFailure && error.failure instanceof WmisecError)
            return { error: error.failure, state: { id: error.id, outs: error.properties } };
        if (error instanceof WmisecError) return { error, state: before };
        throw error;
    }
}
