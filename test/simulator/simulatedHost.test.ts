import { connect } from "node:net";
import { BaseAgent, Client, type IdentityCallback, type ParsedKey, type SignCallback, utils } from "ssh2";
import { agentCommand, agentText, partText } from "../../provider/agent/command";
import { agentHeader, VERBS } from "../../provider/agent/protocol";
import { connectionSchema } from "../../provider/core/connection";
import { MAX_REQUEST } from "../../provider/core/limits";
import { encryptionMof } from "../../provider/core/mof/generate";
import { namespacePath } from "../../provider/core/namespacePath";
import { LEDGER_ONLY } from "../../provider/core/wire/observation";
import {
    newKeyPair,
    type SimulatedHost,
    type SimulatedHostOptions,
    startSimulatedHost,
    startSimulatedHosts,
} from "../../provider/simulator";
import { login, NONCE, run, start, Talk } from "./talk";

const hosts: SimulatedHost[] = [];
const clients: Client[] = [];

async function hostWith(options: SimulatedHostOptions = {}): Promise<SimulatedHost> {
    const host = await startSimulatedHost({ ...options, machine: { machineGuid: "guid", smbiosUuid: "UUID", ...options.machine } });
    hosts.push(host);
    return host;
}
async function clientOf(host: SimulatedHost, config = {}): Promise<Client> {
    const client = await login(host, config);
    clients.push(client);
    return client;
}
afterEach(async () => {
    for (const client of clients.splice(0)) client.destroy();
    await Promise.all(hosts.splice(0).map((host) => host.stop()));
});

const CIMV2 = namespacePath("root/cimv2");
const LOOK = { ...LEDGER_ONLY, namespaces: [CIMV2] };
const compile = (required: boolean, stored: boolean | null) => ({
    steps: [
        {
            do: "compileMof",
            path: CIMV2,
            expect: { effective: stored, stored },
            mof: encryptionMof(CIMV2, required),
            required,
            compiler: "mofcomp",
        },
    ],
    observe: LOOK,
    machine: "guid/uuid",
    mutexTimeoutMs: 1000,
    mofcompTimeoutMs: 1000,
    keepMof: false,
});

describe("hosts", () => {
    test("ten are started by one line, each with an address, a key and an identity of its own", async () => {
        const ten = await startSimulatedHosts(10);
        hosts.push(...ten);
        for (const { address } of ten) expect(address).toMatch(/^127\.(6[4-9]|[7-9]\d|1[01]\d|12[0-7])\.\d+\.\d+$/);
        for (const of of [
            (h: SimulatedHost) => h.address,
            (h: SimulatedHost) => h.hostKey,
            (h: SimulatedHost) => h.machine.facts().machineGuid,
        ])
            expect(new Set(ten.map(of)).size).toBe(10);
        expect(ten.map(({ name }) => name).slice(0, 2)).toEqual(["sim-01", "sim-02"]);
    });

    test("the connection is one that a resource takes", async () => {
        const host = await hostWith();
        expect(connectionSchema.parse(host.connection)).toEqual(host.connection);
    });

    test("a port that is taken is told", async () => {
        const { address, port } = await hostWith();
        await expect(startSimulatedHosts([{}, { address, port }])).rejects.toMatchObject({ code: "EADDRINUSE" });
    });

    test("goes down and comes up again at the same address, with what it has", async () => {
        const host = await hostWith();
        const { address, port } = host;
        const talk = await Talk.begin(await clientOf(host));
        await talk.next();
        await talk.ask(1, "apply", compile(true, null));
        await host.down();
        expect(await talk.next()).toBeUndefined();
        await expect(login(host)).rejects.toMatchObject({ code: "ECONNREFUSED" });
        expect(host.counters.processesRunning).toBe(0);
        await host.up();
        expect([host.address, host.port]).toEqual([address, port]);
        await clientOf(host);
        expect(host.machine.flag(CIMV2)).toBe(true);
    });

    test("reports its host key, even after a change", async () => {
        const host = await hostWith();
        const seen: string[] = [];
        const hostVerifier = (key: Buffer) => {
            seen.push(`ssh-ed25519 ${key.toString("base64")}`);
            return true;
        };
        const before = host.hostKey;
        await clientOf(host, { hostVerifier });
        host.changeHostKey();
        await clientOf(host, { hostVerifier });
        expect(seen).toEqual([before, host.hostKey]);
        expect(host.hostKey).not.toBe(before);
    });
});

describe("logging in", () => {
    const user = "CONTOSO\\svc";
    const pair = newKeyPair();

    test("with the password, and not with another", async () => {
        const host = await hostWith();
        await clientOf(host);
        await expect(login(host, { password: "wrong" })).rejects.toMatchObject({ level: "client-authentication" });
        expect(host.counters).toMatchObject({ authentications: 1, failedAuthentications: 1 });
    });

    test("with the password by keyboard-interactive where that is all that is offered", async () => {
        const host = await hostWith({ loginMethods: ["keyboard-interactive"] });
        const client = new Client();
        clients.push(client);
        const answered = new Promise((settle, fail) => client.once("ready", () => settle("in")).once("error", fail));
        client.on("keyboard-interactive", (_name, _instructions, _language, _prompts, finish) =>
            finish([String(host.connection.password)]),
        );
        client.connect({ host: host.address, port: host.port, username: host.connection.user, tryKeyboard: true });
        expect(await answered).toBe("in");
    });

    test("with a key, and not with another", async () => {
        const host = await hostWith({ users: [{ user, publicKeys: [pair.public] }] });
        await clientOf(host, { username: user, privateKey: pair.private });
        const other = newKeyPair();
        await expect(login(host, { username: user, privateKey: other.private })).rejects.toMatchObject({ level: "client-authentication" });
        expect(host.counters.authentications).toBe(1);
    });

    test("not by naming a key that one can't sign with", async () => {
        const host = await hostWith({ users: [{ user, publicKeys: [pair.public] }] });
        const known = utils.parseKey(pair.public);
        const other = utils.parseKey(newKeyPair().private);
        if (known instanceof Error || other instanceof Error) throw new Error("a fresh key does not parse");
        class Liar extends BaseAgent {
            override getIdentities(tell: IdentityCallback): void {
                tell(null, [known as ParsedKey]);
            }
            override sign(_key: unknown, data: Buffer, _options: unknown, tell?: SignCallback): void {
                tell?.(null, (other as ParsedKey).sign(data));
            }
        }
        await expect(login(host, { username: user, agent: new Liar() })).rejects.toMatchObject({ level: "client-authentication" });
        expect(host.counters).toMatchObject({ authentications: 0, failedAuthentications: 1 });
    });

    test("nobody gets in while it refuses", async () => {
        const host = await hostWith({ users: [{ user, password: "right", publicKeys: [pair.public] }] });
        host.faults.on("authRefused", {});
        await expect(login(host)).rejects.toMatchObject({ level: "client-authentication" });
        await expect(login(host, { privateKey: pair.private })).rejects.toMatchObject({ level: "client-authentication" });
        host.faults.off("authRefused");
        await clientOf(host);
    });

    test("a host that is silent after TCP says nothing", async () => {
        const host = await hostWith();
        host.faults.on("silentTcp", {});
        await expect(login(host, { readyTimeout: 50 })).rejects.toMatchObject({ level: "client-timeout" });
    });
});

describe("as a jump host", () => {
    test("forwards to loopback addresses, and counts", async () => {
        const [jump, behind] = (await startSimulatedHosts(2)) as [SimulatedHost, SimulatedHost];
        hosts.push(jump, behind);
        const client = await clientOf(jump);
        const way = await new Promise<NodeJS.ReadWriteStream>((settle, fail) =>
            client.forwardOut("127.0.0.1", 0, behind.address, behind.port, (error, channel) => (error ? fail(error) : settle(channel))),
        );
        const talk = await Talk.begin(await clientOf(behind, { sock: way }));
        expect(await talk.next()).toMatchObject({ id: 0, ok: true });
        expect([jump.counters.forwards, behind.counters.connections]).toEqual([1, 1]);
    });

    test.each(["192.0.2.1", "localhost"])("never to %s", async (place) => {
        const host = await hostWith();
        const client = await clientOf(host);
        const error = await new Promise((settle) => client.forwardOut("127.0.0.1", 0, place, 22, settle));
        expect(error).toBeInstanceOf(Error);
        expect(host.refused).toEqual([`a connection to ${place}`]);
    });
});

describe("commands", () => {
    const encoded = (script: string) =>
        `powershell.exe -NoLogo -NoProfile -NonInteractive -OutputFormat Text -EncodedCommand ${Buffer.from(script, "utf16le").toString("base64")}`;

    test.each([
        ["another program", "whoami", "whoami"],
        ["other switches", agentCommand().replace("-NoProfile ", ""), "powershell.exe"],
        [
            "a full path in quotes",
            agentCommand().replace("powershell.exe", '"C:\\Windows\\powershell.exe"'),
            '"C:\\Windows\\powershell.exe"',
        ],
        ["pwsh where there is none", agentCommand().replace("powershell.exe", "pwsh.exe"), "pwsh.exe"],
        ["something for cmd.exe to interpret", `${agentCommand()}&whoami`, "powershell.exe"],
        ["base64 that is none", `${agentCommand()}=`, "powershell.exe"],
    ])("%s is not recognized, and noted", async (_name, command, program) => {
        const host = await hostWith();
        const { exit, errorOutput } = await run(await clientOf(host), command);
        expect([exit, errorOutput]).toEqual([
            1,
            `'${program}' is not recognized as an internal or external command,\r\noperable program or batch file.\r\n`,
        ]);
        expect(host.refused).toEqual([command]);
        expect(host.counters.processesStarted).toBe(0);
    });

    test("a line that is too long for cmd.exe gets a localized message on standard output", async () => {
        const host = await hostWith();
        expect(await run(await clientOf(host), encoded("x".repeat(3100)))).toEqual({
            exit: 1,
            output: "Die Befehlszeile ist zu lang.\r\n",
            errorOutput: "",
        });
    });

    test("our command fits both default shells, and no script but the bootstrap runs", async () => {
        for (const defaultShell of ["cmd", "powershell"] as const) {
            const host = await hostWith({ defaultShell });
            const client = await clientOf(host);
            expect((await run(client, agentCommand())).output).toBe("wmisec-stop:ended\r\n");
            expect(await run(client, encoded("whoami"))).toMatchObject({ exit: 1, output: "" });
            expect(host.refused).toEqual([encoded("whoami")]);
        }
    });

    test("where PowerShell is missing, the shell says so", async () => {
        const host = await hostWith();
        host.faults.on("powershellMissing", {});
        const { exit, errorOutput } = await run(await clientOf(host), agentCommand());
        expect([exit, errorOutput]).toEqual([1, expect.stringContaining("'powershell.exe' is not recognized")]);
    });

    test("where the server starts nothing, the request itself fails", async () => {
        const host = await hostWith();
        host.faults.on("execRefused", {});
        await expect(start(await clientOf(host), agentCommand())).rejects.toThrow("Unable to exec");
    });

    test("terminals, shells and subsystems are refused and noted", async () => {
        const host = await hostWith();
        const client = await clientOf(host);
        const errors = [
            await new Promise((settle) => client.exec(agentCommand(), { pty: true }, settle)),
            await new Promise((settle) => client.shell(false, settle)),
            await new Promise((settle) => client.sftp(settle)),
        ];
        for (const error of errors) expect(error).toBeInstanceOf(Error);
        expect(host.refused).toEqual(["a terminal", "a shell", "the subsystem sftp"]);
    });

    test("one connection has ten sessions, and no eleventh", async () => {
        const host = await hostWith();
        const client = await clientOf(host);
        for (let session = 1; session <= 10; session++) await Talk.begin(client);
        await expect(start(client, agentCommand())).rejects.toThrow("Channel open failure");
        expect(host.counters.processesRunning).toBe(10);
    });
});

describe("what the agent is not given", () => {
    test("a look for which a part is missing is refused, until that part comes as it is", async () => {
        const talk = await Talk.begin(await clientOf(await hostWith()));
        await talk.next();
        const look = { namespaces: [], values: [], registrations: ["root/cimv2"], definitions: [] };
        const refused = (message: string) => ({
            ok: false,
            failure: { type: "pulumi-wmisec.BadRequest", message: expect.stringContaining(message) },
        });
        expect(await talk.ask(1, "observe", look)).toMatchObject(refused("the part trust"));
        expect(await talk.ask(2, "load", { part: "trust", text: `${partText("trust").text} ` })).toMatchObject(refused("no part"));
        expect(await talk.ask(3, "load", { part: "trust", text: partText("trust").text })).toEqual({ id: 3, ok: true, value: null });
        expect(await talk.ask(4, "observe", look)).toMatchObject(refused("the part registration"));
        await talk.ask(5, "load", { part: "registration", text: partText("registration").text });
        expect(await talk.ask(6, "observe", look)).toMatchObject({ id: 6, ok: true });
    });

    test("a request above the limit is refused by its number, and the next is answered", async () => {
        const talk = await Talk.begin(await clientOf(await hostWith()));
        await talk.next();
        talk.line(`{"id":7,"verb":"observe","timeoutMs":1000,"args":"${"x".repeat(MAX_REQUEST)}"}`);
        expect(await talk.next()).toMatchObject({ id: 7, ok: false, failure: { type: "pulumi-wmisec.BadRequest" } });
        expect(await talk.ask(8, "bye", {})).toEqual({ id: 8, ok: true, value: null });
    });
});

describe("the bootstrap", () => {
    const { text, sha256, length } = agentText();
    test.each([
        ["header", "hello\n", 66],
        ["header", agentHeader(length, sha256.toLowerCase(), NONCE), 66],
        ["header", agentHeader(length, sha256, "short"), 66],
        ["ended", "", 65],
        ["ended", agentHeader(length, sha256, NONCE).trimEnd(), 65],
        ["ended", agentHeader(length, sha256, NONCE) + text.slice(1), 65],
        ["hash", `${agentHeader(length, sha256, NONCE)}!${text.slice(1)}`, 67],
    ])("stops with %s", async (word, input, exit) => {
        const host = await hostWith();
        expect(await run(await clientOf(host), agentCommand(), input)).toEqual({
            exit,
            output: `wmisec-stop:${word}\r\n`,
            errorOutput: "",
        });
    });

    test("stops at once in a constrained language mode, before any input", async () => {
        const host = await hostWith();
        host.faults.on("languageMode", { mode: "ConstrainedLanguage" });
        const { ended } = await start(await clientOf(host), agentCommand());
        expect(await ended).toMatchObject({ output: "wmisec-stop:languageMode ConstrainedLanguage\r\n", exit: 64 });
    });

    test("runs no other text, though its hash be right", async () => {
        const host = await hostWith();
        const empty = "E3B0C44298FC1C149AFBF4C8996FB92427AE41E4649B934CA495991B7852B855";
        expect((await run(await clientOf(host), agentCommand(), agentHeader(0, empty, NONCE))).output).toMatch(/^wmisec-stop:error /);
    });
});

describe.each([
    ["quiet", {}],
    ["noisy", { noise: true }],
    ["slow", { startupMs: 20, verbMs: 5 }],
])("the protocol on a %s host", (_name, options) => {
    test("handshake, look, write, look, bye", async () => {
        const host = await hostWith(options);
        const talk = await Talk.begin(await clientOf(host));
        expect(await talk.next()).toEqual({ id: 0, ok: true, value: host.machine.facts() });
        const first = await talk.ask(1, "observe", LOOK);
        expect(VERBS.observe.value.parse(first?.ok && first.value).namespaces).toEqual([
            { path: "root/cimv2", state: "present", flag: { effective: null, stored: null } },
        ]);
        const second = await talk.ask(2, "apply", compile(true, null));
        expect(VERBS.apply.value.parse(second?.ok && second.value)).toMatchObject({ done: 1, stopped: null });
        expect(host.machine.flag("root/cimv2")).toBe(true);
        expect(await talk.ask(3, "bye", {})).toEqual({ id: 3, ok: true, value: null });
        expect((await talk.process.ended).exit).toBe(0);
        expect(host.counters).toMatchObject({
            connections: 1,
            processesStarted: 1,
            processesRunning: 0,
            requests: { observe: 1, apply: 1, bye: 1 },
        });
    });
});

describe("the protocol", () => {
    const begin = async (options: SimulatedHostOptions = {}): Promise<[SimulatedHost, Talk]> => {
        const host = await hostWith(options);
        const talk = await Talk.begin(await clientOf(host));
        await talk.next();
        return [host, talk];
    };

    test("what was planned for another machine is not written", async () => {
        const [host, talk] = await begin();
        expect(await talk.ask(1, "apply", { ...compile(true, null), machine: "another/uuid" })).toMatchObject({
            ok: false,
            failure: { type: "pulumi-wmisec.OtherMachine", message: expect.stringContaining("guid/uuid") },
        });
        expect(host.writes.all).toEqual([]);
        expect(await talk.ask(2, "apply", compile(true, null))).toMatchObject({ ok: true });
    });

    test("noise stands around frames and within them, and on standard error", async () => {
        const [, talk] = await begin({ noise: true });
        await talk.ask(1, "bye", {});
        const { output, errorOutput } = await talk.process.ended;
        expect(errorOutput).toMatch(/^#< CLIXML\r\n<Objs /);
        expect(output).toMatch(/^Aktive Codepage: 850\./);
        const frame = output.slice(output.indexOf(NONCE), output.lastIndexOf(NONCE));
        expect(frame).toContain("Transcript started");
        expect(frame.split("\r\n").some((line) => line.length === 80)).toBe(true);
    });

    test.each([
        ["not JSON", "hello", 0],
        ["a verb that there is not", '{"id":7,"verb":"shell","timeoutMs":1000,"args":{}}', 7],
        ["no deadline", '{"id":7,"verb":"observe","args":{"namespaces":[],"values":[]}}', 7],
        ["a field too many", '{"id":7,"verb":"observe","timeoutMs":1000,"args":{"namespaces":[],"values":[]},"as":"SYSTEM"}', 7],
        ["an argument too many", '{"id":7,"verb":"observe","timeoutMs":1000,"args":{"namespaces":[],"values":[],"run":"calc"}}', 7],
        ["a path that is not normal", '{"id":7,"verb":"observe","timeoutMs":1000,"args":{"namespaces":["ROOT\\\\cimv2"],"values":[]}}', 7],
        ["a number that does not come first", '{"verb":"bye","id":7,"timeoutMs":1000,"args":{}}', 0],
    ])("a request with %s is refused whole, and the next one answered", async (_name, line, id) => {
        const [, talk] = await begin();
        talk.line(line);
        expect(await talk.next()).toMatchObject({ id, ok: false, failure: { type: "pulumi-wmisec.BadRequest" } });
        expect(await talk.ask(8, "observe", LOOK)).toMatchObject({ id: 8, ok: true });
    });

    test("requests are answered in order, one after the other", async () => {
        const [, talk] = await begin({ verbMs: 5 });
        const answers = await Promise.all([1, 2, 3].map((id) => talk.ask(id, "observe", LOOK)));
        expect(answers.map((answer) => answer?.id)).toEqual([1, 2, 3]);
    });

    test("the end of input ends the process", async () => {
        const [host, talk] = await begin();
        talk.process.channel.end();
        expect((await talk.process.ended).exit).toBe(0);
        expect(host.counters.processesRunning).toBe(0);
    });

    test.each([
        ["before", null],
        ["after", true],
    ] as const)("a verb that hangs %s its work gets a timeout for an answer, and the process ends itself", async (when, flag) => {
        const [host, talk] = await begin();
        host.faults.on("verbHangs", { verb: "apply", when });
        expect(await talk.ask(1, "observe", LOOK, 50)).toMatchObject({ ok: true });
        expect(await talk.ask(2, "apply", compile(true, null), 50)).toMatchObject({
            id: 2,
            ok: false,
            failure: { type: "pulumi-wmisec.Timeout" },
        });
        await talk.process.ended;
        expect(host.machine.flag(CIMV2)).toBe(flag);
        expect(host.counters.processesRunning).toBe(0);
    });

    test("whoever waited for the mutex when its time was over writes nothing later", async () => {
        const [host, talk] = await begin();
        const release = await host.machine.mutex.acquire(0);
        expect(await talk.ask(1, "apply", { ...compile(true, null), mutexTimeoutMs: 60_000 }, 30)).toMatchObject({
            failure: { type: "pulumi-wmisec.Timeout" },
        });
        release?.();
        await talk.process.ended;
        expect(host.writes.all).toEqual([]);
        expect(await host.machine.mutex.acquire(0)).toBeDefined();
    });

    test.each([
        ["beforeVerb", null, undefined],
        ["beforeAnswer", true, undefined],
        ["afterAnswer", true, { id: 1, ok: true }],
    ] as const)("a connection that drops %s", async (when, flag, answer) => {
        const [host, talk] = await begin();
        host.faults.on("connectionDrops", { verb: "apply", when }, 1);
        const got = await talk.ask(1, "apply", compile(true, null));
        if (answer === undefined) expect(got).toBeUndefined();
        else expect(got).toMatchObject(answer);
        expect((await talk.process.ended).exit).toBeUndefined();
        expect(host.machine.flag(CIMV2)).toBe(flag);
        const again = await Talk.begin(await clientOf(host));
        await again.next();
        expect(await again.ask(1, "observe", LOOK)).toMatchObject({ ok: true });
    });

    test("a machine that can't say who it is says why", async () => {
        const host = await hostWith();
        host.faults.on("wmiDown", {});
        const talk = await Talk.begin(await clientOf(host));
        expect(await talk.next()).toMatchObject({ id: 0, ok: false, failure: { type: "System.Runtime.InteropServices.COMException" } });
    });

    test("what clients sent is on record, logins are not", async () => {
        const [host, talk] = await begin();
        await talk.ask(1, "observe", LOOK);
        expect(host.transcript).toContain(agentCommand());
        expect(host.transcript).toContain('"root/cimv2"');
        expect(host.transcript).not.toContain(String(host.connection.password));
    });
});

test("stop leaves nothing open, whatever is going on", async () => {
    const host = await startSimulatedHost({ verbMs: 60_000 });
    const talk = await Talk.begin(await clientOf(host));
    await talk.next();
    const asked = talk.ask(1, "observe", LOOK, 60_000);
    const idle = connect(host.port, host.address);
    idle.on("error", () => undefined);
    await new Promise((settle) => idle.once("connect", settle));
    await host.stop();
    await host.stop();
    expect(await asked).toBeUndefined();
    expect(host.counters.processesRunning).toBe(0);
    idle.destroy();
});
