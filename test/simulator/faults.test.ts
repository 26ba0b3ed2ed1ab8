import { connect } from "node:net";
import type { Client } from "ssh2";
import { partText } from "../../provider/agent/command";
import { VERBS } from "../../provider/agent/protocol";
import { encryptionMof } from "../../provider/core/mof/generate";
import { namespacePath } from "../../provider/core/namespacePath";
import { LEDGER_ONLY } from "../../provider/core/wire/observation";
import type { Step } from "../../provider/core/wire/step";
import { MOF_FOLDER } from "../../provider/model/mofFolder";
import { type SimulatedHost, type SimulatedHostOptions, startSimulatedHost } from "../../provider/simulator";
import { login, NONCE, Talk } from "./talk";

const CIMV2 = namespacePath("root/cimv2");
const LOOK = { ...LEDGER_ONLY, namespaces: [CIMV2] };
const remember: Step = { do: "setLedger", item: "x", expect: null, text: "y" };
const compile: Step = {
    do: "compileMof",
    path: CIMV2,
    expect: { effective: null, stored: null },
    mof: encryptionMof(CIMV2, true),
    required: true,
    compiler: "mofcomp",
};
const write = (...steps: Step[]) => ({
    steps,
    observe: LOOK,
    machine: "guid/uuid",
    mutexTimeoutMs: 1000,
    mofcompTimeoutMs: 1000,
    keepMof: false,
});

const hosts: SimulatedHost[] = [];
const clients: Client[] = [];

async function begin(options: SimulatedHostOptions = {}): Promise<[SimulatedHost, Talk]> {
    const host = await startSimulatedHost({ ...options, machine: { machineGuid: "guid", smbiosUuid: "UUID", ...options.machine } });
    hosts.push(host);
    return [host, await talkTo(host)];
}
async function talkTo(host: SimulatedHost): Promise<Talk> {
    const client = await login(host);
    clients.push(client);
    const talk = await Talk.begin(client);
    await talk.next();
    return talk;
}
afterEach(async () => {
    for (const client of clients.splice(0)) client.destroy();
    await Promise.all(hosts.splice(0).map((host) => host.stop()));
});

describe("connections that the host closes", () => {
    const hostWithFault = async (light: (host: SimulatedHost) => void): Promise<SimulatedHost> => {
        const host = await startSimulatedHost();
        hosts.push(host);
        light(host);
        return host;
    };

    test.each([
        ["before its banner line", false, (host: SimulatedHost) => host.faults.on("closesInBanner", { when: "before" }, 1)],
        ["after its banner line", true, (host: SimulatedHost) => host.faults.on("closesInBanner", { when: "after" }, 1)],
        ["in the key exchange", true, (host: SimulatedHost) => host.faults.on("closesInKeyExchange", {}, 1)],
    ] as const)("%s: nobody gets in, once", async (_when, identifies, light) => {
        const host = await hostWithFault(light);
        const heard: string[] = [];
        await expect(login(host, { debug: (line) => heard.push(line) })).rejects.toThrow();
        expect(host.counters).toMatchObject({ connections: 1, authentications: 0 });
        expect([
            heard.some((line) => line.startsWith("Remote ident: 'SSH-2.0-OpenSSH_for_Windows")),
            heard.some((line) => line.includes("Handshake")),
        ]).toEqual([identifies, false]);
        clients.push(await login(host));
    });

    test("in the key exchange: not before the client's part of it has come", async () => {
        const host = await hostWithFault(({ faults }) => faults.on("closesInKeyExchange", {}, 1));
        const socket = connect(host.port, host.address);
        const closed = new Promise((settle) => socket.once("close", settle));
        socket.resume();
        await new Promise((settle) => socket.write("SSH-2.0-somebody\r\n", settle));
        clients.push(await login(host));
        expect(socket.readable).toBe(true);
        socket.write(Buffer.alloc(300));
        await closed;
    });

    test("after somebody has logged in", async () => {
        const host = await hostWithFault(({ faults }) => faults.on("closesAfterAuthentication", {}, 1));
        const client = await login(host).catch((error: unknown) => error);
        expect(host.counters.authentications).toBe(1);
        if (!(client instanceof Error)) {
            clients.push(client as Client);
            await expect(Talk.begin(client as Client)).rejects.toThrow();
        }
        expect(host.counters.processesStarted).toBe(0);
        await talkTo(host);
    });
});

describe("a process that is killed", () => {
    const KILLED = 0xffffffff;

    test.each([
        ["before", "observe", null],
        ["in", "observe", null],
        ["after", "observe", null],
        ["before", "apply", null],
        ["after", "apply", true],
    ] as const)("%s its %s ends without an answer, and the connection lives", async (when, verb, flag) => {
        const [host, talk] = await begin();
        host.faults.on("agentKilled", { verb, when }, 1);
        expect(await talk.ask(1, verb, verb === "observe" ? LOOK : write(remember, compile))).toBeUndefined();
        expect((await talk.process.ended).exit).toBe(KILLED);
        expect([host.machine.flag(CIMV2), host.machine.files.list(), host.machine.mutex.abandoned]).toEqual([flag, [], 0]);
        expect(host.counters.processesRunning).toBe(0);
        const again = await Talk.begin(clients[0] as Client);
        await again.next();
        expect(await again.ask(1, "observe", LOOK)).toMatchObject({ ok: true });
    });

    test.each([
        [0, {}, null, 0],
        [1, { x: "y" }, null, 1],
        [2, { x: "y" }, true, 0],
    ])("in an apply after %d steps: its mutex is abandoned, what it was compiling is left", async (steps, ledger, flag, files) => {
        const [host, talk] = await begin();
        host.faults.on("agentKilled", { verb: "apply", when: "in", steps }, 1);
        expect(await talk.ask(1, "apply", write(remember, compile))).toBeUndefined();
        expect((await talk.process.ended).exit).toBe(KILLED);
        const { machine } = host;
        expect([machine.ledger(), machine.flag(CIMV2), machine.mutex.abandoned]).toEqual([ledger, flag, 1]);
        expect(machine.files.list()).toHaveLength(files);
        for (const file of machine.files.list()) expect(machine.files.text(file)).toBe(encryptionMof(CIMV2, true));

        const again = await talkTo(host);
        expect(await again.ask(1, "apply", write({ ...remember, item: "z" }))).toMatchObject({ ok: true, value: { done: 1 } });
        expect(machine.files.list()).toEqual([]);
    });

    test("a file that was kept on purpose is no leftover", async () => {
        const [host, talk] = await begin();
        await talk.ask(1, "apply", { ...write(compile), keepMof: true });
        await talk.ask(2, "apply", write(remember));
        expect(host.machine.files.list()).toEqual([expect.stringContaining(`${MOF_FOLDER}\\kept-`)]);
    });
});

describe("answers that are none", () => {
    test("late: the work is done before", async () => {
        const [host, talk] = await begin();
        host.faults.on("answerLate", { verb: "apply", ms: 60_000 });
        const answer = talk.ask(1, "apply", write(compile));
        while (host.counters.requests.apply === 0 || host.machine.flag(CIMV2) !== true) await new Promise((settle) => setImmediate(settle));
        await host.stop();
        expect(await answer).toBeUndefined();
    });

    test("truncated: half a frame, then the end of the process", async () => {
        const [host, talk] = await begin();
        host.faults.on("answerTruncated", { verb: "observe" }, 1);
        expect(await talk.ask(1, "observe", LOOK)).toBeUndefined();
        const { output, exit } = await talk.process.ended;
        expect([exit, output.split(NONCE).length - 1]).toEqual([1, 3]);
        expect(host.counters.processesRunning).toBe(0);
    });

    test("oversized, not JSON, and another request's", async () => {
        const [host, talk] = await begin();
        const sent = async (): Promise<string> => {
            const before = host.counters.bytesSent;
            let heard = "";
            const listen = (piece: Buffer) => {
                heard += piece.toString("latin1");
            };
            talk.process.channel.on("data", listen);
            talk.line(`{"id":5,"verb":"observe","timeoutMs":1000,"args":${JSON.stringify(LOOK)}}`);
            while (heard.split(NONCE).length < 3) await new Promise((settle) => setImmediate(settle));
            talk.process.channel.off("data", listen);
            expect(host.counters.bytesSent).toBeGreaterThan(before);
            return heard.split(NONCE)[1] as string;
        };
        talk.process.channel.removeAllListeners("data");
        host.faults.on("answerOversized", {}, 1);
        expect((await sent()).length).toBeGreaterThan(8 << 20);
        host.faults.on("answerNotJson", {}, 1);
        expect(await sent()).toBe("this is not JSON");
        host.faults.on("answerOfAnotherId", {}, 1);
        expect(JSON.parse(await sent())).toMatchObject({ id: 1005, ok: true });
        expect(JSON.parse(await sent())).toMatchObject({ id: 5, ok: true });
    });
});

describe("a host that lies", () => {
    const ESC = "\u001b[2J";

    test.each(["failure", "reading", "ledger"] as const)(
        "to a look, as %s: our schema takes it, and the text is where it should be",
        async (where) => {
            const [host, talk] = await begin();
            host.faults.on("answerHostile", { where, texts: ["canary-1", "canary-2"] }, 1);
            const answer = await talk.ask(1, "observe", LOOK);
            expect(JSON.stringify(answer)).toContain("canary-1 canary-2");
            if (where === "failure") expect(answer).toMatchObject({ ok: false, failure: { message: expect.stringContaining(ESC) } });
            else {
                const { namespaces, ledger } = VERBS.observe.value.parse(answer?.ok && answer.value);
                if (where === "reading") expect(namespaces).toMatchObject([{ failure: { message: expect.stringContaining(ESC) } }]);
                else expect(ledger[0]).toEqual({ item: `namespace:${CIMV2}`, text: expect.stringContaining(ESC) });
            }
            expect(await talk.ask(2, "observe", LOOK)).toMatchObject({
                ok: true,
                value: { ledger: [], namespaces: [{ state: "present" }] },
            });
        },
    );

    test("to a look at the event log", async () => {
        const [host, talk] = await begin();
        host.faults.on("answerHostile", { where: "failure", texts: ["canary"] });
        expect(await talk.ask(1, "readEvents", { sinceMs: 60_000 })).toMatchObject({
            ok: false,
            failure: { message: expect.stringContaining("canary") },
        });
    });

    test.each(["failure", "unexpected", "mofcomp"] as const)("to a write, as %s: and has written nothing", async (where) => {
        const [host, talk] = await begin();
        host.faults.on("answerHostile", { where, texts: ["canary"] });
        const answer = await talk.ask(1, "apply", write(compile));
        if (where !== "failure")
            expect(VERBS.apply.value.parse(answer?.ok && answer.value)).toMatchObject({ done: 0, stopped: { reason: where } });
        expect(JSON.stringify(answer)).toContain("canary");
        expect(host.writes.all).toEqual([]);
        expect((await talk.ask(2, "observe", LOOK))?.ok).toBe(where !== "failure");
    });
});

test("slow: each step takes its time, and whoever is cut off within leaves the mutex abandoned", async () => {
    const [host, talk] = await begin();
    host.faults.on("slow", { ms: 1 }, 3);
    expect(await talk.ask(1, "apply", write(remember, compile))).toMatchObject({ ok: true, value: { done: 2 } });
    expect(host.faults.has("slow")).toBe(false);
    expect(await talk.ask(4, "load", { part: "events", text: partText("events").text })).toMatchObject({ ok: true });
    host.faults.on("slow", { ms: 1 }, 2);
    expect(await talk.ask(5, "observe", LOOK)).toMatchObject({ ok: true });
    expect(await talk.ask(6, "readEvents", { sinceMs: 60_000 })).toMatchObject({ ok: true });
    expect(host.faults.has("slow")).toBe(false);
    host.faults.on("slow", { ms: 60_000 });
    expect(await talk.ask(2, "apply", write({ ...remember, item: "z" }), 20)).toMatchObject({ failure: { type: "pulumi-wmisec.Timeout" } });
    await talk.process.ended;
    expect([host.machine.mutex.abandoned, host.machine.ledger()]).toEqual([1, { x: "y" }]);
});
