import type { AgentClient } from "../../provider/agent/client";
import { agentCommand } from "../../provider/agent/command";
import { OneShotAgent } from "../../provider/agent/oneShot";
import { AgentStarter } from "../../provider/agent/starter";
import type { Connection } from "../../provider/core/connection";
import type { Session } from "../../provider/core/session";
import { LEDGER_ONLY } from "../../provider/core/wire/observation";
import { AgentHost } from "../../provider/hosts/agentHost";
import { OpensshSessions } from "../../provider/sessions/openssh/opensshSessions";
import { makeServices } from "../../provider/sessions/services";
import type { Sessions } from "../../provider/sessions/session";
import { SshSessions } from "../../provider/sessions/sshSessions";
import { WinrmSessions } from "../../provider/sessions/winrm/winrmSessions";
import { newKeyPair, type SimulatedHost, type SimulatedHostOptions, startSimulatedHost } from "../../provider/simulator";
import { describeWindowsHost, type HostUnderTest } from "../contract/windowsHostContract";
import { describeWith, NO_SSH, SSH, SshUser } from "../sessions/openssh/programs";

interface Over extends SimulatedHostOptions {
    readonly sessions?: () => Sessions;
    readonly connection?: (host: SimulatedHost) => Connection;
    /** How agents are started. @default as in `provider/connect.ts` */
    readonly starting?: (openSession: () => Promise<Session>) => () => Promise<AgentClient>;
    readonly prepare?: (host: SimulatedHost) => void;
}

const ssh = (): Sessions => new SshSessions(makeServices({ warn: () => undefined, env: {}, home: "/nonexistent" }));

const winrm = (): Sessions => new WinrmSessions(makeServices({ warn: () => undefined, env: {}, home: "/nonexistent" }));

/** A host's clock need not agree with ours. */
const clock = (): Date => new Date(Date.now() - 300_000_000_000);

const byStarter = (openSession: () => Promise<Session>) => {
    const starter = new AgentStarter(openSession, () => undefined);
    return () => starter.start();
};

/** The way from a verb to a simulated host, as `provider/connect.ts` puts it together. */
async function over({ sessions = ssh, connection = (host) => host.connection, starting = byStarter, prepare, ...options }: Over) {
    const simulated = await startSimulatedHost({ ...options, machine: { namespaces: { "root/wmisec_test": null }, clock } });
    prepare?.(simulated);
    const opened = sessions();
    const start = starting(() => opened.open(connection(simulated), agentCommand()));
    const made: AgentHost[] = [];
    const reopen = ({ keepMof = false } = {}) => {
        const host = new AgentHost(simulated.name, start, { mutexTimeoutMs: 2000, keepMof });
        made.push(host);
        return host;
    };
    const hostUnderTest: HostUnderTest = {
        host: reopen(),
        machine: simulated.machine,
        reopen,
        dispose: async () => {
            await Promise.all(made.map((host) => host.close()));
            await opened.closeAll();
            const { shellsOpen } = simulated.counters;
            await simulated.stop();
            expect([shellsOpen, simulated.refused]).toEqual([0, []]);
        },
    };
    return hostUnderTest;
}

const made: HostUnderTest[] = [];
const opening = async (options: Over): Promise<HostUnderTest> => {
    const host = await over(options);
    made.push(host);
    return host;
};
afterEach(async () => {
    for (const host of made.splice(0)) await host.dispose();
});

describeWindowsHost("an agent over SSH", () => over({}));
describeWindowsHost("an agent over SSH, with noise, PowerShell as the default shell", () =>
    over({ noise: true, defaultShell: "powershell" }),
);
describeWindowsHost("an agent over SSH that sees its input only when it ends, with noise", () =>
    over({
        noise: true,
        starting: (openSession) => () => OneShotAgent.start(openSession),
        prepare: (host) => host.faults.on("inputOnlyAtEnd", {}),
    }),
);

describeWindowsHost("an agent over WinRM, sealed by NTLM, with noise", () =>
    over({ transport: "winrm", sessions: winrm, noise: true, winrm: { scheme: "http" } }),
);
describeWindowsHost("an agent over WinRM, by NTLM over HTTPS, that sees its input only when it ends", () =>
    over({
        transport: "winrm",
        sessions: winrm,
        winrm: { channelBinding: "strict" },
        starting: (openSession) => () => OneShotAgent.start(openSession),
        prepare: (host) => host.faults.on("inputOnlyAtEnd", {}),
    }),
);

describeWith(SSH, NO_SSH, "by the system's ssh", () => {
    const user = new SshUser();
    const key = newKeyPair();
    const file = user.keeps("key", key.private);
    afterAll(() => user.remove());
    const users = [{ user: "CONTOSO\\svc-pulumi", publicKeys: [key.public] }];
    const byProgram: Over = {
        users,
        sessions: () => new OpensshSessions(makeServices({ warn: () => undefined, env: user.env, home: user.folder })),
        connection: (host) => ({ ...host.connection, transport: "openssh", privateKey: { file } }),
    };
    describeWindowsHost("an agent over the system's ssh, with noise", () => over({ ...byProgram, noise: true }));

    const machine = async (more: Over) => (await opening({ ...byProgram, ...more })).host.machine();

    test("PowerShell that is not there is told with what the host's shell says", () =>
        expect(machine({ prepare: ({ faults }) => faults.on("powershellMissing", {}) })).rejects.toMatchObject({
            code: "execRefused",
            message: expect.stringMatching(/PowerShell did not start our agent: [\s\S]*'powershell.exe' is not recognized/),
        }));

    test("a command that the SSH server refuses keeps its code and what ssh says", () =>
        expect(machine({ prepare: ({ faults }) => faults.on("execRefused", {}) })).rejects.toMatchObject({
            code: "execRefused",
            message: expect.stringMatching(/refused to start our command[\s\S]*exec request failed on channel 0/),
        }));

    test.each<["dropsAtStart" | "authRefused" | "silentTcp", string]>([
        // ssh does not tell whether the host had agreed to start PowerShell.
        ["dropsAtStart", "execRefused"],
        ["authRefused", "denied"],
        ["silentTcp", "unreachable"],
    ])("what goes wrong before the handshake keeps its code: %s", (fault, code) => {
        const impatient = { transport: "openssh", privateKey: { file }, perDialTimeout: 1, dialErrorLimit: 0 } as const;
        const connection = (host: SimulatedHost): Connection => ({ ...host.connection, ...impatient });
        return expect(machine({ connection, prepare: ({ faults }) => faults.on(fault, {}) })).rejects.toMatchObject({ code });
    });
});

test("a host that is met with silence is told of once, and nothing is written twice", async () => {
    const warned: string[] = [];
    let simulated: SimulatedHost | undefined;
    const { host, reopen } = await opening({
        starting: (openSession) => {
            const starter = new AgentStarter(openSession, (text) => warned.push(text), { handshakeTimeoutMs: 1000 });
            return () => starter.start();
        },
        prepare: (made) => {
            simulated = made;
            made.faults.on("inputOnlyAtEnd", {});
        },
    });
    const write = { do: "setLedger", item: "namespace:root/wmisec_test", expect: null, text: "x" } as const;
    expect(await host.apply([write], LEDGER_ONLY)).toMatchObject({ done: 1, stopped: null });
    expect(await (await reopen()).observe(LEDGER_ONLY)).toMatchObject({ ledger: [{ item: write.item, text: "x" }] });
    expect(simulated?.counters.requests).toMatchObject({ observe: 1, apply: 1, bye: 0 });
    // The stream that was silent, the one that was tried beside it, the look who answers for each time the host was opened, two requests.
    expect(simulated?.counters.processesStarted).toBe(6);
    expect(warned).toEqual([expect.stringContaining("before its input had ended")]);
});
