import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { z } from "zod";
import {
    AGENT_PARTS,
    type AgentText,
    agentCommand,
    CORE_SCRIPTS,
    composed,
    LOOP_SCRIPT,
    script,
    textOf,
} from "../../provider/agent/command";
import { Conversation } from "../../provider/agent/conversation";
import { agentHeader, asciiJson } from "../../provider/agent/protocol";
import { isWmisecError, WmisecError } from "../../provider/core/errors";
import { registrationFileName } from "../../provider/core/mof/autorecover";
import { namespacePath } from "../../provider/core/namespacePath";
import type { Session } from "../../provider/core/session";
import { compiled } from "../powershell/compiled";
import { onPwsh, PWSH } from "../powershell/pwsh";

/** Bootstrap and loop under a real PowerShell, with stand-ins for what only Windows has. */
const STAND_INS = PWSH === undefined ? "" : compiled([join(__dirname, "standins.cs")], PWSH);

const NONCE = "00112233445566778899aabbccddeeff";
const [, ...ARGUMENTS] = agentCommand().split(" ");
const COMMANDS = [
    "Add-Member",
    "Sort-Object",
    "Write-Error",
    "Write-Host",
    "Write-Information",
    "Write-Progress",
    "Write-Verbose",
    "Write-Warning",
];
/** The stand-ins call commands of their own. */
const LOOP = script(LOOP_SCRIPT).replace("'Start-Sleep')", `'Start-Sleep', ${COMMANDS.map((name) => `'${name}'`).join(", ")})`);
const functions = [...AGENT_PARTS.map((part) => `${part}.ps1`), ...CORE_SCRIPTS].map(script);
const agentWith = (...standins: string[]): AgentText => textOf(composed([...functions, ...standins.map((text) => `${text}\n`)], LOOP));
const standins = readFileSync(join(__dirname, "standins.ps1"), "ascii").replaceAll("\r\n", "\n");
const AGENT = agentWith(standins);
const standinFiles = readFileSync(join(__dirname, "standinFiles.ps1"), "ascii").replaceAll("\r\n", "\n");
const AGENT_WITH_FILES = agentWith(standins, standinFiles);
const standinMof = readFileSync(join(__dirname, "standinMof.ps1"), "ascii").replaceAll("\r\n", "\n");
const AGENT_WITH_MOF = agentWith(standins, standinFiles, standinMof);

const AGENT_WITH_API = agentWith(
    standins,
    "$WmisecVerbs['buffer'] = 'Invoke-WmisecBuffer'",
    "function Invoke-WmisecBuffer { param($Arguments) return Invoke-WmisecApiOnBuffer (ConvertFrom-WmisecMof $Arguments.mof) }",
);

class Process implements Session {
    readonly child: ChildProcessWithoutNullStreams = spawn("pwsh", ARGUMENTS, {
        stdio: "pipe",
        env: { ...process.env, ...PWSH?.environment, WMISEC_STAND_INS: STAND_INS },
    });
    readonly exit: Promise<number | null> = new Promise((resolve) => this.child.on("close", resolve));
    output = "";

    constructor() {
        this.child.stdin.on("error", () => undefined /* It has ended; `exit` says so. */);
        this.child.stdout.on("data", (chunk: Buffer) => {
            this.output += chunk.toString("latin1");
        });
    }
    send(text: string): void {
        this.child.stdin.write(text);
    }
    endInput(): void {
        this.child.stdin.end();
    }
    onOutput(listener: (chunk: Buffer) => void): void {
        this.child.stdout.on("data", listener);
    }
    onErrorOutput(listener: (chunk: Buffer) => void): void {
        this.child.stderr.on("data", listener);
    }
    onEnd(listener: (reason: WmisecError) => void): void {
        this.exit.then((code) => listener(new WmisecError("processEnded", `exit code ${code}`, { remedy: "see above" })));
    }
    async close(): Promise<void> {
        this.endInput();
        await this.exit;
    }
}

const processes: Process[] = [];
function startProcess(): Process {
    const started = new Process();
    processes.push(started);
    return started;
}
afterEach(async () => {
    for (const { child, exit } of processes.splice(0)) {
        child.kill("SIGKILL");
        await exit;
    }
});

async function start(agent: AgentText = AGENT) {
    return talkTo(startProcess(), agent);
}

/** An agent that many tests ask, one after another: none of them ends it. */
const shared = new Map<AgentText, { readonly running: Process; readonly talk: ReturnType<typeof talkTo> }>();
function sharedAgent(agent: AgentText): ReturnType<typeof talkTo> {
    const known = shared.get(agent);
    if (known !== undefined) return known.talk;
    const running = new Process();
    const talk = talkTo(running, agent);
    shared.set(agent, { running, talk });
    return talk;
}
afterAll(async () => {
    for (const { running } of shared.values()) {
        running.child.kill("SIGKILL");
        await running.exit;
    }
});

async function talkTo(running: Process, agent: AgentText) {
    const conversation = new Conversation(running, NONCE);
    let lastId = 0;
    const ask = (id: number, text: string): Promise<unknown> =>
        conversation.ask({
            id,
            text,
            schema: z.unknown(),
            what: "the stand-in",
            deadlineMs: 20_000,
            late: () => new WmisecError("timeout", "pwsh is silent", { remedy: "see why" }),
        });
    const machine = await ask(0, agentHeader(agent.length, agent.sha256, NONCE) + agent.text);
    const verb = (name: string, args: unknown = {}, timeoutMs = 10_000) => {
        lastId++;
        return ask(lastId, `${asciiJson({ id: lastId, verb: name, timeoutMs, args })}\n`);
    };
    return { running, ask, verb, machine };
}

/** What the host said. */
async function said(work: Promise<unknown>): Promise<string> {
    const thrown: unknown = await work.then(
        () => new Error("it did not fail"),
        (error: unknown) => error,
    );
    if (!isWmisecError(thrown)) throw thrown;
    return `${thrown.code}: ${thrown.details.said}`;
}

onPwsh("the bootstrap under pwsh", () => {
    const stops = async (input: string): Promise<string> => {
        const running = startProcess();
        running.child.stdin.end(input);
        await running.exit;
        return running.output.trim();
    };

    test.each([
        ["header", "hello\n"],
        ["header", `${AGENT.length} ${AGENT.sha256.toLowerCase()} ${NONCE}\n`],
        ["header", `${"9".repeat(100_000)}\n`],
        ["hash", `${agentHeader(3, AGENT.sha256, NONCE)}abc`],
        ["ended", "12"],
        ["ended", agentHeader(AGENT.length, AGENT.sha256, NONCE) + AGENT.text.slice(0, 1000)],
    ])("says %s", async (word, input) => {
        expect(await stops(input)).toBe(`wmisec-stop:${word}`);
    });

    test("says what else went wrong", async () => {
        const { text, sha256, length } = textOf("throw (New-Object System.NotSupportedException 'x')");
        expect(await stops(agentHeader(length, sha256, NONCE) + text)).toBe("wmisec-stop:error System.NotSupportedException");
    });
});

onPwsh("the loop under pwsh", () => {
    test("reports the machine, answers, and ends at goodbye", async () => {
        const { running, machine, verb } = await start();
        expect(machine).toEqual({ psVersion: expect.stringMatching(/^7\./) });
        expect(await verb("bye")).toBeNull();
        expect(await running.exit).toBe(0);
    });

    test("ends at the end of input", async () => {
        const { running } = await start();
        running.child.stdin.end();
        expect(await running.exit).toBe(0);
    });

    test("ends when nothing is asked for a while", async () => {
        const { running } = await start(textOf(AGENT.text.replace("$WmisecIdleMs = 300000", "$WmisecIdleMs = 300")));
        expect(await running.exit).toBe(0);
    });

    test("carries any text, and arrays of none, one and two", async () => {
        const { verb } = await sharedAgent(AGENT);
        const text = { text: "Gr\u00fc\u00dfe \u{1f512} <&'> \u0000\u001f\u007f\u2028 \\\" $(x) `n", big: "x".repeat(300_000) };
        expect(await verb("echo", text)).toEqual(text);
        for (const items of [[], ["one"], ["one", "two"]]) expect(await verb("list", { items })).toEqual(items);
        expect(await verb("nothing")).toBeNull();
    });

    test("nothing that a verb writes elsewhere reaches the frames", async () => {
        const { running, verb } = await start();
        expect(await verb("noise")).toBe("kept");
        expect(running.output.replace(new RegExp(`${NONCE}.*?${NONCE}`, "g"), "").trim()).toBe("");
    });

    test("says which exception it was, the innermost one", async () => {
        const { verb } = await sharedAgent(AGENT);
        expect(await said(verb("fail", { path: "/nonexistent/file" }))).toMatch(
            /^hostError: .* \(System\.IO\.DirectoryNotFoundException, 0x80070003\)$/,
        );
        expect(await verb("echo", { still: "there" })).toEqual({ still: "there" });
    });

    test.each([
        ["an unknown verb", '{"id":1,"verb":"format","timeoutMs":1000,"args":{}}'],
        ["no deadline", '{"id":1,"verb":"echo","args":{}}'],
        ["no JSON", '{"id":1,"verb":"echo"'],
    ])("a request with %s is a bad one, and the next is answered", async (_title, line) => {
        const { ask } = await sharedAgent(AGENT);
        expect(await said(ask(1, `${line}\n`))).toMatch(/^protocol: .*pulumi-wmisec\.BadRequest/);
        expect(await ask(2, '{"id":2,"verb":"echo","timeoutMs":10000,"args":5}\n')).toBe(5);
    });

    test("a verb that hangs is answered for, and the process ends", async () => {
        const { running, verb } = await start();
        expect(await said(verb("hang", {}, 300))).toMatch(/^timeout: .*pulumi-wmisec\.Timeout/);
        expect(await running.exit).not.toBe(0);
    });
});

onPwsh("programs under pwsh", () => {
    const sh = (command: string) => `-c "${command}"`;

    test("exit code and both outputs, however much they are", async () => {
        const { verb } = await sharedAgent(AGENT);
        const line = sh("head -c 100000 /dev/zero | tr '\\0' o; head -c 100000 /dev/zero | tr '\\0' e >&2; exit 7");
        const ended = z
            .strictObject({ exit: z.number(), output: z.string() })
            .parse(await verb("run", { program: "/bin/sh", line, timeoutMs: 9000 }));
        expect([ended.exit, ended.output]).toEqual([7, "o".repeat(16_000)]);
    });

    test("what came is kept where something else holds the pipes open", async () => {
        const { verb } = await sharedAgent(AGENT);
        const line = sh("echo out; echo err >&2; sleep 12 & exit 5");
        expect(await verb("run", { program: "/bin/sh", line, timeoutMs: 9000 }, 9000)).toEqual({ exit: 5, output: "out\nerr\n" });
        const hangs = sh("echo half of it; sleep 12 & wait");
        expect(await said(verb("run", { program: "/bin/sh", line: hangs, timeoutMs: 500 }))).toMatch(/was killed; it said: half of it/);
    });

    test("a compile that outlives a killed agent is waited for, and told where it goes on", async () => {
        const folder = mkdtempSync(join(tmpdir(), "wmisec-pwsh-"));
        try {
            const first = await start(AGENT_WITH_MOF);
            const go = join(folder, "go");
            const line = sh(`touch ${join(folder, "started")}; until [ -e ${go} ]; do sleep 0.1; done`);
            const lost = said(first.verb("runMarked", { folder, program: "/bin/sh", line, timeoutMs: 60_000 }, 60_000));
            const second = await start(AGENT_WITH_MOF);
            while (!existsSync(join(folder, "started"))) await new Promise((resolve) => setTimeout(resolve, 50));
            first.running.child.kill("SIGKILL");
            await lost;
            const waiting = (timeoutMs: number) => second.verb("waitCompile", { folder, timeoutMs });
            expect(await said(waiting(300))).toMatch(/^compilerStillRuns: .*mofcomp\.exe.* still runs/);
            const waited = waiting(9000);
            writeFileSync(go, "");
            expect(await waited).toBeNull();
            expect(readdirSync(folder).sort()).toEqual(["go", "started"]);
        } finally {
            writeFileSync(join(folder, "go"), "");
            rmSync(folder, { recursive: true });
        }
    });

    test("a program that ended leaves no sign that it runs", async () => {
        const folder = mkdtempSync(join(tmpdir(), "wmisec-pwsh-"));
        try {
            const { verb } = await sharedAgent(AGENT_WITH_MOF);
            expect(await verb("waitCompile", { folder: join(folder, "none"), timeoutMs: 0 })).toBeNull();
            const inner = join(folder, "ours");
            mkdirSync(inner);
            const ended = await verb("runMarked", { folder: inner, program: "/bin/sh", line: sh("ls"), timeoutMs: 9000 });
            expect([ended, existsSync(inner)]).toEqual([{ exit: 0, output: "compiling\n" }, false]);
        } finally {
            rmSync(folder, { recursive: true });
        }
    });

    test("one that hangs is killed at its deadline; one whose verb hangs, with the agent", async () => {
        const folder = mkdtempSync(join(tmpdir(), "wmisec-pwsh-"));
        try {
            const hang = (file: string) => sh(`echo $$ > ${join(folder, file)}; exec sleep 60`);
            const gone = (file: string) => !existsSync(`/proc/${readFileSync(join(folder, file), "ascii").trim()}/exe`);
            const { running, verb } = await start();
            expect(await said(verb("run", { program: "/bin/sh", line: hang("a"), timeoutMs: 500 }))).toMatch(/^mofcompFailed: /);
            expect(gone("a")).toBe(true);
            expect(await said(verb("run", { program: "/bin/sh", line: hang("b"), timeoutMs: 50_000 }, 1000))).toMatch(/^timeout: /);
            await running.exit;
            expect(gone("b")).toBe(true);
        } finally {
            rmSync(folder, { recursive: true });
        }
    });
});

onPwsh("namespaces under pwsh, over a stand-in for [wmi]", () => {
    const present = (effective: boolean | null, stored: boolean | null) => ({ state: "present", flag: { effective, stored } });
    const failed = (type: string, wmiCode: string | null) => ({ state: "failed", failure: expect.objectContaining({ type, wmiCode }) });

    test("both readings, absence, and trouble that is one namespace's own", async () => {
        const { verb } = await sharedAgent(AGENT);
        const expected = {
            root: present(null, false),
            "root/on": present(true, true),
            "root/off": present(false, false),
            "root/bare": present(null, null),
            "root/empty": present(null, null),
            "root/on/deep": present(true, null),
            "root/missing": { state: "missing" },
            "root/going": { state: "missing" },
            "root/gone/child": { state: "missing" },
            "root/denied": failed("System.Management.ManagementException", "0x80041003"),
            "root/text": failed("pulumi-wmisec.UnexpectedValue", null),
        };
        const paths = Object.keys(expected);
        expect(await verb("namespaces", { paths })).toEqual(Object.entries(expected).map(([path, reading]) => ({ path, ...reading })));
        expect(await verb("openObjects")).toBe(0);
    });

    test.each(["root/x'y", "ROOT/cimv2", "root/cimv2\n", "root\\cimv2", "cimv2", ""])("%j is no path to ask WMI for", async (path) => {
        const { verb } = await sharedAgent(AGENT);
        expect(await said(verb("namespaces", { paths: [path] }))).toMatch(/^protocol: .*pulumi-wmisec\.BadRequest/);
    });
});

onPwsh("registry data under pwsh", () => {
    test("every kind goes there and back", async () => {
        const { verb } = await sharedAgent(AGENT);
        const values = [
            { kind: "REG_SZ", value: "J\u00f6rg" },
            { kind: "REG_SZ", value: "" },
            { kind: "REG_EXPAND_SZ", value: "%windir%" },
            { kind: "REG_DWORD", value: 0 },
            { kind: "REG_DWORD", value: 0xffffffff },
            { kind: "REG_QWORD", value: "18446744073709551615" },
            { kind: "REG_MULTI_SZ", value: [] },
            { kind: "REG_MULTI_SZ", value: ["one"] },
            { kind: "REG_MULTI_SZ", value: ["one", "two"] },
            { kind: "REG_BINARY", value: "" },
            { kind: "REG_BINARY", value: "00ff" },
            { kind: "REG_NONE", value: "01" },
        ];
        expect(await verb("data", { values })).toEqual(values);
    });

    test.each([
        { kind: "REG_LINK", value: "x" },
        { kind: "REG_SZ", value: 1 },
        { kind: "REG_BINARY", value: "0" },
        { kind: "REG_BINARY", value: "AB" },
        { kind: "REG_MULTI_SZ", value: "one" },
    ])("%j is refused", async (value) => {
        const { verb } = await sharedAgent(AGENT);
        expect(await said(verb("data", { values: [value] }))).toMatch(/^protocol: .*pulumi-wmisec\.BadRequest/);
    });
});

onPwsh("files under pwsh, over stand-ins for permissions and compilers", () => {
    let folder: string;
    let file: string;
    beforeEach(() => {
        folder = mkdtempSync(join(tmpdir(), "wmisec-pwsh-"));
        file = join(folder, "contoso.mof");
    });
    afterEach(() => rmSync(folder, { recursive: true }));

    const OLD = "old text\r\n";
    const sha256 = (text: string): string => createHash("sha256").update(text, "latin1").digest("hex");
    const base64 = (text: string): string => Buffer.from(text, "latin1").toString("base64");
    /** Every file in the folder with its text. */
    const held = () => Object.fromEntries(readdirSync(folder).map((name) => [name, readFileSync(join(folder, name), "latin1")]));
    const put = (files: Readonly<Record<string, string>>) => {
        for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text, "latin1");
    };
    const BACKUP = "contoso.mof.pulumi-wmisec-backup";
    const edit = (content: string, expect = sha256(OLD)) => ({ file, expect, content: base64(content), compiler: "mofcomp" });

    test.each([
        ["no bytes", ""],
        ["one", "a"],
        ["any", "J\u00f6rg\u0000\u00ff"],
        ["as many as may be", "x".repeat(700_000)],
    ])("hash and base64 of %s", async (_title, text) => {
        const { verb } = await sharedAgent(AGENT_WITH_FILES);
        expect(await verb("hash", { content: base64(text) })).toBe(sha256(text));
    });

    test.each([
        ["too short", "a"],
        ["padded too far", "a==="],
        ["with a space in it", "ab c"],
        ["with a newline after it", "YQ==\n"],
        ["too long", "A".repeat(933_340)],
    ])("text %s is not taken for base64", async (_title, content) => {
        const { verb } = await sharedAgent(AGENT_WITH_FILES);
        expect(await said(verb("hash", { content }))).toMatch(/^protocol: .*pulumi-wmisec\.BadRequest/);
    });

    test.each(["C:\\Contoso\\contoso.mof", "d:\\a b\\%x%\\C.MOF"])("%p is a path of a MOF file", async (path) => {
        const { verb } = await sharedAgent(AGENT_WITH_FILES);
        expect(await verb("mofPath", { path })).toBe(path);
    });

    test.each([
        "C:contoso.mof",
        "contoso.mof",
        "\\\\host\\share\\a.mof",
        "\\\\?\\C:\\a.mof",
        "C:\\a\\..\\b.mof",
        "C:\\a.mof:s.mof",
        "C:\\nul.mof",
        "C:\\con .mof",
        "C:\\CONIN$.mof",
        "C:\\conout$ .x.mof",
        "C:\\Lpt0\\a.mof",
        "C:\\com\u00b9.mof",
        "C:\\a.mof\n",
        'C:\\a" -x ".mof',
        "C:/a.mof",
        "C:\\a.txt",
        `C:\\${"a".repeat(194)}.mof`,
    ])("%p is none", async (path) => {
        const { verb } = await sharedAgent(AGENT_WITH_FILES);
        expect(await said(verb("mofPath", { path }))).toMatch(/^protocol: .*pulumi-wmisec\.BadRequest/);
    });

    test("leftovers go whatever their age; what has another name stays, and an empty folder goes too", async () => {
        const { verb } = await sharedAgent(AGENT_WITH_FILES);
        const stays = { "root!cimv2.mof": "a", [`kept-${NONCE}.mof`]: "b", [`${NONCE}.mof.txt`]: "c", [`${NONCE}0.mof`]: "d" };
        put({ ...stays, [`${NONCE}.mof`]: "gone" });
        await verb("leftovers", { folder });
        expect(held()).toEqual(stays);
        const empty = join(folder, "empty");
        mkdirSync(empty);
        writeFileSync(join(empty, `${NONCE}.mof`), "gone");
        await verb("leftovers", { folder: empty });
        expect(existsSync(empty)).toBe(false);
        await verb("leftovers", { folder: empty });
    });

    test("looks at a definition and its backup", async () => {
        const { verb } = await sharedAgent(AGENT_WITH_FILES);
        expect(await verb("definition", { file })).toEqual({ file, state: "missing", backup: null });
        expect(await verb("definition", { file: join(folder, "no", "x.mof") })).toMatchObject({ state: "missing" });
        put({ "contoso.mof": OLD });
        expect(await verb("definition", { file })).toEqual({ file, state: "present", content: base64(OLD), backup: null });
        put({ [BACKUP]: "" });
        expect(await verb("definition", { file })).toEqual({ file, state: "present", content: base64(OLD), backup: sha256("") });
        put({ "contoso.mof": "x".repeat(700_001) });
        expect(await verb("definition", { file })).toMatchObject({ state: "failed", failure: { type: "pulumi-wmisec.FileTooLarge" } });
        put({ "unsafe.mof": OLD });
        expect(await verb("definition", { file: join(folder, "unsafe.mof") })).toMatchObject({
            state: "failed",
            failure: { type: "pulumi-wmisec.UnsafeFile" },
        });
    });

    test("an edit keeps the first text, a second edit keeps it still, and a restore puts it back", async () => {
        const { verb } = await sharedAgent(AGENT_WITH_FILES);
        put({ "contoso.mof": OLD });
        expect(await verb("edit", edit("new"))).toBeNull();
        expect(held()).toEqual({ "contoso.mof": "new", [BACKUP]: OLD });
        expect(await verb("edit", edit("newer", sha256("new")))).toBeNull();
        expect(held()).toEqual({ "contoso.mof": "newer", [BACKUP]: OLD });
        expect(await verb("restore", { file, expect: sha256("newer"), backup: sha256(OLD) })).toBeNull();
        expect(held()).toEqual({ "contoso.mof": OLD });
    });

    test("what a run left beside the file that died goes, unless the file itself is gone", async () => {
        const { verb } = await sharedAgent(AGENT_WITH_FILES);
        const left = `contoso.mof.${NONCE}.pulumi-wmisec-old`;
        const other = `other.mof.${NONCE}.pulumi-wmisec-old`;
        put({ [left]: OLD, [other]: OLD });
        await verb("beside", { file });
        expect(held()).toEqual({ [left]: OLD, [other]: OLD });
        put({ "contoso.mof": OLD });
        await verb("beside", { file });
        expect(held()).toEqual({ "contoso.mof": OLD, [other]: OLD });
    });

    test("a restore of a file that is as the backup takes the backup away", async () => {
        const { verb } = await sharedAgent(AGENT_WITH_FILES);
        put({ "contoso.mof": OLD, [BACKUP]: OLD });
        expect(await verb("restore", { file, expect: sha256(OLD), backup: sha256(OLD) })).toBeNull();
        expect(held()).toEqual({ "contoso.mof": OLD });
    });

    test.each([
        ["at the check", "REFUSE", "check"],
        ["when it is compiled", "LATE", "compile"],
    ])("what the compiler refuses %s leaves everything as it was", async (_title, content, during) => {
        const { verb } = await sharedAgent(AGENT_WITH_FILES);
        put({ "contoso.mof": OLD });
        expect(await verb("edit", edit(content))).toEqual({ reason: "mofcomp", during, exit: 3, output: content });
        expect(held()).toEqual({ "contoso.mof": OLD });
        put({ [BACKUP]: "of an earlier edit" });
        await verb("edit", edit(content));
        expect(held()).toEqual({ "contoso.mof": OLD, [BACKUP]: "of an earlier edit" });
    });

    test("so does a compiler that dies", async () => {
        const { verb } = await sharedAgent(AGENT_WITH_FILES);
        put({ "contoso.mof": OLD });
        expect(await said(verb("edit", edit("DIE")))).toMatch(/pulumi-wmisec\.ProgramTimeout/);
        expect(held()).toEqual({ "contoso.mof": OLD });
    });

    test("what is not as expected is left alone", async () => {
        const { verb } = await sharedAgent(AGENT_WITH_FILES);
        expect(await verb("edit", edit("new"))).toEqual({ reason: "unexpected", found: "missing" });
        put({ "contoso.mof": "changed" });
        expect(await verb("edit", edit("new"))).toEqual({ reason: "unexpected", found: sha256("changed") });
        expect(await verb("restore", { file, expect: sha256("changed"), backup: sha256(OLD) })).toEqual({
            reason: "unexpected",
            found: `file ${sha256("changed")}, backup missing`,
        });
        expect(held()).toEqual({ "contoso.mof": "changed" });
    });

    test("a folder in the place of a file or of its backup is told as one", async () => {
        const { verb } = await sharedAgent(AGENT_WITH_FILES);
        mkdirSync(file);
        const unsafe = { state: "failed", failure: { type: "pulumi-wmisec.UnsafeFile", message: expect.stringContaining("is a folder") } };
        expect(await verb("definition", { file })).toMatchObject(unsafe);
        expect(await said(verb("edit", edit("new")))).toMatch(/^definitionUnsafe: .*is a folder/);
        rmSync(file, { recursive: true });
        put({ "contoso.mof": OLD });
        mkdirSync(join(folder, BACKUP));
        expect(await verb("definition", { file })).toMatchObject(unsafe);
    });

    test("a file that is marked read-only is named before anything is changed", async () => {
        const { verb } = await sharedAgent(AGENT_WITH_FILES);
        put({ "contoso.mof": OLD });
        chmodSync(file, 0o444);
        expect(await said(verb("edit", edit("new")))).toMatch(/^fileReadOnly: .*contoso\.mof is marked read-only/);
        expect(held()).toEqual({ "contoso.mof": OLD });
        chmodSync(file, 0o644);
        await verb("edit", edit("new"));
        chmodSync(join(folder, BACKUP), 0o444);
        const restored = verb("restore", { file, expect: sha256("new"), backup: sha256(OLD) });
        expect(await said(restored)).toMatch(/^fileReadOnly: .*pulumi-wmisec-backup is marked read-only/);
        expect(held()).toEqual({ "contoso.mof": "new", [BACKUP]: OLD });
    });

    test("what IMofCompiler says", async () => {
        const { verb } = await sharedAgent(AGENT_WITH_FILES);
        const answer = (Returned: number, Result: number, PhaseError: number) =>
            verb("apiAnswer", { outcome: { Returned, Status: { PhaseError, Result, ObjectNumber: 1, FirstLine: 2, LastLine: 3 } } });
        const refused = (phase: number, hresult: string) => ({
            reason: "compilerApi",
            during: "compile",
            phase,
            hresult,
            object: 1,
            firstLine: 2,
            lastLine: 3,
        });
        expect(await answer(0, 0, 0)).toBeNull();
        expect(await answer(2, 0, 0)).toBeNull();
        expect(await answer(1, -2147217394, 3)).toEqual(refused(3, "0x8004100e"));
        expect(await answer(1, 0, 1)).toEqual(refused(1, "0x00000001"));
        expect(await answer(-2147024891, 0, 0)).toEqual(refused(0, "0x80070005"));
    });
});

onPwsh("registrations under pwsh, over stand-ins for the registry and compilers", () => {
    let root: string;
    let places: { folder: string; registry: string; copies: string };
    beforeEach(() => {
        root = mkdtempSync(join(tmpdir(), "wmisec-pwsh-"));
        places = { folder: join(root, "ours"), registry: join(root, "registry"), copies: join(root, "copies") };
        for (const folder of Object.values(places)) mkdirSync(folder);
        writeFileSync(join(places.registry, LIST), VENDOR);
    });
    afterEach(() => rmSync(root, { recursive: true }));

    const LIST = "Autorecover MOFs";
    const VENDOR = "%windir%\\system32\\wbem\\cimwin32.mof\n";
    const NONE = { registered: false, file: null };
    const path = "root/on";
    const sha256 = (text: string): string => createHash("sha256").update(text, "latin1").digest("hex");
    const ours = () => join(places.folder, "root!on.mof");
    const within = (folder: string) =>
        Object.fromEntries(readdirSync(folder).map((name) => [name, readFileSync(join(folder, name), "latin1")]));
    const listed = () => readFileSync(join(places.registry, LIST), "latin1").replaceAll("\r\n", "\n");
    const step = (mof: string, expect: unknown = NONE) => ({ ...places, step: { path, expect, mof, compiler: "mofcomp" } });

    test("are made, changed and taken back, and the list says when it was changed", async () => {
        const { verb } = await sharedAgent(AGENT_WITH_MOF);
        expect(await verb("register", step("one"))).toBeNull();
        expect([within(places.folder), listed()]).toEqual([{ "root!on.mof": "one" }, `${VENDOR}${ours()}\n`]);
        expect(await verb("register", step("two", { registered: true, file: sha256("one") }))).toBeNull();
        expect(await verb("registrations", { ...places, paths: [path, "root/off"] })).toEqual([
            { path, state: "read", registered: true, file: sha256("two") },
            { path: "root/off", state: "read", ...NONE },
        ]);
        expect(await verb("unregister", step("", { registered: true, file: sha256("two") }))).toBeNull();
        expect([existsSync(places.folder), listed()]).toEqual([false, VENDOR]);
        const time = readFileSync(join(places.registry, `${LIST} timestamp`), "latin1").trim();
        expect(time).toMatch(/^1[0-9]{17}$/);
        expect(Math.abs(Number(BigInt(time) / 10_000n) - 11_644_473_600_000 - Date.now())).toBeLessThan(600_000);
    });

    test.each([
        ["refuses", "REFUSE"],
        ["refuses when it has put it into the list", "LISTED REFUSE"],
        ["dies of", "DIE"],
    ])("what the compiler %s leaves file and list as they were", async (_title, mof) => {
        const { verb } = await sharedAgent(AGENT_WITH_MOF);
        await verb("register", step(mof)).catch(() => undefined);
        // Our folder goes when nothing is in it.
        expect([existsSync(places.folder), listed()]).toEqual([false, VENDOR]);
        mkdirSync(places.folder);
        await verb("register", step("one"));
        const before = { registered: true, file: sha256("one") };
        await verb("register", step(mof, before)).catch(() => undefined);
        expect([within(places.folder), listed()]).toEqual([{ "root!on.mof": "one" }, `${VENDOR}${ours()}\n`]);
    });

    test("a file that is marked read-only keeps file and list as they are", async () => {
        const { verb } = await sharedAgent(AGENT_WITH_MOF);
        await verb("register", step("one"));
        chmodSync(ours(), 0o444);
        const before = { registered: true, file: sha256("one") };
        for (const work of [verb("register", step("two", before)), verb("unregister", step("", before))])
            expect(await said(work)).toMatch(/^fileReadOnly: .*root!on\.mof is marked read-only/);
        expect([within(places.folder), listed()]).toEqual([{ "root!on.mof": "one" }, `${VENDOR}${ours()}\n`]);
    });

    test("copies of our text go, others stay", async () => {
        const { verb } = await sharedAgent(AGENT_WITH_MOF);
        await verb("register", step("one"));
        const utf16 = Buffer.from("one", "utf16le").toString("latin1");
        const others = { "D.mof": "one ", "E.mof": "two", "F.mof": "one", "G.mof": "on\u00ef" };
        const copies = { "A.mof": "one", "B.mof": utf16, "C.mof": `\u00ff\u00fe${utf16}`, ...others };
        for (const [name, text] of Object.entries(copies)) writeFileSync(join(places.copies, name), text, "latin1");
        writeFileSync(join(places.registry, LIST), `${listed()}%windir%\\system32\\wbem\\autorecover\\f.MOF\n`);
        await verb("unregister", step("", { registered: true, file: sha256("one") }));
        expect(within(places.copies)).toEqual(others);
    });

    test("a folder in a file's place is no file", async () => {
        const { verb } = await sharedAgent(AGENT_WITH_MOF);
        mkdirSync(ours());
        expect(await verb("registrations", { ...places, paths: [path] })).toMatchObject([
            { state: "failed", failure: { type: "pulumi-wmisec.UnsafeFile", message: expect.stringContaining("is a folder") } },
        ]);
    });

    test("the list is read once a look, whatever is asked, and its entries in any case", async () => {
        const { verb } = await sharedAgent(AGENT_WITH_MOF);
        const paths = Array.from({ length: 500 }, (_, index) => `root/n${index}`);
        writeFileSync(
            join(places.registry, LIST),
            paths.map((one) => `${join(places.folder, one.replace("/", "!").toUpperCase())}.MOF\n`).join(""),
        );
        const registered = z.array(z.object({ registered: z.boolean() })).parse(await verb("registrations", { ...places, paths }));
        expect(registered.map((one) => one.registered)).toEqual(paths.map(() => true));
        expect(readFileSync(join(places.registry, "reads"), "latin1")).toBe(".");
    });

    test("names of files are the same on both sides", async () => {
        const { verb } = await sharedAgent(AGENT_WITH_MOF);
        for (const text of [
            "root",
            "root/a/b",
            `root/${"x".repeat(195)}`,
            `root/${"x".repeat(196)}`,
            `root/${"x".repeat(94)}/${"y".repeat(155)}`,
        ])
            expect(await verb("registeredName", { folder: "/", path: text })).toBe(registrationFileName(namespacePath(text)));
    });

    test("our folder: one that we made and that is not safe goes again, and what is no folder is told as that", async () => {
        const { verb } = await sharedAgent(AGENT_WITH_MOF);
        const folder = join(root, "new");
        expect(await said(verb("newFolder", { folder, unsafe: true }))).toMatch(/^mofFolderUnsafe: .*inherits permissions/);
        expect(existsSync(folder)).toBe(false);
        expect(await said(verb("newFolder", { folder: places.folder, unsafe: true }))).toMatch(/^mofFolderUnsafe: /);
        expect(existsSync(places.folder)).toBe(true);
        expect(await verb("newFolder", { folder, unsafe: false })).toBeNull();
        const file = join(root, "file");
        writeFileSync(file, "");
        expect(await said(verb("newFolder", { folder: file, unsafe: false }))).toMatch(/^mofFolderUnsafe: .*is not a folder/);
        expect(readFileSync(file, "latin1")).toBe("");
    });

    const entry = (AceType: string, Value: string, AccessMask: number, AceFlags = 0) => ({
        AceType,
        AccessMask,
        AceFlags,
        SecurityIdentifier: { Value },
    });
    const ADMINS = entry("AccessAllowed", "S-1-5-32-544", 0x1f01ff);
    test("permissions: who else may write, and what is not understood, is refused", async () => {
        const { verb } = await sharedAgent(AGENT_WITH_MOF);
        const refused: [unknown[], RegExp][] = [
            [[ADMINS, entry("AccessAllowedCallback", "S-1-1-0", 0x1f01ff)], /AccessAllowedCallback/],
            [[ADMINS, entry("AccessDeniedCallback", "S-1-1-0", 1)], /AccessDeniedCallback/],
            [[ADMINS, entry("AccessAllowedObject", "S-1-5-32-544", 1)], /AccessAllowedObject/],
            [[ADMINS, entry("AccessAllowed", "S-1-5-32-545", 2)], /may be changed by S-1-5-32-545/],
            [[entry("AccessAllowed", "S-1-3-0", 2)], /may be changed by S-1-3-0/],
            [[], /no permissions/],
        ];
        for (const [entries, why] of refused) {
            const text = await said(verb("rules", { entries }));
            expect(text).toMatch(/^definitionUnsafe: /);
            expect(text).toMatch(why);
        }
        const entries = [
            ADMINS,
            entry("AccessAllowed", "S-1-5-32-545", 0x1200a9),
            entry("AccessDenied", "S-1-1-0", 2),
            entry("AccessAllowed", "S-1-3-0", 0x10000000, 8),
        ];
        expect(await verb("rules", { entries })).toBeNull();
    });
});

onPwsh("the C# of the compiler's API under pwsh", () => {
    test("compiles, and says that it is not on Windows when it is used", async () => {
        const { verb } = await start(AGENT_WITH_API);
        expect(await said(verb("buffer", { mof: "x" }))).toMatch(/^hostError: .*System\.PlatformNotSupportedException/);
    });
});
