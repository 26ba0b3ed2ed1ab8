import { agentCommand } from "../../provider/agent/command";
import type { AgentOptions } from "../../provider/agent/handshake";
import { AgentStarter } from "../../provider/agent/starter";
import type { Connection } from "../../provider/core/connection";
import { AgentHost } from "../../provider/hosts/agentHost";
import { OpensshSessions } from "../../provider/sessions/openssh/opensshSessions";
import type { Sessions } from "../../provider/sessions/session";
import { SshSessions } from "../../provider/sessions/sshSessions";
import { newKeyPair, type SimulatedHost, type SimulatedHostOptions, startSimulatedHost } from "../../provider/simulator";
import { describeWindowsHost, type HostUnderTest } from "../contract/windowsHostContract";
import { describeWith, NO_SSH, SSH, SshUser } from "../sessions/openssh/programs";

interface Over extends SimulatedHostOptions {
    readonly sessions?: () => Sessions;
    readonly connection?: (host: SimulatedHost) => Connection;
    readonly agent?: AgentOptions;
    readonly prepare?: (host: SimulatedHost) => void;
}

const ssh = (): Sessions => new SshSessions({ warn: () => undefined, env: {}, home: "/nonexistent" });

/** The way from a verb to a simulated host, as `provider/connect.ts` puts it together. */
async function over({ sessions = ssh, connection = (host) => host.connection, agent, prepare, ...options }: Over): Promise<HostUnderTest> {
    const simulated = await startSimulatedHost({ ...options, machine: { namespaces: { "root/wmisec_test": null } } });
    prepare?.(simulated);
    const opened = sessions();
    const starter = new AgentStarter(
        () => opened.open(connection(simulated), agentCommand()),
        () => undefined,
        agent,
    );
    const made: AgentHost[] = [];
    const reopen = () => {
        const host = new AgentHost(simulated.name, () => starter.start(), { mutexTimeoutMs: 2000 });
        made.push(host);
        return host;
    };
    return {
        host: reopen(),
        machine: simulated.machine,
        reopen,
        dispose: async () => {
            await Promise.all(made.map((host) => host.close()));
            await opened.closeAll();
            await simulated.stop();
        },
    };
}

describeWindowsHost("an agent over SSH", () => over({}));
describeWindowsHost("an agent over SSH, with noise, PowerShell as the default shell", () =>
    over({ noise: true, defaultShell: "powershell" }),
);
describeWindowsHost("an agent over SSH that sees its input only when it ends, with noise", () =>
    over({ noise: true, agent: { handshakeTimeoutMs: 100 }, prepare: (host) => host.faults.on("inputOnlyAtEnd", {}) }),
);

describeWith(SSH, NO_SSH, "by the system's ssh", () => {
    const user = new SshUser();
    const key = newKeyPair();
    const file = user.keeps("key", key.private);
    afterAll(() => user.remove());
    const users = [{ user: "CONTOSO\\svc-pulumi", publicKeys: [key.public] }];
    const byProgram: Over = {
        users,
        sessions: () => new OpensshSessions({ warn: () => undefined, env: user.env, home: user.folder }),
        connection: (host) => ({ ...host.connection, transport: "openssh", privateKey: { file } }),
    };
    describeWindowsHost("an agent over the system's ssh, with noise", () => over({ ...byProgram, noise: true }));

    test("PowerShell that is not there is told with what the host's shell says", async () => {
        const { host, dispose } = await over({ ...byProgram, prepare: (host) => host.faults.on("powershellMissing", {}) });
        await expect(host.machine()).rejects.toMatchObject({
            code: "execRefused",
            message: expect.stringMatching(/PowerShell did not start our agent: [\s\S]*'powershell.exe' is not recognized/),
        });
        await dispose();
    });

    test("a command that the SSH server refuses keeps its code and what ssh says", async () => {
        const { host, dispose } = await over({ ...byProgram, prepare: (host) => host.faults.on("execRefused", {}) });
        await expect(host.machine()).rejects.toMatchObject({
            code: "execRefused",
            message: expect.stringMatching(/refused to start our command[\s\S]*exec request failed on channel 0/),
        });
        await dispose();
    });

    test.each<["dropsAtStart" | "authRefused" | "silentTcp", string]>([
        ["dropsAtStart", "connectionLost"],
        ["authRefused", "denied"],
        ["silentTcp", "unreachable"],
    ])("what goes wrong before the handshake keeps its code: %s", async (fault, code) => {
        const { host, dispose } = await over({
            ...byProgram,
            prepare: (host) => host.faults.on(fault, {}),
            connection: (host) => ({
                ...host.connection,
                transport: "openssh",
                privateKey: { file },
                perDialTimeout: 1,
                dialErrorLimit: 0,
            }),
        });
        await expect(host.machine()).rejects.toMatchObject({ code });
        await dispose();
    });
});

test("a host that is met with silence once is told of once, by name of what is wrong, and writes nothing twice", async () => {
    const simulated = await startSimulatedHost({ machine: { namespaces: { "root/wmisec_test": null } } });
    simulated.faults.on("inputOnlyAtEnd", {});
    const sessions = ssh();
    const warned: string[] = [];
    const starter = new AgentStarter(
        () => sessions.open(simulated.connection, agentCommand()),
        (text) => warned.push(text),
        { handshakeTimeoutMs: 100 },
    );
    const host = new AgentHost(simulated.name, () => starter.start());
    const write = { do: "setLedger", item: "namespace:root/wmisec_test", expect: null, text: "x" } as const;
    const nothing = { namespaces: [], values: [], registrations: [], definitions: [] };
    expect(await host.apply([write], nothing)).toMatchObject({ done: 1, stopped: null });
    await host.close();
    expect(await host.observe(nothing)).toMatchObject({ ledger: [{ item: write.item, text: "x" }] });
    await host.close();
    expect(simulated.counters.requests).toEqual({ observe: 1, apply: 1, bye: 0 });
    // The stream that was silent, the look who answers for each time the host was opened, and the two requests.
    expect(simulated.counters.processesStarted).toBe(5);
    expect(warned).toHaveLength(1);
    await sessions.closeAll();
    await simulated.stop();
});
