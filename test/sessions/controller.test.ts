import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import promises from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Connection, Transport } from "../../provider/core/connection";
import { Openings } from "../../provider/sessions/openings";
import { OpensshSessions } from "../../provider/sessions/openssh/opensshSessions";
import { makeServices } from "../../provider/sessions/services";
import type { Sessions } from "../../provider/sessions/session";
import { failure } from "../errors";
import { onPosix } from "../posix";
import { ended, Opened, printed } from "./common";
import { describeWith, NO_SSH, NO_SSHD, SSH, SSHD, SshUser } from "./openssh/programs";
import { Sshd } from "./openssh/sshd";
import { allowKey, newKey, startServer, type TestServer, type TestServerOptions } from "./sshServer";

const opened = new Opened();
const user = new SshUser();
const key = newKey();
const file = user.keeps("key", key.private);
beforeEach(() => user.configures(""));
afterEach(() => opened.closeAll());
afterAll(() => user.remove());

const serve = async (options: TestServerOptions = {}) =>
    opened.add(await startServer({ authenticate: allowKey(key.parsed.getPublicSSH()), ...options }));

const QUICK = { firstRetryMs: 10, maxRetryMs: 20, graceMs: 0, agentMs: 300 };
const sessions = (transport: Transport, openings = new Openings()): Sessions => {
    if (transport === "ssh") return opened.sessions({ openings });
    const made = new OpensshSessions(makeServices({ env: user.env, home: user.folder, warn: () => undefined, openings }), QUICK);
    opened.add({ close: () => made.closeAll() });
    return made;
};
const to = (server: Pick<TestServer, "address" | "port" | "key">, transport: Transport, more: Partial<Connection> = {}): Connection => ({
    host: server.address,
    port: server.port,
    user: "CONTOSO\\svc",
    hostKey: server.key.line,
    transport,
    ...(more.agentSocketPath === undefined ? { privateKey: { file } } : {}),
    ...more,
});
/** Whether that shows at the opening or, with ssh's own program, right after it. */
const refusal = async (transport: Transport, connection: Connection) =>
    failure(
        sessions(transport)
            .open(connection, "x")
            .then(async (session) => Promise.reject(await ended(session))),
    );

/** An SSH agent that stops answering. */
async function hungAgent(at: "identities" | "signing") {
    const path = join(user.folder, `agent${Math.random().toString(36).slice(2)}`);
    const string = (bytes: Buffer) => Buffer.concat([Buffer.from([0, 0, bytes.length >> 8, bytes.length & 255]), bytes]);
    const identities = Buffer.concat([Buffer.from([12, 0, 0, 0, 1]), string(key.parsed.getPublicSSH()), string(Buffer.from("card"))]);
    const server = createServer((socket) => {
        socket.on("error", () => undefined);
        socket.on("data", (question) => {
            if (at === "signing" && question[4] === 11) socket.write(string(identities));
        });
    });
    await new Promise<void>((resolve) => server.listen(path, resolve));
    opened.add({ close: async () => server.close() });
    return path;
}

test("known_hosts that can't be read because too many files are open is told as that, not as an unknown key", async () => {
    const read = jest.spyOn(promises, "open").mockRejectedValue(Object.assign(new Error("EMFILE"), { code: "EMFILE" }));
    try {
        const { hostKey: _, ...connection } = to(await serve(), "ssh", { privateKey: key.private });
        const openings = new Openings({ pauseMs: 1 });
        const error = await failure(sessions("ssh", openings).open(connection, "x"));
        expect(error.code).toBe("invalidInput");
        expect(error.message).toContain("known_hosts: this process may open no more files (EMFILE)");
    } finally {
        read.mockRestore();
    }
});

onPosix("known_hosts that is a pipe is told as that, and nobody waits for who writes to it", async () => {
    const folder = mkdtempSync(join(tmpdir(), "wmisec-fifo-"));
    const fifo = join(folder, "known_hosts");
    execFileSync("mkfifo", [fifo]);
    const { hostKey: _, ...connection } = to(await serve(), "ssh", { privateKey: key.private });
    const error = await failure(sessions("ssh").open({ ...connection, knownHostsFile: fifo }, "x"));
    expect([error.code, error.message]).toEqual([
        "hostKeyUnknown",
        expect.stringContaining(`${fifo} is not a file but a folder, a pipe or a device`),
    ]);
    rmSync(folder, { recursive: true });
});

describeWith(SSH, NO_SSH, "whose fault it is", () => {
    describe.each<Transport>(["ssh", "openssh"])("by transport %s", (transport) => {
        test("an SSH agent that does not answer is not the host's silence, and is not asked again", async () => {
            const server = await serve();
            const agentSocketPath = await hungAgent("identities");
            const error = await refusal(transport, to(server, transport, { agentSocketPath, perDialTimeout: 1 }));
            expect(error.code).toBe("invalidInput");
            // Our own client asks for the agent's keys before it dials.
            expect(error.message).toMatch(
                transport === "ssh"
                    ? /agent \(.*did not list its keys within 10 s/
                    : /the SSH agent of the machine that runs pulumi did not answer within 1 s[\s\S]*agent \(/,
            );
            expect(error.message).toContain(agentSocketPath);
            expect(server.connections()).toBe(transport === "ssh" ? 0 : 1);
        });

        test("a host that is silent beside an agent that answers is the host's silence", async () => {
            const server = await serve({ authenticate: () => undefined });
            const { socket, stop } = user.agent(key.private);
            try {
                const error = await refusal(
                    transport,
                    to(server, transport, { agentSocketPath: socket, perDialTimeout: 1, dialErrorLimit: 0 }),
                );
                expect(error.code).toBe("unreachable");
            } finally {
                stop();
            }
        });

        test.each<"closes" | "disconnects">(["closes", "disconnects"])(
            "a host that %s right after login has answered",
            async (afterLogin) => {
                const error = await refusal(transport, to(await serve({ afterLogin }), transport));
                expect(error.code).toBe("execRefused");
                expect(error.message).toMatch(
                    /closed the connection right after login as CONTOSO\\svc[\s\S]*sshd\.log[\s\S]*UPN[\s\S]*DefaultShell/,
                );
            },
        );

        test("many hosts at once give no warning of Node.js", async () => {
            const warned: string[] = [];
            const listen = ({ name }: Error) => warned.push(name);
            process.on("warning", listen);
            try {
                const server = await serve();
                const all = sessions(transport, new Openings({ most: 4 }));
                const opening = Array.from({ length: 16 }, () => all.open(to(server, transport), "x"));
                await Promise.all(opening);
                await new Promise((resolve) => setImmediate(resolve));
                expect(warned).toEqual([]);
            } finally {
                process.off("warning", listen);
            }
        });
    });

    test("a key whose agent does not sign, such as one that waits for a touch, is not the host's silence", async () => {
        const agentSocketPath = await hungAgent("signing");
        const error = await refusal("ssh", to(await serve(), "ssh", { agentSocketPath, perDialTimeout: 1 }));
        expect(error.code).toBe("invalidInput");
        expect(error.message).toContain("did not answer within 1 s");
    });

    test("a host that cuts while the agent keeps us waiting is not silent", async () => {
        const agentSocketPath = await hungAgent("identities");
        const server = await serve();
        const error = refusal("ssh", to(server, "ssh", { agentSocketPath, perDialTimeout: 0 }));
        await new Promise((resolve) => setTimeout(resolve, 300));
        server.cut();
        expect((await error).code).toBe("invalidInput");
    });

    test("ssh asks the agent of its own configuration, or none", async () => {
        const server = await serve({ authenticate: () => undefined });
        const agent = await hungAgent("identities");
        const impatient = { perDialTimeout: 1, dialErrorLimit: 0 };
        user.configures(`IdentityAgent ${agent}`);
        expect((await refusal("openssh", to(server, "openssh", impatient))).message).toContain(`agent (${agent})`);
        user.configures("IdentityAgent none");
        expect((await refusal("openssh", to(server, "openssh", impatient))).code).toBe("unreachable");
    });

    test("LogVerbose in the user's configuration changes nothing", async () => {
        user.configures("LogVerbose *:*:*");
        const server = await serve();
        await printed(await sessions("openssh").open(to(server, "openssh"), "x"), "ready");
    });
});

jest.setTimeout(60_000);

describeWith(SSHD, NO_SSHD, "OpenSSH's own server", () => {
    const sshd = (...settings: string[]) => opened.add(new Sshd([key.line], settings)).start();
    const toSshd = (server: Sshd, transport: Transport): Connection => ({ ...server.connection, transport, privateKey: { file } });

    describe.each<Transport>(["ssh", "openssh"])("by transport %s", (transport) => {
        test.each([
            ["key exchange method", "KexAlgorithms sntrup761x25519-sha512@openssh.com", "KexAlgorithms curve25519-sha256"],
            ["cipher", "Ciphers aes256-cbc", "Ciphers aes256-gcm@openssh.com"],
            ["MAC", "Ciphers aes128-ctr\nMACs umac-64@openssh.com", "Ciphers aes128-ctr\nMACs hmac-sha2-256"],
        ])("no %s in common: what each side has, once, and no silence", async (what, theirs, ours) => {
            const server = await sshd(...theirs.split("\n"));
            user.configures(ours);
            const error = await refusal(transport, toSshd(server, transport));
            expect([error.code, error.summary]).toEqual(["noCommonAlgorithm", `it and we have no ${what} in common`]);
            expect(error.message).toContain(`it has: ${theirs.split(" ").at(-1)}`);
            expect(error.message).toMatch(/we have: \S+/);
            if (transport === "openssh") expect(error.message).toContain(`we have: ${ours.split(" ").at(-1)}`);
            expect(error.message).not.toContain("tried 3 times");
            expect(server.log.match(/Connection from/g)).toHaveLength(1);
        });

        test.each([
            ["of 30 kB", `${"x".repeat(99)}\n`.repeat(300)],
            ["of 5,000 lines", "x\n".repeat(5000)],
            ...(transport === "openssh" ? [["of 200 kB", `${"x".repeat(99)}\n`.repeat(2000)]] : []),
        ])("a login banner %s is no hindrance", async (_what, text) => {
            const server = await sshd(`Banner ${user.keeps("banner", text)}`);
            await printed(await sessions(transport).open(toSshd(server, transport), "echo ready; cat"), "ready");
        });
    });

    test("a login banner that is larger than our client takes is told as that, once, and is no silence", async () => {
        const server = await sshd(`Banner ${user.keeps("banner", "x".repeat(40_000))}`);
        const error = await refusal("ssh", toSshd(server, "ssh"));
        expect(error.code).toBe("protocol");
        expect(error.message).toMatch(/35,000 bytes[\s\S]*Banner in the host's sshd_config/);
        expect(server.log.match(/Connection from/g)).toHaveLength(1);
    });
});
