import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type AuthContext, utils } from "ssh2";
import type { Endpoint } from "../../provider/core/connection";
import { readCredentials } from "../../provider/sessions/credentials";
import { fingerprintOf } from "../../provider/sessions/publicKey";
import { Secrets } from "../../provider/sessions/secrets";
import { agentKeys } from "../../provider/sessions/sshAgent";
import { failure } from "../errors";
import { onPosix, POSIX } from "../posix";
import { ended, Opened, printed, to } from "./common";
import { allowKey, newKey, startServer, type TestServerOptions } from "./sshServer";

const opened = new Opened();
let home: string;
beforeAll(() => {
    home = mkdtempSync(join(tmpdir(), "wmisec-login-"));
});
afterAll(() => rmSync(home, { recursive: true, force: true }));
afterEach(() => opened.closeAll());

const serve = async (options?: TestServerOptions) => opened.add(await startServer(options));

/** Logs in with what `more` gives, and has the host echo a line. */
async function works(options: TestServerOptions, more: Parameters<typeof to>[1], env: NodeJS.ProcessEnv = {}) {
    const server = await serve(options);
    const session = await opened.sessions({ env, home }).open(to(server, more), "the command");
    const answer = printed(session, "hello");
    session.send("hello\n");
    await answer;
    expect(server.commands).toEqual(["the command"]);
    return server;
}

describe("a password", () => {
    test("logs in", async () => {
        const server = await works({}, { password: "right" });
        expect(server.logins).toEqual(["password CONTOSO\\svc"]);
    });

    test("is denied when wrong, once, naming where it came from and never what it is", async () => {
        const server = await serve();
        const error = await failure(opened.sessions({ env: { PW: "wr0ng" } }).open(to(server, { password: { env: "PW" } }), "x"));
        expect(error.code).toBe("denied");
        expect(error.message).toContain(`${server.address}: refused to log CONTOSO\\svc in`);
        expect(error.message).toContain("it takes: password");
        expect(error.message).toContain("password (environment variable PW)");
        expect(error.message).not.toContain("wr0ng");
        expect(server.logins).toHaveLength(1);
        expect(server.connections()).toBe(1);
    });

    test("that must be changed is denied", async () => {
        const server = await serve({
            authenticate: (context) => {
                if (context.method === "password") context.requestChange("Your password has expired", () => {});
                else context.reject(["password"]);
            },
        });
        const error = await failure(opened.sessions().open(to(server), "x"));
        expect(error.code).toBe("denied");
        expect(error.message).toMatch(/to be changed first[\s\S]*Your password has expired/);
    });

    test("is not sent to a server that takes only keys", async () => {
        const server = await serve({ authenticate: (context) => context.reject(["publickey"]) });
        const error = await failure(opened.sessions().open(to(server), "x"));
        expect(error.code).toBe("denied");
        expect(error.message).toContain("it takes: publickey");
        expect(server.logins).toEqual([]);
    });

    test("whose answer never comes is not sent again", async () => {
        const server = await serve({ authenticate: (context) => context.method === "none" && context.reject(["password"]) });
        const error = await failure(opened.sessions({ limits: { authenticationMs: 2000 } }).open(to(server), "x"));
        expect(error.code).toBe("timeout");
        expect(error.message).toContain("authentication");
        expect(server.logins).toHaveLength(1);
    });

    test("that is answered by closing the connection is not sent again", async () => {
        const server = await serve({
            authenticate: (context) => (context.method === "none" ? context.reject(["password"]) : server.cut()),
        });
        const error = await failure(opened.sessions().open(to(server), "x"));
        expect(error.code).toBe("connectionLost");
        expect(server.logins).toHaveLength(1);
    });
});

describe("keyboard-interactive", () => {
    const asking =
        (...rounds: { prompt: string; echo: boolean }[][]) =>
        (context: AuthContext) => {
            if (context.method !== "keyboard-interactive") return context.reject(["keyboard-interactive"]);
            const ask = (round: number, ok: boolean) => {
                const prompts = rounds[round];
                if (prompts === undefined) return ok ? context.accept() : context.reject(["keyboard-interactive"]);
                context.prompt(prompts, (answers) => ask(round + 1, ok && answers[0] === "right"));
            };
            ask(0, true);
        };
    const hidden = (prompt: string) => ({ prompt, echo: false });

    test.each([
        "Password: ",
        "Password for svc@web-07:",
        "Kennwort:",
        "Password for newton@gw:",
        "svc-old@gw's password:",
        "Password for code:",
    ])("answers %s", async (prompt) => {
        const server = await works({ authenticate: asking([hidden(prompt)]) }, { password: "right" });
        expect(server.logins).toEqual(["keyboard-interactive CONTOSO\\svc"]);
    });

    test.each([
        ["a one-time code", [hidden("One-time password (OATH):")]],
        ["a passcode", [hidden("Enter PASSCODE:")]],
        ["two things", [hidden("Password:"), hidden("Password:")]],
        ["something to be shown", [{ prompt: "Password:", echo: true }]],
        ["a new password", [hidden("New password:")]],
    ])("refuses to answer when asked for %s", async (_name, prompts) => {
        const server = await serve({ authenticate: asking(prompts) });
        const error = await failure(opened.sessions().open(to(server), "x"));
        expect(error.code).toBe("denied");
        expect(error.message).toContain("asks for more than a password");
        expect(error.message).toContain(prompts[0]?.prompt.trim());
    });

    test("refuses a code that is asked for behind the password, and names it", async () => {
        const server = await serve({ authenticate: asking([hidden("Password:")], [hidden("Verification code:")]) });
        const error = await failure(opened.sessions().open(to(server), "x"));
        expect(error.code).toBe("denied");
        expect(error.summary).toBe("asks for more than a password");
        expect(error.details.said).toBe("Verification code:");
    });

    test("answers once, also when asked again in the same breath", async () => {
        let answers = 0;
        const server = await serve({
            authenticate: (context) => {
                if (context.method !== "keyboard-interactive") return context.reject(["keyboard-interactive"]);
                const again = (): void => {
                    context.prompt([hidden("Password:")], () => {
                        answers++;
                        again();
                    });
                };
                again();
            },
        });
        const error = await failure(opened.sessions().open(to(server, { password: "wrong" }), "x"));
        expect(error.code).toBe("denied");
        expect(answers).toBe(1);
    });

    test("is left alone where a password is taken as such, so that a wrong one counts once", async () => {
        const server = await serve({ authenticate: (context) => context.reject(["password", "keyboard-interactive"]) });
        await failure(opened.sessions().open(to(server), "x"));
        expect(server.logins).toEqual(["password CONTOSO\\svc"]);
    });
});

describe("a private key", () => {
    const key = newKey();
    const allowed = { authenticate: allowKey(key.parsed.getPublicSSH()) };
    const encrypted = newKey("ed25519", "opener");

    test("logs in by its text", () => works(allowed, { privateKey: key.private }));

    test("logs in from a file below ~", async () => {
        writeFileSync(join(home, "fleet"), key.private);
        await works(allowed, { privateKey: { file: "~/fleet" } });
    });

    test.each(["ecdsa", "rsa"] as const)("of type %s logs in", async (type) => {
        const other = newKey(type);
        await works({ authenticate: allowKey(other.parsed.getPublicSSH()) }, { privateKey: other.private });
    });

    test("logs in encrypted", async () => {
        const authenticate = allowKey(encrypted.parsed.getPublicSSH());
        await works({ authenticate }, { privateKey: encrypted.private, privateKeyPassword: { env: "OPENER" } }, { OPENER: "opener" });
    });

    test("goes first; the password follows where it was refused", async () => {
        const server = await works({}, { privateKey: key.private, password: "right" });
        expect(server.logins).toEqual(["password CONTOSO\\svc"]);
    });

    test("and a password together satisfy a server that wants both", async () => {
        const both = (context: AuthContext) => {
            if (context.method === "password") return context.password === "right" ? context.accept() : context.reject(["password"]);
            if (context.method !== "publickey") return context.reject(["publickey"]);
            if (context.signature === undefined) return context.accept();
            context.reject(["password"], true);
        };
        const server = await works({ authenticate: both }, { privateKey: key.private, password: "right" });
        expect(server.logins).toEqual(["publickey CONTOSO\\svc", "password CONTOSO\\svc"]);
    });

    test("that the host does not know is denied, with the place to put it", async () => {
        const server = await serve(allowed);
        const error = await failure(opened.sessions().open(to(server, { privateKey: newKey().private }), "x"));
        expect(error.code).toBe("denied");
        expect(error.message).toContain("administrators_authorized_keys");
        expect(server.connections()).toBe(1);
    });

    const pem = key.private.trim();
    test.each([
        ["is encrypted and nobody gave the password", { privateKey: encrypted.private }, /is encrypted[\s\S]*set privateKeyPassword/],
        [
            "is encrypted with another password",
            { privateKey: encrypted.private, privateKeyPassword: "n0pe" },
            /does not open with privateKeyPassword/,
        ],
        ["is a path", { privateKey: "~/.ssh/fleet" }, /is a path[\s\S]*\{ file: PATH \}/],
        ["is a path of Windows", { privateKey: "C:\\keys\\fleet.pem" }, /is a path[\s\S]*\{ file: PATH \}/],
        ["is the public half", { privateKey: key.line }, /is a public key[\s\S]*without \.pub/],
        ["has lost its line breaks", { privateKey: pem.replace(/\n/g, " ") }, /has lost its line breaks/],
        ["is cut short", { privateKey: pem.replace(/\n[^\n]+\n-----END/, "\n-----END") }, /is damaged/],
        ["is something else", { privateKey: "correct horse battery staple" }, /is not a private key/],
        ["is damaged PKCS#8", { privateKey: "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----" }, /is damaged/],
    ])("that %s is refused before anything is contacted", async (_name, credentials, text) => {
        const server = await serve();
        const error = await failure(opened.sessions().open(to(server, credentials), "x"));
        expect(error.code).toBe("invalidInput");
        expect(error.message).toMatch(text);
        expect(error.message).toContain("connection.privateKey (a value given inline)");
        expect(server.connections()).toBe(0);
    });

    test("written by ssh-keygen in its older format opens", async () => {
        if (spawnSync("ssh-keygen", ["-?"]).error !== undefined) return console.warn("skipped: there is no ssh-keygen here");
        const file = join(home, "old");
        execFileSync("ssh-keygen", ["-q", "-t", "ecdsa", "-m", "PEM", "-N", "opener", "-f", file]);
        const made = utils.parseKey(execFileSync("ssh-keygen", ["-y", "-P", "opener", "-f", file]));
        if (made instanceof Error) throw made;
        await works({ authenticate: allowKey(made.getPublicSSH()) }, { privateKey: { file }, privateKeyPassword: "opener" });
        const server = await serve();
        const error = await failure(opened.sessions().open(to(server, { privateKey: { file }, privateKeyPassword: "other" }), "x"));
        expect(error.message).toContain("does not open with privateKeyPassword");
    });
});

describe("an SSH agent", () => {
    const key = newKey();
    const allowed = { authenticate: allowKey(key.parsed.getPublicSSH()) };
    const missing = POSIX && spawnSync("ssh-agent", ["-?"]).error !== undefined;
    if (missing) console.warn("skipped: there is no ssh-agent here");
    const testWithAgent = missing ? test.skip : onPosix;
    let agent: { socket: string; stop: () => void };

    beforeAll(() => {
        if (missing || !POSIX) return;
        const socket = join(home, "agent");
        const said = execFileSync("ssh-agent", ["-s", "-a", socket]).toString();
        const pid = Number(/SSH_AGENT_PID=(\d+)/.exec(said)?.[1]);
        agent = { socket, stop: () => process.kill(pid) };
        execFileSync("ssh-add", ["-q", "-"], { input: key.private, env: { ...process.env, SSH_AUTH_SOCK: socket } });
    });
    afterAll(() => agent?.stop());

    testWithAgent("logs in by agentSocketPath", () => works(allowed, { agentSocketPath: agent.socket }));

    testWithAgent("logs in by SSH_AUTH_SOCK when there is neither a key nor a password", async () => {
        const server = await serve(allowed);
        const { password: _, ...connection } = to(server);
        const session = await opened.sessions({ env: { SSH_AUTH_SOCK: agent.socket } }).open(connection, "x");
        await printed(session, "ready");
    });

    testWithAgent("is not asked by SSH_AUTH_SOCK when there is a password", async () => {
        const server = await works({ authenticate: allowKeyOrPassword }, { password: "right" }, { SSH_AUTH_SOCK: agent.socket });
        expect(server.logins).toEqual(["password CONTOSO\\svc"]);
    });

    onPosix("that is not there, and nothing else to log in with, is said before anything is contacted", async () => {
        const server = await serve(allowed);
        const error = await failure(opened.sessions().open(to(server, { agentSocketPath: "/nonexistent/agent" }), "x"));
        expect(error.code).toBe("invalidInput");
        expect(error.message).toContain("agent (/nonexistent/agent): Failed to connect to agent");
        expect(server.connections()).toBe(0);
    });

    onPosix("that is not there is passed over where there is a password, and named if that is refused", async () => {
        const server = await works({}, { agentSocketPath: "/nonexistent/agent", password: "right" });
        expect(server.logins).toEqual(["password CONTOSO\\svc"]);
        const other = to(await serve(), { agentSocketPath: "/nonexistent/agent", password: "wr0ng" });
        const error = await failure(opened.sessions().open(other, "x"));
        expect(error.details.tried).toContain(
            "password (a value given inline): refused\nagent (/nonexistent/agent): Failed to connect to agent",
        );
    });

    onPosix("that never says what it holds is not waited for without end", async () => {
        const socket = join(home, "silent");
        const silent = createServer((connected) => connected.resume()).listen(socket);
        opened.add({ close: () => new Promise((resolve) => silent.close(resolve)) });
        await expect(agentKeys(socket, "linux", 50)).rejects.toThrow("did not list its keys within 0.05 s");
    });

    testWithAgent("that holds no key is told", async () => {
        const socket = join(home, "empty");
        const pid = Number(/SSH_AGENT_PID=(\d+)/.exec(execFileSync("ssh-agent", ["-s", "-a", socket]).toString())?.[1]);
        try {
            const error = await failure(opened.sessions().open(to(await serve(allowed), { agentSocketPath: socket }), "x"));
            expect(error.code).toBe("invalidInput");
            expect(error.message).toContain(`agent (${socket}): holds no key that we can use`);
        } finally {
            process.kill(pid);
        }
    });

    testWithAgent("whose key is refused is named with it", async () => {
        const server = await serve({ authenticate: (context) => context.reject(["publickey"]) });
        const error = await failure(opened.sessions().open(to(server, { agentSocketPath: agent.socket }), "x"));
        expect(error.code).toBe("denied");
        expect(error.details.tried).toContain(`agent (${agent.socket}), ssh-ed25519 ${fingerprintOf(key.parsed.getPublicSSH())}: refused`);
    });

    describe("of a controller on Windows", () => {
        const secrets = new Secrets({ env: {}, home: "/nonexistent", signal: new AbortController().signal });
        const read = (endpoint: Partial<Endpoint>, env: NodeJS.ProcessEnv = {}, platform: NodeJS.Platform = "win32") =>
            readCredentials({ host: "web-07", user: "svc", ...endpoint }, "connection", secrets, { env, home, platform });
        const PIPE = "\\\\.\\pipe\\openssh-ssh-agent";

        testWithAgent("is OpenSSH's, where SSH_AUTH_SOCK is not set", async () => {
            // On POSIX the pipe's name is that of a file in the current folder.
            const folder = mkdtempSync(join(home, "pipe-"));
            symlinkSync(agent.socket, join(folder, PIPE));
            const before = process.cwd();
            process.chdir(folder);
            try {
                const { agent: found } = await read({});
                expect(found?.from).toBe(`agent (${PIPE}, as SSH_AUTH_SOCK is not set)`);
                expect(found?.keys.map(({ name }) => name)).toEqual([`ssh-ed25519 ${fingerprintOf(key.parsed.getPublicSSH())}`]);
                expect((await read({ password: "p" })).agent).toBeUndefined();
                expect((await failure(read({}, { SSH_AUTH_SOCK: "/nonexistent/socket" }))).message).toContain(
                    "agent (SSH_AUTH_SOCK, /nonexistent/socket): Failed to connect to agent",
                );
                expect((await failure(read({}, {}, "linux"))).message).toContain("SSH_AUTH_SOCK: not set");
            } finally {
                process.chdir(before);
            }
        });

        test("that is not there either is said, with how to start it", async () => {
            const error = await failure(read({}));
            expect(error.code).toBe("invalidInput");
            expect(error.message).toContain(`agent (${PIPE}, as SSH_AUTH_SOCK is not set): Failed to connect to agent`);
            expect(error.message).toContain("Start-Service ssh-agent");
        });

        test.each(["\\.\\pipe\\openssh-ssh-agent", "\\.pipeopenssh-ssh-agent", ".\\pipe\\openssh-ssh-agent"])(
            "%s has lost backslashes, and how to write it is said",
            async (agentSocketPath) => {
                const error = await failure(read({ agentSocketPath }));
                expect(error.message).toContain(String.raw`in a program it is written "\\\\.\\pipe\\openssh-ssh-agent"`);
            },
        );

        test("a path that is none of the kinds of Windows is told as that, not as a fault of Cygwin", async () => {
            const platform = Object.getOwnPropertyDescriptor(process, "platform");
            // ssh2 looks for itself.
            Object.defineProperty(process, "platform", { value: "win32" });
            try {
                const error = await failure(read({ agentSocketPath: "C:\\Users\\svc\\agent.sock" }));
                expect(error.message).toContain(
                    `agent (C:\\Users\\svc\\agent.sock): is not an SSH agent: on Windows give a named pipe (${PIPE})`,
                );
                expect(error.message).not.toContain("unix socket path");
                writeFileSync(join(home, "notes.txt"), "not a socket");
                expect((await failure(read({ agentSocketPath: join(home, "notes.txt") }))).message).toContain("is not an SSH agent");
            } finally {
                Object.defineProperty(process, "platform", platform ?? {});
            }
        });
    });

    const allowKeyOrPassword = (context: AuthContext) => {
        if (context.method === "password") context.accept();
        else if (context.method === "publickey") context.accept();
        else context.reject(["publickey", "password"]);
    };
});

test("nothing to log in with is said before anything is contacted", async () => {
    const server = await serve();
    const { password: _, ...connection } = to(server);
    const error = await failure(opened.sessions().open(connection, "x"));
    expect(error.code).toBe("invalidInput");
    expect(error.message).toContain("connection gives no way to log CONTOSO\\svc in");
    expect(server.connections()).toBe(0);
});

test("too many failures, told by the server as it hangs up, are a denial", async () => {
    const server = await serve({
        authenticate: (context, hangUp) => {
            if (context.method === "none") context.reject(["password"]);
            else hangUp();
        },
    });
    const error = await failure(opened.sessions().open(to(server), "x"));
    expect(error.code).toBe("denied");
    expect(server.logins).toHaveLength(1);
});

test("a server that is stopping refuses nobody: unreachable, and the password stays good for others", async () => {
    const stopping = await serve({ authenticate: (_context, hangUp) => hangUp(11) });
    const sessions = opened.sessions();
    expect((await failure(sessions.open({ ...to(stopping), dialErrorLimit: 0 }, "x"))).code).toBe("unreachable");
    const server = await serve();
    await sessions.open(to(server), "x");
});

test("a host key that is not checked is said aloud, with the key that was shown", async () => {
    const server = await serve();
    const warned: string[] = [];
    await opened.sessions({ warn: (text) => warned.push(text) }).open({ ...to(server), hostKey: "insecure-accept-any" }, "x");
    expect(warned).toEqual([expect.stringMatching(/^127\.\d+\.\d+\.\d+:\d+: its host key is not checked .*ssh-ed25519 SHA256:/)]);
});

test("a session that was closed by us says so to who listens", async () => {
    const server = await serve();
    const session = await opened.sessions().open(to(server), "x");
    const reason = ended(session);
    await session.close();
    expect((await reason).code).toBe("cancelled");
});
