import { agentCommand } from "../../../provider/agent/command";
import { makeServices } from "../../../provider/sessions/services";
import { WinrmSessions } from "../../../provider/sessions/winrm/winrmSessions";
import { type SimulatedHost, startSimulatedHost } from "../../../provider/simulator";
import { ended } from "../common";

let host: SimulatedHost;
beforeEach(async () => {
    host = await startSimulatedHost({ transport: "winrm", winrm: { scheme: "http" } });
});
afterEach(() => host.stop());

const sessions = () => new WinrmSessions(makeServices({ env: {}, home: "/nonexistent", warn: () => undefined }));

test("closing everything asks a host for nothing but the end of its shell, which takes the command with it", async () => {
    const all = sessions();
    const session = await all.open(host.connection, agentCommand());
    host.faults.on("messageLost", { message: "signal", when: "before" });
    await all.closeAll();
    expect(await ended(session)).toMatchObject({ code: "cancelled" });
    expect(host.counters).toMatchObject({ shellsOpen: 0, processesRunning: 0 });
});

test("closing everything waits for a shell that is just being deleted, as its process has ended", async () => {
    const all = sessions();
    const session = await all.open(host.connection, agentCommand());
    session.send("not a header of ours\n");
    expect(await ended(session)).toMatchObject({ code: "processEnded" });
    await all.closeAll();
    expect(host.counters.shellsOpen).toBe(0);
});
