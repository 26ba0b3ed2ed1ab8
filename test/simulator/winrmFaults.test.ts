import type { AgentOptions } from "node:https";
import { agentCommand } from "../../provider/agent/command";
import {
    type SimulatedHost,
    type SimulatedWinrmOptions,
    startSimulatedHost,
    type WinrmMessage,
    type WrongXml,
} from "../../provider/simulator";
import { Malformed } from "../../provider/wsman/malformed";
import { ACTIONS, NS } from "../../provider/wsman/names";
import { only, readEnvelope } from "../../provider/wsman/soap";
import { codeIn, create, exitIn, type Heard, HttpTalk, idIn, outputIn, ShellTalk } from "./winrmTalk";

const hosts: SimulatedHost[] = [];
const talks: HttpTalk[] = [];
afterEach(async () => {
    for (const talk of talks.splice(0)) talk.end();
    await Promise.all(hosts.splice(0).map((host) => host.stop()));
});

async function hostWith(winrm: SimulatedWinrmOptions): Promise<SimulatedHost> {
    const host = await startSimulatedHost({ transport: "winrm", winrm });
    hosts.push(host);
    return host;
}

function talkTo(host: SimulatedHost, tls: AgentOptions = {}): HttpTalk {
    const talk = new HttpTalk(host, tls);
    talks.push(talk);
    return talk;
}

/** A shell with a process that ends at the first line, by Basic over HTTPS. */
async function shellOn(host: SimulatedHost): Promise<ShellTalk> {
    const http = talkTo(host);
    return ShellTalk.begin(http, agentCommand(), http.basic());
}

const basic = (): Promise<SimulatedHost> => hostWith({ authentication: ["basic"] });
const MESSAGES = Object.keys(ACTIONS) as WinrmMessage[];

/** Sends such a message to a shell that is there. */
const SENDS: Readonly<Record<WinrmMessage, (shell: ShellTalk) => Promise<Heard>>> = {
    create: ({ http }) => http.post(create(), http.basic()),
    command: (shell) => shell.command(agentCommand()),
    send: (shell) => shell.send("x\n"),
    receive: (shell) => shell.receive({ timeout: "PT0.5S" }),
    signal: (shell) => shell.terminate(),
    delete: (shell) => shell.delete(),
};

/** Whether the host did what such a message asks for. */
const IS_DONE: Readonly<Record<Exclude<WinrmMessage, "receive">, (host: SimulatedHost) => boolean>> = {
    create: ({ counters }) => counters.shellsOpen === 2,
    command: ({ counters }) => counters.processesStarted === 2,
    send: ({ counters }) => counters.bytesReceived > 0,
    signal: ({ counters }) => counters.processesRunning === 0,
    delete: ({ counters }) => counters.shellsOpen === 0,
};

const ended = (answer: Promise<Heard>): Promise<"answered" | "broken"> =>
    answer.then(() => "answered" as const).catch(() => "broken" as const);
const soon = (): Promise<"silent"> => new Promise((settle) => setTimeout(() => settle("silent"), 50));

describe.each(MESSAGES)("a %s", (message) => {
    test.each([
        ["lost before its work", "messageLost", "before"],
        ["lost after it", "messageLost", "after"],
        ["cut off before its work", "messageCut", "before"],
        ["cut off after it", "messageCut", "after"],
        ["cut off within its answer", "messageCut", "within"],
    ] as const)("%s", async (_what, fault, when) => {
        const host = await basic();
        const shell = await shellOn(host);
        if (fault === "messageLost") host.faults.on(fault, { message, when: when === "before" ? "before" : "after" }, 1);
        else host.faults.on(fault, { message, when }, 1);
        if (message === "receive") await shell.send("x\n");
        const how = ended(SENDS[message](shell));
        expect(await (fault === "messageLost" ? Promise.race([how, soon()]) : how)).toBe(fault === "messageLost" ? "silent" : "broken");
        await soon();
        if (message !== "receive") expect(IS_DONE[message](host)).toBe(when !== "before");
        expect(host.faults.has(fault)).toBe(false);
    });

    test("late: when its time is over", async () => {
        const host = await basic();
        const shell = await shellOn(host);
        host.faults.on("messageLate", { message, ms: 200 }, 1);
        const how = SENDS[message](shell);
        expect(await Promise.race([how, soon()])).toBe("silent");
        await how;
    });

    test("met with a fault of the service: nothing is done", async () => {
        const host = await basic();
        const shell = await shellOn(host);
        host.faults.on("wsmanFault", { message, code: 2150859173, text: "zu viele <Shells>", providerText: "a & b" }, 1);
        const { status, text } = await SENDS[message](shell);
        expect(status).toBe(500);
        const fault = only(only(only(readEnvelope(Buffer.from(text)).body, NS.soap, "Fault"), NS.soap, "Detail"), NS.fault, "WSManFault");
        expect(fault.attributes.get("Code")).toBe("2150859173");
        const said = only(fault, NS.fault, "Message");
        expect([said.text, only(said, NS.fault, "ProviderFault").text]).toEqual(["zu viele <Shells>", "a & b"]);
        if (message !== "receive") expect(IS_DONE[message](host)).toBe(false);
    });

    test("met with an answer that is no SOAP", async () => {
        const host = await basic();
        const shell = await shellOn(host);
        host.faults.on("httpAnswer", { message, status: 302, headers: { Location: "https://elsewhere/" }, body: "gone" }, 1);
        expect(await SENDS[message](shell)).toMatchObject({ status: 302, headers: { location: "https://elsewhere/" }, text: "gone" });
    });

    test("with the answer to another", async () => {
        const host = await basic();
        const shell = await shellOn(host);
        const related = async () => /<a:RelatesTo>(uuid:[^<]+)</.exec((await SENDS[message](shell)).text)?.[1];
        host.faults.on("relatesToAnother", { message }, 1);
        const other = await related();
        expect(other).toMatch(/^uuid:[0-9A-F-]{36}$/);
    });
});

describe("answers that may not be believed", () => {
    test.each([
        ["cut", /well-formed/],
        ["deep", /levels/],
        ["entities", /well-formed/],
        ["doctype", /document type/],
        ["twoBodies", /one body/],
        ["notXml", /well-formed/],
        ["notUtf8", /UTF-8/],
        ["otherNamespace", /SOAP 1.2/],
        ["html", /document type/],
    ] as const satisfies readonly (readonly [WrongXml, RegExp])[])("XML: %s", async (how, said) => {
        const host = await basic();
        const shell = await shellOn(host);
        host.faults.on("answerWrongXml", { how }, 1);
        const { status, bytes } = await shell.send("x\n");
        expect(status).toBe(200);
        expect(() => readEnvelope(bytes)).toThrow(Malformed);
        expect(() => readEnvelope(bytes)).toThrow(said);
    });

    test("a stream that is not base64", async () => {
        const host = await basic();
        const shell = await shellOn(host);
        await shell.send("x\n");
        host.faults.on("answerWrongXml", { message: "receive", how: "notBase64" }, 1);
        expect((await shell.receive()).text).toContain("!this is not base64!");
    });

    test("more than our side takes", async () => {
        const host = await basic();
        const shell = await shellOn(host);
        host.faults.on("answerTooLong", { message: "send" }, 1);
        const { bytes } = await shell.send("x\n");
        expect(() => readEnvelope(bytes)).toThrow(/more than 1048576 bytes/);
    });

    test.each(["signature", "data", "sequence", "replayed"] as const)("a seal whose %s is wrong", async (how) => {
        const host = await hostWith({ scheme: "http" });
        const http = talkTo(host);
        await http.login();
        await http.post(create());
        host.faults.on("answerWrongSeal", { message: "create", how }, 1);
        await expect(http.post(create())).rejects.toThrow(/signature/);
        expect(host.counters.shellsOpen).toBe(2);
    });

    test.each([
        ["length", 200, /1$/],
        ["unsealed", 200, /^application\/soap\+xml/],
        ["otherProtocol", 200, /Kerberos/],
        ["noBoundary", 200, /^multipart\/encrypted$/],
    ] as const)("a seal that is wrong by its %s", async (how, status, type) => {
        const host = await hostWith({ scheme: "http" });
        const http = talkTo(host);
        await http.login();
        host.faults.on("answerWrongSeal", { how }, 1);
        const heard = await http.raw(create());
        expect(heard.status).toBe(status);
        const [, length] = /Length=(\d+)/.exec(heard.bytes.toString("latin1")) ?? [];
        if (how === "length") expect(Number(length)).toBeGreaterThan(heard.bytes.length - 400);
        else expect(heard.headers["content-type"]).toMatch(type);
    });

    test("crumbs: one byte in each answer", async () => {
        const host = await basic();
        const shell = await shellOn(host);
        host.faults.on("outputInCrumbs", {});
        await shell.send("x\n");
        let output = "";
        for (let heard = await shell.receive(); ; heard = await shell.receive()) {
            expect(outputIn(heard.text).length).toBeLessThan(2);
            output += outputIn(heard.text);
            if (exitIn(heard.text) !== undefined) break;
        }
        expect(output).toMatch(/^wmisec-stop:header/);
    });
});

describe("before anybody is logged in", () => {
    test("another certificate, once", async () => {
        const host = await basic();
        host.faults.on("otherCertificate", {}, 1);
        const trusting = () => talkTo(host, { rejectUnauthorized: true, ca: host.certificate });
        await expect(trusting().post(create())).rejects.toMatchObject({ code: expect.stringMatching(/SELF_SIGNED|UNABLE_TO/) });
        expect(host.counters.httpRequests).toBe(0);
        expect((await trusting().post(create())).status).toBe(401);
    });

    test("HTTP where TLS should be, once", async () => {
        const host = await basic();
        host.faults.on("noTls", {}, 1);
        await expect(talkTo(host).post(create())).rejects.toMatchObject({ code: "EPROTO" });
        expect((await talkTo(host).post(create())).status).toBe(401);
    });

    test("a proxy's page", async () => {
        const host = await basic();
        host.faults.on("httpDoor", { status: 503, headers: { "Content-Type": "text/html" }, body: "<html>" }, 1);
        expect(await talkTo(host).post(create())).toMatchObject({ status: 503, headers: { "content-type": "text/html" }, text: "<html>" });
        expect(host.counters.failedAuthentications).toBe(0);
    });

    test.each([
        ["weak", /without key128/],
        ["unsealed", /without seal/],
        ["garbled", /no challenge message/],
    ] as const)("a challenge that is %s", async (how, said) => {
        const host = await hostWith({ scheme: "http" });
        host.faults.on("wrongChallenge", { how }, 1);
        await expect(talkTo(host).login()).rejects.toThrow(said);
    });

    test("a challenge that is oversized, and one after another", async () => {
        const host = await hostWith({ scheme: "http" });
        host.faults.on("wrongChallenge", { how: "again" }, 1);
        const { status, headers } = await talkTo(host).login();
        expect([status, headers["www-authenticate"]]).toEqual([401, expect.stringMatching(/^Negotiate TlRMTVNTUAAC/)]);
    });
});

test("a cookie is set, and told of when it comes back", async () => {
    const host = await basic();
    host.faults.on("httpCookie", {});
    const http = talkTo(host);
    expect((await http.post(create(), http.basic())).headers["set-cookie"]).toEqual(["canary=1; Path=/"]);
    await http.post(create(), { ...http.basic(), Cookie: "canary=1" });
    expect(host.refused).toEqual(["a cookie"]);
});

test("a Send that is half done", async () => {
    const host = await basic();
    const shell = await shellOn(host);
    host.faults.on("wsmanFault", { message: "send", code: 2150858793, half: true }, 1);
    expect(codeIn((await shell.send("12345678", { end: true })).text)).toBe(2150858793);
    expect(host.transcript).toMatch(/\n1234$/);
});

test("a service that refuses shells, and a host without PowerShell", async () => {
    const host = await basic();
    host.faults.on("execRefused", {}, 1);
    const http = talkTo(host);
    expect(codeIn((await http.post(create(), http.basic())).text)).toBe(2150859180);
    host.faults.on("powershellMissing", {}, 1);
    const shell = await shellOn(host);
    const { text } = await shell.receive();
    expect([exitIn(text), idIn(text, "ExitCode")]).toEqual(["1", "1"]);
});
