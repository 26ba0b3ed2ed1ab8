import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { bootstrapText, partText, textOf } from "../../provider/agent/command";
import { FrameReader } from "../../provider/agent/frames";
import { agentHeader, asciiJson } from "../../provider/agent/protocol";
import { MAX_FRAME, MAX_REQUEST } from "../../provider/core/limits";
import { registryData } from "../../provider/core/registry";
import type { Step } from "../../provider/core/wire/step";
import { onPwsh } from "../powershell/pwsh";
import { ALLOWED_COMMANDS } from "./allowedCommands";
import { NONCE, standIn, textWith } from "./pwshAgent";

/** What the agent refuses, bounds and survives, under a real PowerShell with a stand-in for the registry. */

jest.setTimeout(120_000);

const TEXT = textWith(["Add-Member", "Sort-Object"], standIn("standinHive.ps1"));

/** A process that runs a bootstrap, and the frames that come from it. */
class Talk {
    readonly child: ChildProcessWithoutNullStreams;
    readonly exit: Promise<number | null>;
    output = "";
    readonly #frames: string[] = [];
    #wake: () => void = () => undefined;

    constructor(bootstrap: string, environment: NodeJS.ProcessEnv = {}) {
        const encoded = Buffer.from(bootstrap, "utf16le").toString("base64");
        const options = ["-NoLogo", "-NoProfile", "-NonInteractive", "-OutputFormat", "Text", "-EncodedCommand", encoded];
        this.child = spawn("pwsh", options, { stdio: "pipe", env: { ...process.env, ...environment } });
        this.exit = new Promise((resolve) => this.child.on("close", resolve));
        this.child.stdin.on("error", () => undefined /* It has ended; `exit` says so. */);
    }

    /** Without it nobody reads what the process writes. */
    listen(): this {
        const reader = new FrameReader(NONCE);
        this.child.stdout.on("data", (chunk: Buffer) => {
            this.output += chunk.toString("latin1");
            this.#frames.push(...reader.push(chunk));
            this.#wake();
        });
        return this;
    }

    send(text: string): void {
        this.child.stdin.write(text);
    }

    /** The next answer. */
    async answer(): Promise<Record<string, unknown>> {
        const gone = this.exit.then(() => true);
        for (;;) {
            const frame = this.#frames.shift();
            if (frame !== undefined) return JSON.parse(frame) as Record<string, unknown>;
            const more = new Promise<false>((resolve) => {
                this.#wake = () => resolve(false);
            });
            if ((await Promise.race([gone, more])) && this.#frames.length === 0) throw new Error(`it ended: ${this.output.slice(-300)}`);
        }
    }
}

const talks: Talk[] = [];
function talk(bootstrap = bootstrapText(), environment: NodeJS.ProcessEnv = {}): Talk {
    const started = new Talk(bootstrap, environment);
    talks.push(started);
    return started;
}

const killAll = async () => {
    for (const { child, exit } of talks.splice(0)) {
        child.kill("SIGKILL");
        await exit;
    }
};

/** An agent that has reported, and a way to ask it one verb: its value, or its failure. */
async function start(text = TEXT, environment: NodeJS.ProcessEnv = {}) {
    const running = talk(bootstrapText(), environment).listen();
    const agent = textOf(text);
    running.send(agentHeader(agent.length, agent.sha256, NONCE) + agent.text);
    await running.answer();
    let id = 0;
    const line = async (request: string) => {
        running.send(`${request}\n`);
        return running.answer();
    };
    const ask = async (verb: string, args: unknown): Promise<unknown> => {
        id += 1;
        const answer = await line(asciiJson({ id, verb, timeoutMs: 60_000, args }));
        expect(answer["id"]).toBe(id);
        return answer["ok"] === true ? answer["value"] : { failure: answer["failure"] };
    };
    return { running, line, ask };
}

const failure = (type: string, message: RegExp) => ({
    failure: expect.objectContaining({ type, message: expect.stringMatching(message) }),
});
const refused = (message: RegExp) => failure("pulumi-wmisec.BadRequest", message);

onPwsh("the bootstrap's patience under pwsh", () => {
    const agent = textOf(TEXT);
    const header = agentHeader(agent.length, agent.sha256, NONCE);
    afterEach(killAll);

    test.each([
        ["nothing", ""],
        ["half a header", header.slice(0, 50)],
        ["a header alone", header],
        ["half an agent", header + agent.text.slice(0, 1000)],
    ])("%s, and then silence: it says so and ends", async (_what, sent) => {
        const limit = "$read.Wait(60000)";
        expect(bootstrapText()).toContain(limit);
        const waiting = talk(bootstrapText().replace(limit, "$read.Wait(400)")).listen();
        waiting.send(sent);
        await waiting.exit;
        expect(waiting.output.trim()).toBe("wmisec-stop:waited");
    });

    test("a request that comes in one piece with the agent is answered", async () => {
        const running = talk().listen();
        running.send(`${header + agent.text}{"id":1,"verb":"echo","timeoutMs":60000,"args":"here"}\n`);
        await running.answer();
        expect(await running.answer()).toEqual({ id: 1, ok: true, value: "here" });
    });
});

onPwsh("the loop's bounds under pwsh", () => {
    let agent: Awaited<ReturnType<typeof start>>;
    beforeAll(async () => {
        agent = await start();
    });
    afterAll(killAll);

    test("a request above the limit is refused by its number, and the next is answered", async () => {
        const long = `{"id":7,"verb":"echo","timeoutMs":60000,"args":"${"x".repeat(MAX_REQUEST)}"}`;
        expect(await agent.line(long)).toEqual({ id: 7, ok: false, ...refused(/longer than 2000000 bytes/) });
        expect(await agent.ask("echo", "still there")).toBe("still there");
    });

    test.each(["ECHO", "Echo", "Bye", "LOAD", "echo ", ""])("%j is no verb", async (verb) => {
        expect(await agent.ask(verb, {})).toEqual(refused(/names no verb/));
    });

    test.each(["2024-01-02T03:04:05Z", "2024-01-02T03:04:05.123+01:00", "2024-01-02", "/Date(1198908717056)/", "10:00"])(
        "%s is text",
        async (text) => {
            expect(await agent.ask("echo", { text, list: [text] })).toEqual({ text, list: [text] });
        },
    );

    test.each(["\ud83d", "\ude00", "a\ude00\ud83d", "\ud83d\ud83d\ude00"])(
        "half a surrogate pair (%j) is not changed in silence",
        async (text) => {
            expect(await agent.ask("echo", text)).toEqual(refused(/half a surrogate pair/));
        },
    );

    test("text in any script, each character with another beside it, comes back as it was", async () => {
        const text = "\u00fcx\u4e2d\u{1f512} \u0007\u2028".repeat(15_000);
        expect(await agent.ask("echo", { text })).toEqual({ text });
    });

    test("an answer that is too large is told, by what makes it so", async () => {
        const type = (word: string) => `pulumi-wmisec.${word}`;
        expect(await agent.ask("large", { part: "ledger", size: MAX_FRAME })).toEqual(
            failure(type("LedgerTooLarge"), /at most 8388608 can be sent; most of it is ledger: \d+ bytes in 1 entries/),
        );
        expect(await agent.ask("large", { part: "values", size: MAX_FRAME })).toEqual(
            failure(type("AnswerTooLarge"), /most of it is values/),
        );
        expect(await agent.ask("echo", 1)).toBe(1);
    });

    test("a part of the agent runs if its hash is the one that the core names", async () => {
        const part = "trust";
        const { text } = partText(part);
        expect(await agent.ask("load", { part, text: `${text}#` })).toEqual(refused(/no part of this agent/));
        expect(await agent.ask("load", { part: "events", text })).toEqual(refused(/no part of this agent/));
        expect(await agent.ask("load", { part: "other", text })).toEqual(refused(/no part of this agent/));
        expect(await agent.ask("load", { part, text: 5 })).toEqual(refused(/text was expected/));
        expect(await agent.ask("load", { part, text })).toBeNull();
    });
});

onPwsh("an agent whose answer nobody reads, under pwsh", () => {
    afterEach(killAll);

    test("ends when nobody reads its answer", async () => {
        const running = talk();
        const agent = textOf(TEXT.replace("$WmisecWriteMs = 60000", "$WmisecWriteMs = 500"));
        expect(agent.text).not.toBe(TEXT);
        running.send(agentHeader(agent.length, agent.sha256, NONCE) + agent.text);
        running.send(`{"id":1,"verb":"echo","timeoutMs":60000,"args":"${"x".repeat(1_500_000)}"}\n`);
        // What the pipe holds is read when the process has ended.
        await new Promise((resolve) => running.child.on("exit", resolve));
        running.child.stdout.resume();
        expect(running.child.signalCode ?? running.child.exitCode).not.toBe(0);
    });
});

onPwsh("an account whose own modules bear the names of PowerShell's, under pwsh", () => {
    let home: string;
    beforeEach(() => {
        home = mkdtempSync(join(tmpdir(), "wmisec-modules-"));
    });
    afterEach(async () => {
        await killAll();
        rmSync(home, { recursive: true });
    });

    test("every command that the agent calls is PowerShell's own", async () => {
        const modules = join(home, ".local/share/powershell/Modules");
        const ran = join(home, "ran");
        for (const name of [...ALLOWED_COMMANDS, "Microsoft.PowerShell.Utility"]) {
            mkdirSync(join(modules, name), { recursive: true });
            const functions = ALLOWED_COMMANDS.map(
                (command) => `function ${command} { [IO.File]::AppendAllText('${ran}', '${command} ') }`,
            );
            writeFileSync(join(modules, name, `${name}.psm1`), `${functions.join("\n")}\nExport-ModuleMember -Function *\n`);
        }
        const { ask } = await start(TEXT, { HOME: home, XDG_DATA_HOME: "", PSModulePath: modules });
        const own = ALLOWED_COMMANDS.map(() => "Cmdlet Microsoft.PowerShell.Commands.Utility.dll");
        expect(await ask("commands", { names: ALLOWED_COMMANDS })).toEqual(own);
        expect(() => readFileSync(ran)).toThrow("ENOENT");
    });
});

onPwsh("the ledger and the registry under pwsh, over a stand-in", () => {
    let agent: Awaited<ReturnType<typeof start>>;
    beforeAll(async () => {
        agent = await start();
    });
    afterAll(killAll);

    const LOOK = { namespaces: [], values: [], registrations: [], definitions: [] };
    const entries = (...items: string[]) => items.map((item) => ({ item, text: `text of ${item}` }));
    const store = (what: object) =>
        agent.ask("store", { ledger: [], more: 0, size: 0, list: { lines: 0, length: 0 }, vanishes: [], deleted: [], broken: "", ...what });
    const apply = (steps: readonly unknown[], observe: object = LOOK) =>
        agent.ask("apply", { steps, observe, machine: "m", mutexTimeoutMs: 1000, mofcompTimeoutMs: 1000, keepMof: false });
    const write = (item: string, text: string | null, expect: string | null = null): Step => ({ do: "setLedger", item, expect, text });

    test("an entry that another run deletes between the listing and the reading is gone; the others are told", async () => {
        await store({ ledger: entries("a", "b", "c"), vanishes: ["b"] });
        const seen = (await agent.ask("observe", LOOK)) as { ledger: { item: string }[] };
        expect(seen.ledger.map(({ item }) => item).sort()).toEqual(["a", "c"]);
    });

    test("so is a whole ledger whose key is deleted while it is held open", async () => {
        await store({ ledger: entries("a"), deleted: ["SOFTWARE\\pulumi-wmisec\\v1"] });
        expect(await agent.ask("observe", LOOK)).toMatchObject({ ledger: [] });
    });

    test("a value is present, absent, or not to be had", async () => {
        const look = (name: string, key = "SOFTWARE\\x") => agent.ask("observe", { ...LOOK, values: [{ key, name }] });
        await store({});
        expect(await look("HERE")).toMatchObject({ values: [{ state: "present", data: { kind: "REG_SZ", value: "y" } }] });
        expect(await look("other")).toMatchObject({ values: [{ state: "absent" }] });
        expect(await look("other", "SOFTWARE\\none")).toMatchObject({ values: [{ state: "absent" }] });
        await store({ broken: "SOFTWARE\\x" });
        expect(await look("other")).toMatchObject({ values: [{ state: "failed" }] });
    });

    test("a REG_MULTI_SZ is read if all its lines together fit the limit of one text; a longer one is a failed reading", async () => {
        const look = () => agent.ask("observe", { ...LOOK, values: [{ key: "SOFTWARE\\x", name: "list" }] });
        await store({ list: { lines: 4096, length: 15 } });
        expect(await look()).toMatchObject({ values: [{ state: "present" }], ledger: [] });
        await store({ list: { lines: 4096, length: 16 } });
        expect(await look()).toMatchObject({
            values: [{ state: "failed", failure: { type: "pulumi-wmisec.UnexpectedValue" } }],
            ledger: [],
        });
    });

    test("a look that fails after a write does not keep back what was done", async () => {
        await store({ broken: "SOFTWARE\\pulumi-wmisec\\v1" });
        const step = { do: "setValue", key: "SOFTWARE\\x", name: "here", expect: { kind: "REG_SZ", value: "y" }, data: null };
        expect(await apply([step])).toEqual({
            done: 1,
            stopped: null,
            unseen: expect.objectContaining({ type: "System.UnauthorizedAccessException" }),
        });
    });

    test("nor does a ledger that is too large for an answer", async () => {
        await store({ more: 140, size: 65_000 });
        expect(await apply([write("more 0", null, "x".repeat(65_000))])).toMatchObject({
            done: 1,
            stopped: null,
            unseen: { type: "pulumi-wmisec.LedgerTooLarge", message: expect.stringContaining("in 139 entries") },
        });
    });

    test("a new entry that the ledger has no room for stops the list before anything is done; taking out is always possible", async () => {
        await store({ more: 4000, size: 10 });
        expect(await apply([write("more 1", null, "x".repeat(10)), write("one more", "x"), write("two more", "x")])).toMatchObject({
            done: 0,
            stopped: { step: 0, reason: "unexpected", found: expect.stringContaining("no room left: it would have 4001 entries") },
        });
        expect(await apply([write("more 1", null, "x".repeat(10))])).toMatchObject({ done: 1, stopped: null });
        await store({ more: 64, size: 65_000 });
        expect(await apply([write("one more", "x".repeat(60_000))])).toMatchObject({ done: 0, stopped: { reason: "unexpected" } });
    });

    const GOOD = write("a", "x");
    const REG = { registered: false, file: null };
    test.each<[string, unknown]>([
        ["no kind", { item: "b" }],
        ["another kind", { ...GOOD, do: "format" }],
        ["a field that is missing", { do: "setLedger", item: "b", expect: null }],
        ["a field too many", { ...GOOD, more: 1 }],
        ["text that is a number", { ...GOOD, text: 5 }],
        ["a name that is too long", write("x".repeat(16_384), "x")],
        ["no data", { do: "setValue", key: "SOFTWARE\\x", name: "here", expect: null }],
        [
            "data that is wrong",
            { do: "setValue", key: "SOFTWARE\\x", name: "here", expect: null, data: { kind: "REG_DWORD", value: null } },
        ],
        ["a wrong expectation", { do: "setValue", key: "SOFTWARE\\x", name: "here", expect: { kind: "REG_X", value: 1 }, data: null }],
        ["a name of a value that is too long", { do: "setValue", key: "SOFTWARE\\x", name: "x".repeat(256), expect: null, data: null }],
        ["a path in another form", { do: "unregisterMof", path: "ROOT/x", expect: REG }],
        ["a part of the agent that was not sent", { do: "unregisterMof", path: "root/x", expect: REG }],
        ["a hash that is none", { do: "restoreDefinition", file: "C:\\a.mof", expect: "x", backup: "y" }],
        ["no step at all", null],
        ["a list", []],
    ])("a last step with %s: nothing is done at all", async (_what, step) => {
        await store({});
        expect(await apply([GOOD, step])).toEqual(refused(/./));
        expect(await agent.ask("stored", {})).toEqual([]);
    });

    test.each<[string, object]>([
        ["a path in another form", { ...LOOK, namespaces: ["ROOT"] }],
        ["a list that is missing", { namespaces: [], values: [], registrations: [] }],
        ["a name that is too long", { ...LOOK, values: [{ key: "SOFTWARE\\x", name: "x".repeat(256) }] }],
        ["a part of the agent that was not sent", { ...LOOK, definitions: ["C:\\a.mof"] }],
    ])("and so with %s in what is to be looked at afterwards", async (_what, observe) => {
        await store({});
        expect(await apply([GOOD], observe)).toEqual(refused(/./));
        expect(await agent.ask("stored", {})).toEqual([]);
    });

    test.each([null, "", "1", "0x10", true, false, 1.5, -1, 4_294_967_296, [1], {}])("%j is no REG_DWORD", async (value) => {
        expect(await agent.ask("data", { data: { kind: "REG_DWORD", value } })).toEqual(refused(/whole number/));
    });

    test.each(["", "-1", "1.5", "0x1", " 1", "1\n", "18446744073709551616", 1, null])("%j is no REG_QWORD", async (value) => {
        expect(await agent.ask("data", { data: { kind: "REG_QWORD", value } })).toEqual(refused(/digits|text was expected/));
    });

    test.each<[string, number, number]>([
        ["String", 65_536, 1],
        ["ExpandString", 65_536, 1],
        ["MultiString", 4096, 1],
        ["MultiString", 1, 4096],
        ["Binary", 65_536, 1],
        ["None", 65_536, 1],
    ])("%s of %d, %d times: told where the schema takes it, and unexpected where not", async (kind, length, lines) => {
        const told = await agent.ask("data", { kind, length, lines });
        expect(registryData.safeParse(told).success).toBe(true);
        const more = lines > 1 ? { kind, length, lines: lines + 1 } : { kind, length: length + 1, lines };
        expect(await agent.ask("data", more)).toEqual(failure("pulumi-wmisec.UnexpectedValue", /^HKLM\\x y has /));
    });
});
