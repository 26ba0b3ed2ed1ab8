import { X509Certificate } from "node:crypto";
import type { AgentOptions } from "node:https";
import fc from "fast-check";
import { agentCommand, agentText } from "../../provider/agent/command";
import { agentHeader } from "../../provider/agent/protocol";
import {
    type Certificate,
    newCertificate,
    type SimulatedHost,
    type SimulatedHostOptions,
    type SimulatedWinrmOptions,
    startSimulatedHosts,
} from "../../provider/simulator";
import { milliseconds } from "../../provider/simulator/winrm/message";
import { Malformed } from "../../provider/wsman/malformed";
import { MUTUAL_TLS } from "../../provider/wsman/names";
import { fuzzRuns } from "../fuzz";
import { NONCE } from "./talk";
import { codeIn, create, exitIn, HttpTalk, idIn, outputIn, run, ShellTalk, soap } from "./winrmTalk";

const hosts: SimulatedHost[] = [];
const talks: HttpTalk[] = [];
afterEach(async () => {
    for (const talk of talks.splice(0)) talk.end();
    await Promise.all(hosts.splice(0).map((host) => host.stop()));
});

async function hostWith(winrm: SimulatedWinrmOptions = {}, options: SimulatedHostOptions = {}): Promise<SimulatedHost> {
    const [host] = (await startSimulatedHosts([options], { transport: "winrm", winrm })) as [SimulatedHost];
    hosts.push(host);
    return host;
}

function talkTo(host: SimulatedHost, tls: AgentOptions = {}): HttpTalk {
    const talk = new HttpTalk(host, tls);
    talks.push(talk);
    return talk;
}

/** A shell with our agent's process, by Basic over HTTPS. */
async function shellOn(host: SimulatedHost, command = agentCommand()): Promise<ShellTalk> {
    const http = talkTo(host);
    return ShellTalk.begin(http, command, http.basic());
}

const BASIC = { authentication: ["basic"] } as const satisfies SimulatedWinrmOptions;

function agent(): string {
    const { text, sha256, length } = agentText();
    return agentHeader(length, sha256, NONCE) + text;
}

describe("a host that answers WinRM", () => {
    test("says in its connection what a client has to know", async () => {
        const [https, http, basic] = await Promise.all([hostWith(), hostWith({ scheme: "http" }), hostWith(BASIC)]);
        const { certificate, hostKey } = https;
        expect(https.connection).toMatchObject({ transport: "winrm", host: https.address, serverCertificate: hostKey });
        expect(https.connection).not.toHaveProperty("scheme");
        expect(http.connection).toMatchObject({ transport: "winrm", scheme: "http" });
        expect(http.connection).not.toHaveProperty("serverCertificate");
        expect(http.certificate).toBeUndefined();
        expect(basic.connection).toMatchObject({ authentication: "basic" });
        const shown = new X509Certificate(certificate ?? "");
        expect(hostKey).toBe(`SHA256:${Buffer.from(shown.fingerprint256.replaceAll(":", ""), "hex").toString("base64")}`);
        expect(shown.checkIP(https.address)).toBe(https.address);
    });

    test("changes its certificate, and keeps what runs", async () => {
        const host = await hostWith(BASIC);
        const shell = await shellOn(host);
        const before = host.hostKey;
        host.changeHostKey();
        expect(host.hostKey).not.toBe(before);
        expect((await shell.by(talkTo(host)).send("x")).status).toBe(200);
    });

    test("runs a process piece by piece, tells its output and its end, and forgets a shell that was deleted", async () => {
        const host = await hostWith(BASIC);
        const shell = await shellOn(host);
        const waiting = shell.by(talkTo(host)).receive();
        expect((await shell.send(agent())).status).toBe(200);
        expect(outputIn((await waiting).text)).toContain(`${NONCE}{"id":0,"ok":true`);
        await shell.send('{"id":1,"verb":"bye","timeoutMs":1000,"args":{}}\n');
        const texts = [(await shell.receive()).text];
        if (exitIn(texts[0] ?? "") === undefined) texts.push((await shell.receive()).text);
        expect(texts.map(exitIn).at(-1)).toBe("0");
        expect(codeIn((await shell.receive()).text)).toBe(2150859212);
        expect(host.counters).toMatchObject({ shellsOpen: 1, processesStarted: 1, processesRunning: 0 });
        expect((await shell.terminate()).status).toBe(200);
        expect((await shell.delete()).status).toBe(200);
        expect(host.counters.shellsOpen).toBe(0);
        expect(codeIn((await shell.send("x")).text)).toBe(2150858843);
        expect(host.refused).toEqual([]);
        expect(host.transcript).toBe(`${agentCommand()}\n${agent()}{"id":1,"verb":"bye","timeoutMs":1000,"args":{}}\n`);
    });

    test("ends a process with its shell, and whoever waits for it hears so", async () => {
        const host = await hostWith(BASIC);
        const shell = await shellOn(host);
        const waiting = shell.by(talkTo(host)).receive();
        while (host.counters.httpRequests < 3) await new Promise((settle) => setImmediate(settle));
        await shell.delete();
        expect(codeIn((await waiting).text)).toBe(2150858843);
        while (host.counters.processesRunning > 0) await new Promise((settle) => setImmediate(settle));
        const killed = await shellOn(host);
        await killed.terminate();
        while (host.counters.processesRunning > 0) await new Promise((settle) => setImmediate(settle));
        expect(codeIn((await killed.receive()).text)).toBe(87);
    });

    test("keeps what a process wrote for the next Receive, when the one who waited has gone", async () => {
        const host = await hostWith(BASIC);
        const shell = await shellOn(host);
        const gone = talkTo(host);
        const waiting = shell
            .by(gone)
            .receive()
            .catch(() => "broken");
        while (host.counters.httpRequests < 3) await new Promise((settle) => setImmediate(settle));
        gone.end();
        expect(await waiting).toBe("broken");
        await shell.send(agent());
        expect(outputIn((await shell.receive()).text)).toContain(`${NONCE}{"id":0,"ok":true`);
        expect(host.refused).toEqual([]);
    });

    test("answers a Receive with nothing when its time is over", async () => {
        const shell = await shellOn(await hostWith(BASIC));
        const { status, text } = await shell.receive({ timeout: "PT0.1S" });
        expect([status, codeIn(text)]).toEqual([500, 2150858793]);
    });

    test("hands out no more than an envelope holds", async () => {
        const host = await hostWith(BASIC, { noise: true });
        const shell = await shellOn(host);
        await shell.send(agent());
        const pieces = [];
        for (let heard = ""; heard.split(NONCE).length < 3; heard = pieces.join("")) {
            const { text } = await shell.receive({ maxEnvelope: 4_500 });
            expect(text.length).toBeLessThan(4_500);
            pieces.push(outputIn(text).replace(/[\r\n]/g, ""));
        }
        expect(pieces.length).toBeGreaterThan(2);
    });

    test("never sees the end of an input that is a console", async () => {
        const host = await hostWith(BASIC);
        const http = talkTo(host);
        const shellId = idIn((await http.post(create(), http.basic())).text, "ShellId");
        const start = async (mode: string) =>
            idIn((await http.post(run(shellId, agentCommand(), { WINRS_CONSOLEMODE_STDIN: mode }), http.basic())).text, "CommandId");
        const end = (id: string) =>
            http.post(
                soap("send", { shellId, body: `<rsp:Send><rsp:Stream Name="stdin" CommandId="${id}" End="true"></rsp:Stream></rsp:Send>` }),
                http.basic(),
            );
        await end(await start("TRUE"));
        await end(await start("FALSE"));
        while (host.counters.processesRunning > 1) await new Promise((settle) => setImmediate(settle));
        expect(host.counters).toMatchObject({ processesStarted: 2, processesRunning: 1 });
        expect(host.refused).toEqual(["a command whose input is a console"]);
    });

    test("lets a shell go that nobody speaks to, and says so", async () => {
        const host = await hostWith(BASIC);
        const http = talkTo(host);
        await http.post(create("PT0.05S"), http.basic());
        while (host.counters.shellsOpen > 0) await new Promise((settle) => setTimeout(settle, 10));
        expect(host.refused).toEqual(["a shell that nobody deleted: it went when its idle time was over"]);
    });

    test("goes down and comes up again without its shells", async () => {
        const host = await hostWith(BASIC);
        const shell = await shellOn(host);
        await host.down();
        expect(host.counters).toMatchObject({ shellsOpen: 0, processesRunning: 0 });
        await host.up();
        expect(codeIn((await shell.by(talkTo(host)).send("x")).text)).toBe(2150858843);
    });
});

describe("logging in to WinRM", () => {
    test("NTLM belongs to its connection", async () => {
        const host = await hostWith({ scheme: "http" });
        const http = talkTo(host);
        expect((await http.login()).status).toBe(200);
        expect((await http.post(create())).isSealed).toBe(true);
        const other = await talkTo(host).post(create());
        expect([other.status, other.headers["www-authenticate"]]).toEqual([401, "Negotiate"]);
        expect(host.counters).toMatchObject({ authentications: 1, failedAuthentications: 0 });
    });

    test("a wrong password, and one that is refused", async () => {
        const host = await hostWith({ scheme: "http" });
        expect((await talkTo(host).login("wrong")).status).toBe(401);
        expect(host.refused).toEqual(["another password"]);
        host.faults.on("authRefused", {}, 1);
        expect((await talkTo(host).login()).status).toBe(401);
        expect((await talkTo(host).login()).status).toBe(200);
        expect(host.counters).toMatchObject({ authentications: 1, failedAuthentications: 2 });
    });

    test("only as the service offers", async () => {
        const host = await hostWith();
        const http = talkTo(host);
        const { status, headers } = await http.post(create(), http.basic());
        expect([status, headers["www-authenticate"]]).toEqual([401, "Negotiate"]);
        expect(host.refused).toEqual(["a login by Basic"]);
        host.faults.on("httpOffers", { schemes: ["Kerberos"] });
        expect((await http.post(create())).headers["www-authenticate"]).toBe("Kerberos");
    });

    test("unsealed over HTTP, a password in clear text, a message that follows a lost one: refused, and said", async () => {
        const host = await hostWith({ scheme: "http", authentication: ["negotiate", "basic"] });
        const http = talkTo(host);
        expect((await http.post(create(), http.basic())).status).toBe(500);
        expect(host.refused).toEqual(["a password in clear text", "a body in clear text"]);
        await http.login();
        expect((await http.post("", {}, "/elsewhere")).status).toBe(404);
        const plain = await http.post(create(), { "Content-Type": "application/soap+xml;charset=UTF-8" });
        expect(plain.status).toBe(500);
        http.loses(create());
        // The host can't follow any more.
        expect((await http.post(create())).status).toBe(400);
        expect(host.refused.at(-1)).toMatch(/signature/);
        expect(host.counters.shellsOpen).toBe(0);
    });

    test("a certificate of a user, asked for once the request has come, and with TLS 1.2 only", async () => {
        const mine = newCertificate({ names: ["svc-pulumi"] });
        const stranger = newCertificate({ names: ["svc-pulumi"] });
        const users = [{ user: "svc-pulumi", certificate: mine.certificate }];
        const host = await hostWith({ authentication: ["certificate"] }, { users });
        const mutual = { Authorization: MUTUAL_TLS };
        const by = ({ certificate, privateKey }: Certificate, maxVersion: "TLSv1.2" | "TLSv1.3") =>
            talkTo(host, { cert: certificate, key: privateKey, maxVersion });
        const http = by(mine, "TLSv1.2");
        expect((await http.post(create(), mutual)).status).toBe(200);
        expect((await http.post(create(), mutual)).status).toBe(200);
        expect(host.counters).toMatchObject({ authentications: 1, failedAuthentications: 0 });
        expect((await by(mine, "TLSv1.3").post(create(), mutual)).status).toBe(401);
        expect((await by(stranger, "TLSv1.2").post(create(), mutual)).status).toBe(401);
        expect((await talkTo(host, { maxVersion: "TLSv1.2" }).post(create(), mutual)).status).toBe(401);
        expect(host.refused).toEqual(["a certificate over TLSv1.3, where nobody can be asked for one"]);
    });

    test("a host that closes after the login answers nothing", async () => {
        const host = await hostWith(BASIC);
        host.faults.on("closesAfterAuthentication", {}, 1);
        const http = talkTo(host);
        await expect(http.post(create(), http.basic())).rejects.toThrow();
        expect(host.counters).toMatchObject({ authentications: 1, shellsOpen: 0 });
        expect((await talkTo(host).post(create(), http.basic())).status).toBe(200);
    });
});

describe("what our client never does is told", () => {
    test("the same MessageID twice", async () => {
        const host = await hostWith(BASIC);
        const http = talkTo(host);
        const text = create("PT10S", "uuid:1");
        expect((await http.post(text, http.basic())).status).toBe(200);
        expect((await http.post(text, http.basic())).status).toBe(500);
        expect(host.refused).toEqual(["a message whose MessageID was used before"]);
        expect(host.counters.shellsOpen).toBe(1);
    });

    test("two Receives at once, one of which is refused", async () => {
        const host = await hostWith(BASIC);
        const shell = await shellOn(host);
        const first = shell.by(talkTo(host)).receive({ timeout: "PT1S" });
        while (host.counters.httpRequests < 3) await new Promise((settle) => setImmediate(settle));
        expect(codeIn((await shell.receive()).text)).toBe(87);
        expect(codeIn((await first).text)).toBe(2150858793);
        expect(host.refused).toEqual(["a Receive while another one waits"]);
    });

    test.each([
        [
            "a body of more than the service takes",
            `${create()}${" ".repeat(160_000)}`,
            413,
            ["a message that is longer than MaxEnvelopeSizekb"],
        ],
        ["one that is only a little longer", `${create()}${" ".repeat(153_000)}`, 413, ["a message that is longer than MaxEnvelopeSizekb"]],
        ["no XML", "nothing", 400, ["XML that is not well-formed"]],
        [
            "an unknown action",
            soap("create", {}).replace("transfer/Create", "transfer/Get"),
            400,
            ["the action http://schemas.xmlsoap.org/ws/2004/09/transfer/Get"],
        ],
        ["a document type", `<!DOCTYPE x>${create()}`, 400, ["XML with a document type"]],
        ["a duration that is none", create("5 minutes"), 400, ["the duration 5 minutes"]],
    ])("%s", async (_what, text, status, refused) => {
        const host = await hostWith(BASIC);
        const http = talkTo(host);
        expect((await http.post(text, http.basic())).status).toBe(status);
        expect(host.refused).toEqual(refused);
    });
});

describe("quotas", () => {
    test.each([
        [{ maxShellsPerUser: 1 }, 2150859173],
        [{ maxConcurrentOperationsPerUser: 1 }, 2150859174],
        [{ maxConcurrentUsers: 0 }, 2150859179],
    ])("%j: a second shell is refused with %d", async (limits, code) => {
        const host = await hostWith({ ...BASIC, limits });
        const http = talkTo(host);
        await http.post(create(), http.basic());
        expect(codeIn((await http.post(create(), http.basic())).text)).toBe(code);
    });

    test("processes of a shell", async () => {
        const host = await hostWith({ ...BASIC, limits: { maxProcessesPerShell: 1 } });
        const shell = await shellOn(host);
        expect(codeIn((await shell.http.post(run(shell.shellId, agentCommand()), shell.http.basic())).text)).toBe(2150859241);
    });

    test("the longest wait, and connections", async () => {
        const host = await hostWith({ ...BASIC, limits: { maxTimeoutms: 500, maxConnections: 1 } });
        const shell = await shellOn(host);
        expect(codeIn((await shell.receive({ timeout: "PT600S" })).text)).toBe(2150858793);
        expect((await talkTo(host).post(create())).status).toBe(503);
    });
});

test("a duration is read as it is written, or refused", () => {
    fc.assert(
        fc.property(fc.nat(30), fc.nat(23), fc.nat(59), fc.nat(59_999), (days, hours, minutes, ms) => {
            expect(milliseconds(`P${days}DT${hours}H${minutes}M${(ms / 1000).toFixed(3)}S`)).toBe(
                ((days * 24 + hours) * 60 + minutes) * 60_000 + ms,
            );
        }),
        fuzzRuns(200),
    );
    for (const wrong of ["P", "PT", "20", "PT20", "P1Y", "PT-1S", ""]) expect(() => milliseconds(wrong)).toThrow(Malformed);
});

describe("a certificate that it makes", () => {
    test.each(["sha256", "sha384", "sha512"] as const)("is one, signed with %s", (hash) => {
        const made = newCertificate({ names: ["web-07.contoso.test", "127.66.4.1"], hash });
        const read = new X509Certificate(made.certificate);
        expect([read.verify(read.publicKey), read.ca, read.subject]).toEqual([true, true, "CN=web-07.contoso.test"]);
        expect(read.subjectAltName).toBe("DNS:web-07.contoso.test, IP Address:127.66.4.1");
    });

    test("is valid from and until when it was asked to be", () => {
        const made = newCertificate({ names: ["a"], from: new Date("2049-12-31T23:59:59Z"), until: new Date("2050-01-01T00:00:00Z") });
        const { validFrom, validTo } = new X509Certificate(made.certificate);
        expect([validFrom, validTo]).toEqual(["Dec 31 23:59:59 2049 GMT", "Jan  1 00:00:00 2050 GMT"]);
    });
});
