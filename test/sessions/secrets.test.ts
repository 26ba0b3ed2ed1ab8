import childProcess, { execFileSync } from "node:child_process";
import { generateKeyPairSync } from "node:crypto";
import { EventEmitter } from "node:events";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import type { SecretSource } from "../../provider/core/connection/secretRef";
import { ControllerFault } from "../../provider/sessions/controllerFault";
import { Secrets } from "../../provider/sessions/secrets";
import { everythingIn, failure } from "../errors";
import { fuzzRuns } from "../fuzz";
import { onPosix, POSIX } from "../posix";
import { eventually, startedInVain } from "./common";

let home: string;
let stop: AbortController;
beforeEach(() => {
    home = mkdtempSync(join(tmpdir(), "wmisec-secrets-"));
    stop = new AbortController();
});
afterEach(() => {
    stop.abort();
    rmSync(home, { recursive: true, force: true });
});

const resolver = (env: NodeJS.ProcessEnv = {}, commandMs?: number) =>
    new Secrets({ env, home, signal: stop.signal, ...(commandMs === undefined ? {} : { commandMs }) });
const resolve = (source: SecretSource, env?: NodeJS.ProcessEnv) => resolver(env).resolve(source, "connection.password");
const node = (script: string): SecretSource => ({ command: [process.execPath, "-e", script] });

function isRunning(pid: number): boolean {
    try {
        return process.kill(pid, 0);
    } catch (error) {
        if ((error as NodeJS.ErrnoException).code === "ESRCH") return false;
        throw error;
    }
}

test("a text is itself", async () => expect(await resolve("s3cret\n")).toBe("s3cret\n"));

test("an environment variable gives its value", async () => expect(await resolve({ env: "PW" }, { PW: " s3cret " })).toBe(" s3cret "));

test("a file gives its text less one newline at the end, whatever the text is", async () => {
    const secret = fc.string({ minLength: 1, unit: "grapheme" }).filter((text) => !/^\uFEFF/.test(text));
    // Many at once, because each run starts a process.
    const texts = fc.array(fc.tuple(secret, fc.constantFrom("\n", "\r\n")), { minLength: 100, maxLength: 100, size: "max" });
    await fc.assert(
        fc.asyncProperty(texts, async (all) => {
            const secrets = resolver();
            const read = all.map(([text, newline], index) => {
                writeFileSync(join(home, `pw${index}`), `${text}${newline}`);
                return secrets.resolve({ file: `~/pw${index}` }, "connection.password");
            });
            expect(await Promise.all(read)).toEqual(all.map(([text]) => text));
        }),
        fuzzRuns(1),
    );
});

test.each([
    ["UTF-16, as Windows PowerShell writes it", Buffer.concat([Buffer.from([0xff, 0xfe]), Buffer.from("pässword\r\n", "utf16le")])],
    ["UTF-16, big-endian", Buffer.from("\uFEFFpässword\r\n", "utf16le").swap16()],
    ["UTF-8 with a byte order mark", Buffer.from("\uFEFFpässword\n")],
])("a file in %s is understood", async (_name, content) => {
    writeFileSync(join(home, "pw"), content);
    expect(await resolve({ file: join(home, "pw") })).toBe("pässword");
});

test("a file in no encoding that is known is refused: a password made of it would be a wrong one", async () => {
    writeFileSync(join(home, "pw"), Buffer.from("p\xe4ssword", "latin1"));
    await expect(resolve({ file: "~/pw" })).rejects.toMatchObject({ code: "secretUnavailable", message: expect.stringContaining("UTF-8") });
});

test.each([
    ["a key in DER", generateKeyPairSync("rsa", { modulusLength: 1024 }).privateKey.export({ type: "pkcs8", format: "der" })],
    ["a short key in DER", generateKeyPairSync("ed25519").privateKey.export({ type: "pkcs8", format: "der" })],
])("%s is told, with what makes text of it", async (_what, content) => {
    writeFileSync(join(home, "key"), content);
    const error = await failure(resolve({ file: "~/key" }));
    expect(error.code).toBe("secretUnavailable");
    expect(error.message).toContain("file ~/key is binary (DER or PFX), not text");
    expect(error.message).toContain("openssl pkey -inform DER");
});

test("a program gives what it prints less one newline; arguments reach it without a shell", async () => {
    expect(await resolve(node("console.log('s3cret'); console.error('noise')"))).toBe("s3cret");
    const source = { command: [process.execPath, "-e", "console.log(process.argv[1])", "$HOME; `x` 'y' \"z\""] };
    expect(await resolve(source)).toBe("$HOME; `x` 'y' \"z\"");
});

test("a program gets the environment that we were given", async () => {
    expect(await resolve(node("console.log(process.env.VAULT)"), { VAULT: "v" })).toBe("v");
});

test.each([
    ["a variable that is not set", { env: "PW" }, "environment variable PW is not set"],
    ["a file that is not there", { file: "~/pw" }, "file ~/pw does not exist"],
    ["a folder", { file: "~/" }, "file ~/ can't be read (EISDIR)"],
    ["a program that is not there", { command: ["no-such-vault", "CANARY"] }, "output of no-such-vault could not be started (ENOENT)"],
    ["a program that fails", node("console.log('CANARY'); console.error('CANARY'); process.exit(3)"), "ended with exit code 3"],
    // Windows has no signals: who is ended so ends with 1.
    [
        "a program that is killed",
        node("console.error('CANARY'); process.kill(process.pid)"),
        POSIX ? "ended with SIGTERM" : "ended with exit code 1",
    ],
    ["a program that prints nothing", node("0"), "is empty"],
    ["a program that prints in no known encoding", node("process.stdout.write(Buffer.from('CANARY\\xe4', 'latin1'))"), "neither UTF-8"],
    ["a program that prints too much", node("process.stdout.write('CANARY'.repeat(20000))"), "printed more than 65536 bytes"],
] as [string, SecretSource, string][])("%s: field, place and problem are named, nothing else", async (_name, source, text) => {
    const error = await failure(resolve(source));
    expect(error.code).toBe("secretUnavailable");
    expect(error.message).toContain("no secret for connection.password: ");
    expect(error.message).toContain(text);
    expect(everythingIn(error)).not.toContain("CANARY");
});

test.each<[string, SecretSource]>([
    ["program", node("0")],
    ["file", { file: "~/pw" }],
])("a %s that can't be had, because too many files are open, is the controller's fault", async (_what, source) => {
    const spawned = jest.spyOn(childProcess, "spawn").mockImplementation(startedInVain);
    try {
        const error = await failure(resolve(source));
        expect([error.code, error instanceof ControllerFault && error.lack]).toEqual(["invalidInput", "exhausted"]);
        expect(error.message).toContain("EMFILE");
    } finally {
        spawned.mockRestore();
    }
});

const fifo = (name: string): string => {
    const path = join(home, name);
    execFileSync("mkfifo", [path]);
    return path;
};

onPosix("a file that is a pipe is refused, whether anybody writes to it or not", async () => {
    const path = fifo("pipe");
    for (const writer of [undefined, childProcess.spawn("sh", ["-c", 'while :; do echo CANARY >"$0"; done', path])]) {
        const error = await failure(resolve({ file: path }));
        expect(error.code).toBe("secretUnavailable");
        expect(error.message).toContain("is not a file but a pipe");
        writer?.kill("SIGKILL");
    }
});

onPosix("a device is refused", async () => {
    expect((await failure(resolve({ file: "/dev/zero" }))).message).toContain("is not a file but a pipe, a device");
});

test("a file that is too large is refused", async () => {
    writeFileSync(join(home, "pw"), "x".repeat(65_537));
    expect((await failure(resolve({ file: "~/pw" }))).message).toContain("is larger than 65536 bytes");
});

onPosix("a file that hangs who reads it is given up, and nothing else waits for it", async () => {
    // What a dead network share does can't be made here: the process that reads is stopped instead.
    writeFileSync(join(home, "pw"), "s3cret");
    const { spawn } = childProcess;
    const stopped = jest.spyOn(childProcess, "spawn").mockImplementationOnce(((...args: Parameters<typeof spawn>) => {
        const child = spawn(...args);
        child.kill("SIGSTOP");
        return child;
    }) as typeof spawn);
    try {
        const secrets = new Secrets({ env: {}, home, signal: stop.signal, fileMs: 300 });
        const hung = failure(secrets.resolve({ file: "~/pw" }, "connection.password"));
        await eventually(() => stopped.mock.calls.length === 1, "the first look");
        expect(await resolver().resolve({ file: "~/pw" }, "connection.privateKey")).toBe("s3cret");
        expect((await hung).message).toContain("could not be read within 0.3 s");
        const [child] = stopped.mock.results.map(({ value }) => value as childProcess.ChildProcess);
        await eventually(() => child?.signalCode === "SIGKILL", "the end of the process that hung");
    } finally {
        stopped.mockRestore();
    }
});

test("many files asked for at once are read by one process", async () => {
    const spawned = jest.spyOn(childProcess, "spawn");
    try {
        const names = Array.from({ length: 50 }, (_, index) => `pw${index}`);
        for (const name of names) writeFileSync(join(home, name), name);
        const secrets = resolver();
        expect(await Promise.all(names.map((name) => secrets.resolve({ file: `~/${name}` }, "connection.password")))).toEqual(names);
        expect(spawned).toHaveBeenCalledTimes(1);
        // A process that starts more uses up the numbers that a system has for processes.
        const [call] = spawned.mock.calls;
        expect(call?.[2]?.env).toMatchObject({ UV_THREADPOOL_SIZE: String(names.length) });
    } finally {
        spawned.mockRestore();
    }
});

describe("what a program starts", () => {
    const helper = (then: string) => ["sh", "-c", `sleep 600 & echo $! >"${home}/helper"; echo s3cret; ${then}`];
    const helperEnded = () => eventually(() => !isRunning(Number(readFileSync(join(home, "helper")))), "the helper's end");

    onPosix("ends with it, also where that holds its output open", async () => {
        expect(await resolve({ command: helper("exit 0") })).toBe("s3cret");
        await helperEnded();
    });

    onPosix("ends with it when it is killed at its deadline", async () => {
        await failure(resolver({ PATH: process.env["PATH"] }, 500).resolve({ command: helper("wait") }, "connection.password"));
        await helperEnded();
    });

    onPosix("does not keep us waiting where it has left the group, and what came is taken", async () => {
        const source = {
            command: [
                "sh",
                "-c",
                `setsid sh -c 'echo $$ >"$0"; exec sleep 600' "${home}/helper" & while [ ! -s "${home}/helper" ]; do sleep 0.01; done; echo s3cret`,
            ],
        };
        expect(await resolve(source)).toBe("s3cret");
        const pid = Number(readFileSync(join(home, "helper")));
        expect(pid).toBeGreaterThan(0);
        process.kill(pid);
    });

    onPosix("is not waited for, and its output does not count, when the program fails", async () => {
        const error = await failure(resolve({ command: helper("exit 3") }));
        expect(error.message).toContain("ended with exit code 3");
        await helperEnded();
    });
});

test("an empty variable and an empty file are no secrets", async () => {
    writeFileSync(join(home, "pw"), "\n");
    expect((await failure(resolve({ env: "PW" }, { PW: "" }))).message).toContain("is empty");
    expect((await failure(resolve({ file: "~/pw" }))).message).toContain("is empty");
});

test("a program that does not end is killed at its deadline", async () => {
    const pid = join(home, "pid");
    const source = node(`require("fs").writeFileSync(${JSON.stringify(pid)}, String(process.pid)); setInterval(() => {}, 1000)`);
    const error = await failure(resolver({}, 1000).resolve(source, "connection.password"));
    expect(error.message).toContain("did not end within 1 s");
    await eventually(() => !isRunning(Number(readFileSync(pid))), "the program's end");
});

test("a program is killed when everything is closed", async () => {
    const outcome = failure(resolve(node("setInterval(() => {}, 1000)")));
    stop.abort();
    expect((await outcome).message).toContain("the run is stopping");
});

test("those who ask at the same time share one look; the next one looks again", async () => {
    const runs = join(home, "runs");
    const source = node(
        `require("fs").appendFileSync(${JSON.stringify(runs)}, "x"); console.log(require("fs").readFileSync(${JSON.stringify(runs)}, "utf8"))`,
    );
    const secrets = resolver();
    const first = await Promise.all(Array.from({ length: 20 }, (_, index) => secrets.resolve(source, `connection${index}.password`)));
    expect(new Set(first)).toEqual(new Set(["x"]));
    expect(await secrets.resolve(source, "connection.password")).toBe("xx");
});

test("each of those who share a look that fails is told of its own field", async () => {
    const secrets = resolver();
    const errors = await Promise.all(["a", "b"].map((field) => failure(secrets.resolve({ file: "~/pw" }, field))));
    expect(errors.map((error) => error.summary)).toEqual([
        "no secret for a: file ~/pw does not exist",
        "no secret for b: file ~/pw does not exist",
    ]);
});

describe("on Windows", () => {
    const { platform } = process;
    const as = (value: string) => Object.defineProperty(process, "platform", { value });
    afterEach(() => {
        as(platform);
        jest.resetModules();
    });

    /** What would be started there: the modules that look at the platform are loaded anew. */
    function startedOnWindows(program: string, args: string[]) {
        writeFileSync(join(home, "az.cmd"), "@echo off\r\n");
        writeFileSync(join(home, "vault.exe"), "");
        const started = jest.spyOn(childProcess, "spawn").mockReturnValue(new EventEmitter() as childProcess.ChildProcess);
        try {
            as("win32");
            jest.isolateModules(() => {
                const { startProgram } =
                    require("../../provider/sessions/startProgram") as typeof import("../../provider/sessions/startProgram");
                startProgram(program, args, { env: { PATH: home, PATHEXT: ".EXE;.CMD" } });
            });
            const [called] = started.mock.calls as unknown as [string, string[], childProcess.SpawnOptions][];
            return called;
        } finally {
            as(platform);
            started.mockRestore();
        }
    }

    test("a script for cmd.exe is started by it, with every sign quoted that means something to it", () => {
        const [program, args, options] = startedOnWindows("az", ["keyvault", "a b&c|%PATH%^(x)\\"]) ?? [];
        expect([program, args?.slice(0, 3), options?.windowsVerbatimArguments]).toEqual(["cmd.exe", ["/d", "/s", "/c"], true]);
        const [line = ""] = args?.slice(3) ?? [];
        expect(line).toBe('"az ^"keyvault^" ^"a^ b^&c^|^%PATH^%^^^(x^)\\\\^""');
    });

    test("a program is started by itself, its arguments as they are", () => {
        expect(startedOnWindows("vault.exe", ["a b", '"'])?.slice(0, 2)).toEqual(["vault.exe", ["a b", '"']]);
    });

    test.each([['say "CANARY"'], ["CANARY\nx"]])(
        "an argument that a script can't be given safely is refused, and not shown: %j",
        async (argument) => {
            as("win32");
            const error = await failure(resolve({ command: ["az", argument] }));
            expect([error.code, error.message]).toEqual(["secretUnavailable", expect.stringContaining("safely to a script for cmd.exe")]);
            expect(everythingIn(error)).not.toContain("CANARY");
        },
    );
});

test("a program that Node.js refuses at once is an error like others, without its arguments", async () => {
    const spawned = jest.spyOn(childProcess, "spawn").mockImplementation(() => {
        throw Object.assign(new Error("spawn EINVAL CANARY"), { code: "EINVAL", spawnargs: ["CANARY"] });
    });
    try {
        const error = await failure(resolve({ command: ["az", "CANARY"] }));
        expect([error.code, error.message]).toEqual(["secretUnavailable", expect.stringContaining("could not be started (EINVAL)")]);
        expect(everythingIn(error)).not.toContain("CANARY");
    } finally {
        spawned.mockRestore();
    }
});
