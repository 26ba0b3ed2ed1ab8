import { spawn } from "node:child_process";
import { existsSync, readdirSync } from "node:fs";
import { createServer, type Socket } from "node:net";
import { join } from "node:path";
import type { ServerChannel } from "ssh2";
import { fingerprintOf } from "../../../provider/sessions/publicKey";
import { processesWith } from "../../engine/processes";
import { failure } from "../../errors";
import { ended, eventually, printed } from "../common";
import { allowKey, newKey, startServer, type TestServer, type TestServerOptions } from "../sshServer";
import { OpensshWorld } from "./opensshWorld";
import { describeWith, NO_SSH, SSH } from "./programs";

describeWith(SSH, NO_SSH, "sessions over the system's ssh", () => {
    const world = new OpensshWorld();
    const { opened, user, key, file, temporary } = world;
    beforeEach(() => user.configures(""));
    afterEach(() => world.afterEach());
    afterAll(() => user.remove());
    const serve = (options?: TestServerOptions) => world.serve(options);
    const sessions: OpensshWorld["sessions"] = (...options) => world.sessions(...options);
    const to: OpensshWorld["to"] = (...server) => world.to(...server);

    test("what goes in comes out, the end of input ends the process, and its exit code is told", async () => {
        const server = await serve();
        const session = await sessions().open(to(server), "the command");
        const answer = printed(session, "hello");
        session.send("hello\n");
        await answer;
        const end = ended(session);
        session.endInput();
        session.send("ignored");
        expect(await end).toMatchObject({ code: "processEnded", summary: "the process on the host ended with exit code 0" });
        expect([server.commands, server.logins]).toEqual([["the command"], ["publickey CONTOSO\\svc"]]);
    });

    test("what the process writes before anybody listens is kept, and both streams are whole when the end is told", async () => {
        const big = "x".repeat(3_000_000);
        const server = await serve({
            exec: (channel) => {
                channel.stderr.write("to standard error");
                channel.write(big);
                channel.exit(3);
                channel.end();
            },
        });
        const session = await sessions().open(to(server), "x");
        await new Promise((resolve) => setTimeout(resolve, 50));
        let output = "";
        let errorOutput = "";
        session.onOutput((chunk) => (output += chunk.toString()));
        session.onErrorOutput((chunk) => (errorOutput += chunk.toString()));
        const reason = await ended(session);
        expect(output === big).toBe(true);
        // Nothing of what ssh itself writes.
        expect(errorOutput).toBe("to standard error");
        expect(reason.message).toContain("ended with exit code 3");
    });

    describe("the host's key", () => {
        test.each([
            ["as a line", (line: string) => line],
            ["as a line of known_hosts, among others", (line: string) => [newKey("ecdsa").line, `some-name ${line} and a comment`]],
        ])("of hostKey is the one that is accepted, %s", async (_how, hostKey) => {
            const server = await serve();
            await printed(await sessions().open(to(server, { hostKey: hostKey(server.key.line) }), "x"), "ready");
        });

        test.each(["ed25519", "ecdsa"] as const)(
            "that is not that of hostKey (%s) is refused; what the user's files say does not count",
            async (type) => {
                const server = await serve();
                user.knows(`[${server.address}]:${server.port} ${server.key.line}`, `pulumi-wmisec ${server.key.line}`);
                const expected = newKey(type);
                const error = await failure(sessions().open(to(server, { hostKey: expected.line }), "x"));
                expect(error.code).toBe("hostKeyMismatch");
                expect(error.message).toContain(
                    `expected ${expected.parsed.type} ${fingerprintOf(expected.parsed.getPublicSSH())} (connection.hostKey)`,
                );
                if (type === "ed25519") expect(error.details.said).toBe(`ED25519 ${fingerprintOf(server.key.parsed.getPublicSSH())}`);
                expect([server.logins, server.connections()]).toEqual([[], 1]);
            },
        );

        const inFile = (server: TestServer, line: string) => user.keeps("fleet hosts", `[${server.address}]:${server.port} ${line}\n`);

        test("is looked for in knownHostsFile, instead of the user's files", async () => {
            const server = await serve();
            user.knows();
            await printed(
                await sessions().open(to(server, { hostKey: undefined, knownHostsFile: inFile(server, server.key.line) }), "x"),
                "ready",
            );
            user.knows(`[${server.address}]:${server.port} ${server.key.line}`);
            const other = to(server, { hostKey: undefined, knownHostsFile: inFile(server, newKey().line) });
            expect((await failure(sessions().open(other, "x"))).code).toBe("hostKeyMismatch");
        });

        test("is looked for in the user's files where the program says nothing, and never added to them", async () => {
            const server = await serve();
            user.knows();
            const connection = to(server, { hostKey: undefined });
            const error = await failure(sessions().open(connection, "x"));
            expect(error.code).toBe("hostKeyUnknown");
            expect(error.message).toContain(`ssh-keyscan -p ${server.port} ${server.address}`);
            user.configures("StrictHostKeyChecking no");
            expect((await failure(sessions().open(connection, "x"))).code).toBe("hostKeyUnknown");
            user.knows(`[${server.address}]:${server.port} ${server.key.line}`);
            await printed(await sessions().open(connection, "x"), "ready");
            user.knows(`@revoked * ${server.key.line}`);
            expect((await failure(sessions().open(connection, "x"))).summary).toContain("revoked");
        });

        test("that is not checked is said aloud, with the key that was shown", async () => {
            const server = await serve();
            const warned: string[] = [];
            await sessions({}, (text) => warned.push(text)).open(to(server, { hostKey: "insecure-accept-any" }), "x");
            expect(warned).toEqual([
                `${server.address}: its host key is not checked ("insecure-accept-any"); it showed ssh-ed25519 ${fingerprintOf(server.key.parsed.getPublicSSH())}`,
            ]);
        });

        test("that is damaged is said before anything is contacted", async () => {
            const server = await serve();
            const error = await failure(sessions().open(to(server, { hostKey: server.key.line.slice(0, -5) }), "x"));
            expect([error.code, server.connections()]).toEqual(["invalidInput", 0]);
        });
    });

    describe("credentials", () => {
        test("that the host refuses are a denial, never tried again", async () => {
            const server = await serve();
            const other = user.keeps("other", newKey().private);
            const error = await failure(sessions().open(to(server, { privateKey: { file: other } }), "x"));
            expect(error.code).toBe("denied");
            expect(error.message).toContain("refused to log CONTOSO\\svc in");
            expect(error.message).toContain("Permission denied (publickey)");
            expect(error.message).toContain(`as CONTOSO\\svc over the system's ssh to ${server.address}:${server.port}`);
            expect(server.connections()).toBe(1);
        });

        test("an encrypted key asks nobody: denied, and why is said", async () => {
            const encrypted = newKey("ed25519", "opener");
            const server = await serve({ authenticate: allowKey(encrypted.parsed.getPublicSSH()) });
            const connection = to(server, { privateKey: { file: user.keeps("encrypted", encrypted.private) } });
            const error = await failure(sessions().open(connection, "x"));
            expect(error.code).toBe("denied");
            expect(error.message).toContain("an encrypted key has to be in an SSH agent");
        });

        test.each(["agentSocketPath", "SSH_AUTH_SOCK"])("an SSH agent logs in by %s", async (way) => {
            const server = await serve();
            const agent = user.agent(key.private);
            try {
                const env = way === "SSH_AUTH_SOCK" ? { ...user.env, SSH_AUTH_SOCK: agent.socket } : user.env;
                const more = { privateKey: undefined, ...(way === "agentSocketPath" ? { agentSocketPath: agent.socket } : {}) };
                await printed(await sessions({}, undefined, env).open(to(server, more), "x"), "ready");
            } finally {
                agent.stop();
            }
        });
    });

    describe("unreachable", () => {
        const raw = async (onConnection: (socket: Socket) => void) => {
            let connections = 0;
            const sockets = new Set<Socket>();
            const listener = createServer((socket) => {
                connections++;
                sockets.add(socket);
                socket.on("error", () => {});
                onConnection(socket);
            });
            await new Promise<void>((resolve) => listener.listen(0, "127.0.0.1", resolve));
            const address = listener.address();
            if (address === null || typeof address === "string") throw new Error("no port");
            opened.add({
                close: () => {
                    for (const socket of sockets) socket.destroy();
                    return new Promise((resolve) => listener.close(resolve));
                },
            });
            return { address: "127.0.0.1", port: address.port, key, connections: () => connections };
        };

        test("nothing listens: tried as often as dialErrorLimit allows", async () => {
            const server = await startServer();
            await server.close();
            const error = await failure(sessions().open(to(server, { dialErrorLimit: 3 }), "x"));
            expect(error.code).toBe("unreachable");
            expect(error.summary).toBe("nothing listens there; tried 4 times");
            expect(error.message).toContain("Connection refused");
        });

        test("the name is not known", async () => {
            const error = await failure(sessions().open(to(await serve(), { host: "web-07.invalid", dialErrorLimit: 0 }), "x"));
            expect([error.code, error.host, error.summary]).toEqual(["unreachable", "web-07.invalid", "its name could not be looked up"]);
        });

        test.each<[string, (socket: Socket) => void]>([
            ["before the banner", (socket) => socket.end()],
            [
                "during key exchange",
                (socket) => {
                    socket.write("SSH-2.0-OpenSSH_for_Windows_9.5\r\n");
                    socket.once("data", () => socket.end());
                },
            ],
        ])("closed %s: tried again", async (_when, act) => {
            const server = await raw(act);
            const error = await failure(sessions().open(to(server, { dialErrorLimit: 1 }), "x"));
            expect([error.code, server.connections()]).toEqual(["unreachable", 2]);
            expect(error.message).toContain("MaxStartups");
        });

        test("silence: perDialTimeout holds, and ssh says for what it waited", async () => {
            const server = await raw(() => {});
            const error = await failure(sessions().open(to(server, { perDialTimeout: 1, dialErrorLimit: 0 }), "x"));
            expect(error.code).toBe("unreachable");
            expect(error.message).toMatch(/timed out/);
        });

        test("authentication that stalls: our own deadline holds", async () => {
            const server = await serve({ authenticate: () => {} });
            const limits = { loginMs: 300 };
            const error = await failure(sessions(limits).open(to(server, { perDialTimeout: 0, dialErrorLimit: 0 }), "x"));
            expect(error.code).toBe("unreachable");
            expect(error.message).toContain("ssh was not logged in within 0.3 s");
        });
    });

    describe("the controller's own faults are not the host's", () => {
        test("no ssh on the PATH", async () => {
            const env = { ...user.env, PATH: user.folder };
            const error = await failure(sessions({}, undefined, env).open(to(await serve()), "x"));
            expect([error.code, error.summary]).toEqual(["invalidInput", "there is no program ssh on the PATH"]);
        });

        test("a configuration that ssh does not take", async () => {
            user.configures("NoSuchOption yes");
            const error = await failure(sessions().open(to(await serve()), "x"));
            expect(error.code).toBe("invalidInput");
            expect(error.message).toContain("nosuchoption");
        });
    });

    describe("the user's own configuration", () => {
        test("says where a name leads, and by what jump host", async () => {
            const jump = await serve({ forwards: "yes" });
            const server = await serve();
            user.knows(`[${jump.address}]:${jump.port} ${jump.key.line}`);
            user.configures(
                `Host web-07\n HostName ${server.address}\n Port ${server.port}\n ProxyJump me@jump\nHost jump\n HostName ${jump.address}\n Port ${jump.port}\n IdentityFile ${file}\n`,
            );
            const session = await sessions().open({ ...to(server), host: "web-07", port: undefined }, "x");
            await printed(session, "ready");
            expect([jump.logins, server.logins]).toEqual([["publickey me"], ["publickey CONTOSO\\svc"]]);
        });

        test.each<[string, TestServerOptions, string, string]>([
            ["that does not forward", {}, "denied", "AllowTcpForwarding"],
            ["that refuses us", { authenticate: (context) => context.reject(["publickey"]) }, "denied", "Permission denied"],
        ])("a jump host %s is told", async (_which, options, code, text) => {
            const jump = await serve(options);
            const server = await serve();
            user.knows(`[${jump.address}]:${jump.port} ${jump.key.line}`);
            user.configures(
                `Host web-07\n HostName ${server.address}\n ProxyJump jump\nHost jump\n HostName ${jump.address}\n Port ${jump.port}\n IdentityFile ${file}\n`,
            );
            const error = await failure(sessions().open(to(server, { host: "web-07", dialErrorLimit: 0 }), "x"));
            expect(error.code).toBe(code);
            expect(error.message).toContain(text);
            expect(server.connections()).toBe(0);
        });

        test("shares no connection with others, whose trust would then be ours", async () => {
            const server = await serve();
            const control = join(user.folder, "control");
            user.knows(`[${server.address}]:${server.port} ${server.key.line}`);
            user.configures(`Host *\n ControlPath ${control}\n IdentityFile ${file}\n`);
            const master = spawn("ssh", ["-N", "-M", "-p", String(server.port), "-l", "me", server.address], {
                env: user.env,
                stdio: "ignore",
            });
            const gone = new Promise((resolve) => master.on("close", resolve));
            try {
                await eventually(() => existsSync(control), "the other connection is there");
                await printed(await sessions().open(to(server), "x"), "ready");
                expect(server.connections()).toBe(2);
            } finally {
                master.kill();
                await gone;
            }
        });

        test("can't make a connection that others share, run another command, ask for a terminal or forward anything", async () => {
            const server = await serve();
            user.configures(
                `ControlMaster auto\nControlPath ${user.folder}/control\nControlPersist yes\nRemoteCommand other\nRequestTTY force\nForwardAgent yes\nLogLevel QUIET\nLocalForward 1 127.0.0.1:1`,
            );
            await printed(await sessions().open(to(server), "the command"), "ready");
            expect(server.commands).toEqual(["the command"]);
            expect(readdirSync(user.folder)).not.toContain("control");
        });
    });

    describe("the end", () => {
        const exits: [string, (channel: ServerChannel) => void][] = [
            ["by a signal", (channel) => channel.exit("KILL")],
            ["with 255", (channel) => channel.exit(255)],
        ];
        test.each(exits)("of a process that ends %s is not taken for a lost connection", async (_how, exit) => {
            const server = await serve({
                exec: (channel) => {
                    exit(channel);
                    channel.end();
                },
            });
            const reason = await ended(await sessions().open(to(server), "x"));
            expect([reason.code, reason.summary]).toEqual(["processEnded", expect.stringContaining("exit code 255, or by a signal")]);
        });

        test("of the connection is told", async () => {
            const server = await serve();
            const session = await sessions().open(to(server), "x");
            await printed(session, "ready");
            server.cut();
            expect((await ended(session)).code).toBe("connectionLost");
        });

        test("of the program ssh is told", async () => {
            const session = await sessions().open(to(await serve()), "x");
            await printed(session, "ready");
            for (const { pid } of processesWith(user.mark)) process.kill(pid, "SIGKILL");
            const reason = await ended(session);
            expect([reason.code, reason.details.said]).toEqual(["connectionLost", "the program ssh ended with signal SIGKILL"]);
        });

        test("comes at once where the host will not start the command: execRefused", async () => {
            const server = await serve({ exec: "refused" });
            expect((await ended(await sessions().open(to(server), "x"))).code).toBe("execRefused");
        });
    });

    describe("close", () => {
        test("ends the input, lets the process end by itself, and says that it was us", async () => {
            const server = await serve({
                exec: (channel) => {
                    channel.resume();
                    channel.on("end", () => {
                        channel.write("good bye");
                        channel.exit(0);
                        channel.end();
                    });
                },
            });
            const session = await sessions().open(to(server), "x");
            let output = "";
            session.onOutput((chunk) => (output += chunk.toString()));
            const reason = ended(session);
            await Promise.all([session.close(), session.close()]);
            expect([output, (await reason).code]).toEqual(["good bye", "cancelled"]);
        });

        test("does not wait for ever for a process that stays", async () => {
            const server = await serve({ exec: (channel) => channel.resume() });
            await (await sessions().open(to(server), "x")).close();
            await eventually(() => server.open() === 0, "closed");
        });

        test("of all is quicker than that of one", async () => {
            const stubborn = await serve({ exec: (channel) => channel.resume() });
            const [one, all] = [sessions(), sessions()];
            const session = await one.open(to(stubborn), "x");
            await all.open(to(stubborn), "x");
            const order: string[] = [];
            const first = session.close().then(() => order.push("one"));
            // So that the one has a lead, and closing all has to be quicker and not only as quick.
            await new Promise((resolve) => setTimeout(resolve, 300));
            await Promise.all([first, all.closeAll().then(() => order.push("all"))]);
            expect(order).toEqual(["all", "one"]);
        });

        test("of all leaves no program and no file, whether in use, stubborn or being opened, and opens no more", async () => {
            const server = await serve();
            const stubborn = await serve({ exec: (channel) => channel.resume() });
            const asleep = await serve({ authenticate: () => {} });
            const all = sessions();
            await printed(await all.open(to(server), "x"), "ready");
            await all.open(to(stubborn), "x");
            const opening = failure(all.open(to(asleep), "x"));
            await eventually(() => asleep.connections() === 1, "opening under way");
            await all.closeAll();
            expect((await opening).code).toBe("cancelled");
            expect([processesWith(user.mark), temporary()]).toEqual([[], []]);
            expect((await failure(all.open(to(server), "x"))).code).toBe("cancelled");
            expect(server.connections()).toBe(1);
        });
    });
});
