import { once } from "node:events";
import { createServer as createHttpServer } from "node:http";
import type { AddressInfo } from "node:net";
import { agentCommand } from "../../../provider/agent/command";
import type { Connection } from "../../../provider/core/connection";
import { makeServices } from "../../../provider/sessions/services";
import { WinrmSessions } from "../../../provider/sessions/winrm/winrmSessions";
import { newCertificate, type SimulatedHost, type SimulatedHostOptions, startSimulatedHost } from "../../../provider/simulator";
import { challengeMessage, flagsOf, REQUIRED } from "../../../provider/wsman/ntlm";
import { everythingIn, failure } from "../../errors";
import { ended, eventually } from "../common";

/** Connections, logins and shells of a session, as the host sees them. */

const hosts: SimulatedHost[] = [];
let sessions: WinrmSessions;
beforeEach(() => {
    sessions = new WinrmSessions(makeServices({ env: {}, home: "/nonexistent", warn: () => undefined }));
});
afterEach(async () => {
    await sessions.closeAll();
    await Promise.all(hosts.splice(0).map((host) => host.stop()));
});

async function hostWith(options: SimulatedHostOptions): Promise<SimulatedHost> {
    const host = await startSimulatedHost({ transport: "winrm", ...options });
    hosts.push(host);
    return host;
}

test("opens the second connection only after the first one is logged in", async () => {
    const host = await hostWith({});
    const wrong = { ...host.connection, password: "canary-wrong" };
    expect((await failure(sessions.open(wrong, "powershell.exe"))).code).toBe("denied");
    expect(host.counters).toMatchObject({ connections: 1, failedAuthentications: 1 });
});

test("a password by Basic that is refused is shown once", async () => {
    const host = await hostWith({ winrm: { authentication: ["basic"] } });
    const wrong = { ...host.connection, password: "canary-wrong" };
    const error = await failure(sessions.open(wrong, "powershell.exe"));
    expect(error).toMatchObject({ code: "denied", message: expect.stringContaining("refused our login by Basic") });
    expect(everythingIn(error)).not.toContain("canary");
    expect(host.counters.failedAuthentications).toBe(1);
});

test("sends nothing by Basic over HTTP, also if nobody checked the inputs", async () => {
    const host = await hostWith({ winrm: { scheme: "http", authentication: ["basic"] } });
    const error = await failure(sessions.open(host.connection, "powershell.exe"));
    expect(error).toMatchObject({ code: "protocol", message: expect.stringContaining("without encryption") });
    expect(host.counters.httpRequests).toBe(0);
});

test("a connection is given up once an answer can't be believed", async () => {
    const host = await hostWith({ winrm: { scheme: "http" } });
    const session = await sessions.open(host.connection, agentCommand());
    host.faults.on("answerWrongSeal", { message: "send", how: "signature" }, 1);
    session.send("x");
    expect(await ended(session)).toMatchObject({ code: "protocol" });
    await session.close();
    // Signal and Delete went over a third connection.
    expect(host.counters).toMatchObject({ connections: 3, shellsOpen: 0 });
});

test("closing everything deletes a shell whose session is not open yet", async () => {
    const host = await hostWith({});
    const opening = failure(sessions.open(host.connection, "powershell.exe"));
    while (host.counters.connections === 0) await new Promise((settle) => setImmediate(settle));
    // For the second connection.
    host.faults.on("silentTcp", {}, 1);
    await eventually(() => host.counters.shellsOpen === 1, "the shell");
    await sessions.closeAll();
    expect(host.counters.shellsOpen).toBe(0);
    expect(await opening).toMatchObject({ code: expect.stringMatching(/cancelled|connectionLost/) });
});

test("shows its certificate over TLS 1.2, where the host asks for it behind the request", async () => {
    const mine = newCertificate({ names: ["svc-pulumi"] });
    const users = [{ user: "svc-pulumi", certificate: mine.certificate }];
    const host = await hostWith({ winrm: { authentication: ["certificate"] }, users });
    const { password: _, ...connection } = host.connection;
    const session = await sessions.open(
        { ...connection, authentication: "certificate", clientCertificate: mine.certificate, privateKey: mine.privateKey },
        "powershell.exe",
    );
    await session.close();
    expect(host.counters).toMatchObject({ authentications: 2, failedAuthentications: 0 });
});

test("a password whose answer does not come is not sent again", async () => {
    const challenge = challengeMessage({
        ...{ flags: flagsOf(REQUIRED), serverChallenge: Buffer.alloc(8), targetInfo: Buffer.alloc(4), targetName: "WEB-07" },
    });
    let passwords = 0;
    const server = createHttpServer((request, response) => {
        const [, token = ""] = (request.headers.authorization ?? "").split(" ");
        if (Buffer.from(token, "base64")[8] === 3) passwords += 1;
        else response.writeHead(401, { "WWW-Authenticate": `Negotiate ${challenge.toString("base64")}`, "Content-Length": 0 }).end();
    }).listen(0, "127.0.0.1");
    await once(server, "listening");
    const { port } = server.address() as AddressInfo;
    const connection: Connection = {
        ...{ host: "127.0.0.1", port, user: "svc-silent", password: "canary-password", transport: "winrm", scheme: "http" },
        ...{ dialErrorLimit: 3, perDialTimeout: 1 },
    };
    const error = await failure(sessions.open(connection, "powershell.exe"));
    server.closeAllConnections();
    server.close();
    expect(error).toMatchObject({ code: "timeout", message: expect.stringMatching(/within 1 s \(step: authentication\)/) });
    expect(passwords).toBe(1);
});
