import childProcess from "node:child_process";
import { generateKeyPairSync } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import type { SecretSource } from "../../provider/core/secretRef";
import { Secrets } from "../../provider/sessions/secrets";
import { fuzzRuns } from "../fuzz";
import { eventually, everythingIn, failure, startedInVain } from "./common";

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
    await fc.assert(
        fc.asyncProperty(secret, fc.constantFrom("\n", "\r\n"), async (text, newline) => {
            writeFileSync(join(home, "pw"), `${text}${newline}`);
            expect(await resolve({ file: "~/pw" })).toBe(text);
        }),
        fuzzRuns(),
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
    ["a program that is killed", node("console.error('CANARY'); process.kill(process.pid)"), "ended with SIGTERM"],
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

test("a program that can't be started, because too many files are open, is an error like others", async () => {
    const spawned = jest.spyOn(childProcess, "spawn").mockImplementation(startedInVain);
    try {
        expect((await failure(resolve(node("0")))).message).toContain("could not be started (EMFILE)");
    } finally {
        spawned.mockRestore();
    }
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
    expect((await outcome).message).toContain("is being stopped");
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
