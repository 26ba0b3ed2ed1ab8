import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Connection } from "../../provider/core/connection";
import { isWmisecError } from "../../provider/core/errors";
import { Openings } from "../../provider/sessions/openings";
import { PasswordGate } from "../../provider/sessions/passwordGate";
import { everythingIn, failure } from "../errors";
import { ended, eventually, Opened, printed, to } from "./common";
import { allowKey, newKey, startServer, type TestServer, type TestServerOptions } from "./sshServer";

const opened = new Opened();
afterEach(() => opened.closeAll());

const serve = async (options?: TestServerOptions) => opened.add(await startServer(options));
const serveMany = (count: number, options?: TestServerOptions): Promise<TestServer[]> =>
    Promise.all(Array.from({ length: count }, (_, index) => serve({ ...options, address: `127.0.1.${index + 1}` })));
const total = (servers: TestServer[], count: (server: TestServer) => number) => servers.reduce((sum, server) => sum + count(server), 0);

describe("one password for many hosts", () => {
    test("a wrong one is tried once", async () => {
        const servers = await serveMany(20);
        const sessions = opened.sessions();
        const errors = await Promise.all(servers.map((server) => failure(sessions.open(to(server, { password: "wrong" }), "x"))));
        expect(total(servers, (server) => server.logins.length)).toBe(1);
        expect(errors.map(({ code }) => code)).toEqual(servers.map(() => "denied"));
        expect(errors.filter(({ message }) => message.includes("was not tried here"))).toHaveLength(19);
        expect(new Set(errors.map(({ host }) => host)).size).toBe(20);
        await failure(sessions.open(to(servers[0] as TestServer, { password: "wrong" }), "x"));
        expect(total(servers, (server) => server.logins.length)).toBe(1);
    });

    test("a right one opens them all, also when some are down", async () => {
        const servers = await serveMany(10);
        await Promise.all(servers.slice(0, 3).map((server) => server.close()));
        const sessions = opened.sessions();
        const outcomes = await Promise.allSettled(servers.map((server) => sessions.open(to(server), "x")));
        expect(outcomes.map(({ status }) => status)).toEqual(servers.map((_, index) => (index < 3 ? "rejected" : "fulfilled")));
    });

    test("a corrected one is tried again", async () => {
        const server = await serve();
        const env: NodeJS.ProcessEnv = { PW: "wrong" };
        const sessions = opened.sessions({ env });
        await failure(sessions.open(to(server, { password: { env: "PW" } }), "x"));
        env["PW"] = "right";
        await printed(await sessions.open(to(server, { password: { env: "PW" } }), "x"), "ready");
    });

    test("a host that dies as the first one is followed by the next", async () => {
        const dying: TestServer = await serve({
            authenticate: (context) => (context.method === "none" ? context.reject(["password"]) : dying.cut()),
        });
        const servers = await serveMany(5);
        const sessions = opened.sessions();
        const first = failure(sessions.open(to(dying), "x"));
        await Promise.all(servers.map(async (server) => printed(await sessions.open(to(server), "x"), "ready")));
        expect((await first).code).toBe("connectionLost");
    });

    test("hosts that have it and say nothing hold up nobody for long, not even those that take no password", async () => {
        const hung = await serveMany(40, { authenticate: (context) => context.method === "none" && context.reject(["password"]) });
        const good = await serve({ address: "127.0.2.1" });
        const key = newKey();
        const keyed = await serve({ address: "127.0.2.2", authenticate: allowKey(key.parsed.getPublicSSH()) });
        const sessions = opened.sessions({
            limits: { authenticationMs: 600_000 },
            gate: new PasswordGate(20),
            openings: new Openings({ patienceMs: 20 }),
        });
        const silent = hung.map((server) => failure(sessions.open(to(server, { perDialTimeout: 0 }), "x")));
        await eventually(() => total(hung, (server) => server.logins.length) > 0, "one has it");
        const [byPassword, byKey] = [to(good), to(keyed, { privateKey: key.private })].map((connection) => sessions.open(connection, "x"));
        await byKey;
        await byPassword;
        await sessions.closeAll();
        await Promise.all(silent);
    });

    test("a wrong one is tried no more once a host has said so, whatever others do", async () => {
        const hung = await serve({ authenticate: (context) => context.method === "none" && context.reject(["password"]) });
        const servers = await serveMany(20);
        const sessions = opened.sessions({ gate: new PasswordGate(300) });
        const silent = failure(sessions.open(to(hung, { password: "wrong" }), "x"));
        await eventually(() => hung.logins.length === 1, "the first has it");
        await Promise.all(servers.map((server) => failure(sessions.open(to(server, { password: "wrong" }), "x"))));
        expect(total(servers, (server) => server.logins.length)).toBe(1);
        await sessions.closeAll();
        await silent;
    });

    test("the jump host's password counts too", async () => {
        const jump = await serve({ forwards: "yes" });
        const servers = await serveMany(2);
        const sessions = opened.sessions();
        const wrong = { password: "wrong" };
        const error = await failure(sessions.open(to(servers[0] as TestServer, { proxy: to(jump, wrong) }), "x"));
        expect(error.message).toContain(`jump host ${jump.address}:${jump.port}: refused to log CONTOSO\\svc in`);
        await failure(sessions.open(to(servers[1] as TestServer, wrong), "x"));
        expect(total([jump, ...servers], (server) => server.logins.length)).toBe(1);
    });
});

describe("a jump host", () => {
    test("is connected once for all hosts behind it, and closed when they are", async () => {
        const jump = await serve({ forwards: "yes" });
        const servers = await serveMany(10);
        const sessions = opened.sessions({ limits: { jumpIdleMs: 10 } });
        const all = await Promise.all(servers.map((server) => sessions.open(to(server, { proxy: to(jump) }), "x")));
        await Promise.all(all.map((session) => printed(session, "ready")));
        expect(jump.connections()).toBe(1);
        expect(jump.logins).toHaveLength(1);
        await Promise.all(all.map((session) => session.close()));
        await eventually(() => jump.open() === 0, "jump host closed");
    });

    test("has credentials and trust of its own", async () => {
        const key = newKey();
        const jump = await serve({ forwards: "yes", hostKeys: [newKey("ecdsa")], authenticate: allowKey(key.parsed.getPublicSSH()) });
        const server = await serve();
        await printed(await opened.sessions().open(to(server, { proxy: to(jump, { privateKey: key.private }) }), "x"), "ready");
    });

    test("whose key is wrong is named, and nothing is sent through it", async () => {
        const jump = await serve({ forwards: "yes" });
        const server = await serve();
        const error = await failure(opened.sessions().open(to(server, { proxy: to(jump, { hostKey: newKey().line }) }), "x"));
        expect(error.code).toBe("hostKeyMismatch");
        expect(error.summary).toContain(`jump host ${jump.address}:${jump.port}: its host key`);
        expect(error.message).toContain("set connection.proxy.hostKey");
        expect(server.connections()).toBe(0);
    });

    test("that is down is named, and tried only as often as its own dialErrorLimit says", async () => {
        const jump = await startServer();
        await jump.close();
        const server = await serve();
        const connection = to(server, { dialErrorLimit: 5, proxy: to(jump, { dialErrorLimit: 1 }) });
        const error = await failure(opened.sessions().open(connection, "x"));
        expect(error.code).toBe("unreachable");
        expect(error.host).toBe(server.address);
        expect(error.summary).toContain(`jump host ${jump.address}:${jump.port}: cannot connect`);
        expect(error.summary).toContain("tried 2 times");
    });

    test("that cannot reach the host says so", async () => {
        const jump = await serve({ forwards: "yes" });
        const server = await startServer();
        await server.close();
        const error = await failure(opened.sessions().open(to(server, { proxy: to(jump) }), "x"));
        expect(error.code).toBe("unreachable");
        expect(error.summary).toContain(
            `jump host ${jump.address}:${jump.port}: could not connect to ${server.address} port ${server.port}`,
        );
        expect(error.summary).toContain("tried 3 times");
    });

    test("that forwards nothing is a denial, with the setting to look at", async () => {
        const jump = await serve();
        const error = await failure(opened.sessions().open(to(await serve(), { proxy: to(jump) }), "x"));
        expect(error.code).toBe("denied");
        expect(error.message).toContain("AllowTcpForwarding");
    });

    test("that dies ends the sessions behind it; the next one opens it again", async () => {
        const jump = await serve({ forwards: "yes" });
        const server = await serve();
        const sessions = opened.sessions();
        const session = await sessions.open(to(server, { proxy: to(jump) }), "x");
        jump.cut();
        expect((await ended(session)).code).toBe("connectionLost");
        await printed(await sessions.open(to(server, { proxy: to(jump) }), "x"), "ready");
        expect(jump.connections()).toBe(2);
    });
});

describe("closeAll", () => {
    test("leaves no socket, whether a session was in use, stubborn or being opened, and opens no more", async () => {
        const jump = await serve({ forwards: "yes" });
        const server = await serve();
        const stubborn = await serve({ exec: (channel) => channel.resume() });
        const slow = await serve({ exec: "never" });
        const asleep = await serve({ authenticate: () => {} });
        const all = [jump, server, stubborn, slow, asleep];
        const sessions = opened.sessions();
        await printed(await sessions.open(to(server, { proxy: to(jump) }), "x"), "ready");
        await sessions.open(to(stubborn), "x");
        const opening = [slow, asleep].map((target) => failure(sessions.open(to(target), "x")));
        await eventually(() => slow.commands.length === 1 && asleep.connections() === 1, "openings under way");
        await sessions.closeAll();
        for (const error of await Promise.all(opening)) expect(error.code).toBe("cancelled");
        await eventually(() => total(all, (each) => each.open()) === 0, "no socket left");
        const before = total(all, (each) => each.connections());
        expect((await failure(sessions.open(to(server), "x"))).code).toBe("cancelled");
        expect(total(all, (each) => each.connections())).toBe(before);
    });

    test("settles with nothing open", () => opened.sessions().closeAll());
});

describe("no error shows a secret", () => {
    const CANARY = "c4n4ry-s3cret";
    let home: string;
    beforeAll(() => {
        home = mkdtempSync(join(tmpdir(), "wmisec-canary-"));
        writeFileSync(join(home, "pw"), CANARY);
    });
    afterAll(() => rmSync(home, { recursive: true, force: true }));

    const places: [string, NonNullable<Connection["password"]>][] = [
        ["inline", CANARY],
        ["from the environment", { env: "PW" }],
        ["from a file", { file: "~/pw" }],
        ["from a program", { command: [process.execPath, "-e", "console.log(process.env.PW)"] }],
    ];
    const cases: [string, TestServerOptions, (server: TestServer, secret: NonNullable<Connection["password"]>) => Partial<Connection>][] = [
        ["a wrong password", {}, (_, password) => ({ password })],
        ["a refused command", { exec: "refused", authenticate: (context) => context.accept() }, (_, password) => ({ password })],
        ["an unknown host key", {}, (_, password) => ({ password, hostKey: newKey().line })],
        ["a host that closes", { authenticate: (_, hangUp) => hangUp() }, (_, password) => ({ password, dialErrorLimit: 0 })],
        ["a private key that is none", {}, (_, privateKey) => ({ privateKey })],
        ["a wrong key password", {}, (_, privateKeyPassword) => ({ privateKey: newKey("ed25519", "other").private, privateKeyPassword })],
        ["a jump host", {}, (server, password) => ({ proxy: { ...to(server), password } })],
    ];
    const matrix = places.flatMap(([place, secret]) => cases.map(([name, options, more]) => [name, place, options, more, secret] as const));

    test.each(matrix)("%s, %s", async (_name, _place, options, more, secret) => {
        const server = await serve(options);
        const sessions = opened.sessions({ env: { PW: CANARY }, home });
        const error = await failure(sessions.open(to(server, more(server, secret)), "x"));
        expect(isWmisecError(error)).toBe(true);
        expect(everythingIn(error)).not.toContain(CANARY);
    });
});
