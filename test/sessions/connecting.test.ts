import net, { createServer, type Server, type Socket } from "node:net";
import { failure } from "../errors";
import { Opened, printed, to } from "./common";
import { newKey, startServer, type TestServer } from "./sshServer";

const opened = new Opened();
afterEach(() => opened.closeAll());

const serve = async (...args: Parameters<typeof startServer>) => opened.add(await startServer(...args));

/** A TCP server that is no SSH server. */
async function raw(onConnection: (socket: Socket) => void) {
    const sockets = new Set<Socket>();
    const server: Server = createServer((socket) => {
        sockets.add(socket);
        socket.on("error", () => {});
        onConnection(socket);
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const address = server.address();
    if (address === null || typeof address === "string") throw new Error("no port");
    opened.add({
        close: () => {
            for (const socket of sockets) socket.destroy();
            return new Promise((resolve) => server.close(resolve));
        },
    });
    return { host: "127.0.0.1", port: address.port, connections: () => sockets.size, user: "u", password: "right", hostKey: newKey().line };
}

/** An address where nothing listens. */
async function deserted() {
    const server = await startServer();
    await server.close();
    return server;
}

describe("unreachable", () => {
    test("nothing listens: tried as often as dialErrorLimit allows, with code and remedy", async () => {
        const server = await deserted();
        const error = await failure(opened.sessions().open(to(server, { dialErrorLimit: 3 }), "x"));
        expect(error.code).toBe("unreachable");
        expect(error.message).toContain(
            `127.0.0.1: cannot connect to 127.0.0.1 port ${server.port}: nothing listens there (ECONNREFUSED); tried 4 times`,
        );
        expect(error.message).toContain(`tried: as CONTOSO\\svc over ssh to 127.0.0.1:${server.port}`);
        expect(error.message).toContain("Get-Service sshd");
    });

    test("the name is not known", async () => {
        const server = await deserted();
        const error = await failure(opened.sessions().open(to(server, { host: "web-07.invalid", dialErrorLimit: 0 }), "x"));
        expect(error.message).toMatch(/web-07\.invalid: cannot connect .*\((ENOTFOUND|EAI_AGAIN)\)/);
        // Where no name server answers, as on a machine without a network, that says nothing of the host.
        expect(error.code).toBe(error.message.includes("EAI_AGAIN") ? "invalidInput" : "unreachable");
    });

    test("closed before the banner", async () => {
        const silent = await raw((socket) => socket.end());
        const { connections, ...connection } = silent;
        const error = await failure(opened.sessions().open({ ...connection, dialErrorLimit: 1 }, "x"));
        expect(error.code).toBe("unreachable");
        expect(error.message).toContain("closed before we were logged in (step: key exchange)");
        expect(error.message).toContain("MaxStartups");
        expect(connections()).toBe(2);
    });

    test("closed during key exchange", async () => {
        const { connections: _, ...connection } = await raw((socket) => {
            socket.write("SSH-2.0-OpenSSH_for_Windows_9.5\r\n");
            socket.once("data", () => socket.end());
        });
        const error = await failure(opened.sessions().open({ ...connection, dialErrorLimit: 0 }, "x"));
        expect(error.code).toBe("unreachable");
        expect(error.message).toContain("(step: key exchange)");
    });

    test("reset during key exchange", async () => {
        const { connections: _, ...connection } = await raw((socket) => {
            socket.write("SSH-2.0-OpenSSH_for_Windows_9.5\r\n");
            socket.once("data", () => socket.resetAndDestroy());
        });
        const error = await failure(opened.sessions().open({ ...connection, dialErrorLimit: 0 }, "x"));
        expect(error.code).toBe("unreachable");
        expect(error.message).toContain("ECONNRESET");
    });

    test("another service answers", async () => {
        const { connections: _, ...connection } = await raw((socket) => {
            socket.on("data", () => {});
            socket.end("HTTP/1.1 400 Bad Request\r\n\r\n");
        });
        const error = await failure(opened.sessions().open({ ...connection, dialErrorLimit: 0 }, "x"));
        expect(error.code).toBe("unreachable");
        expect(error.message).toContain("check that an SSH server answers on this port");
    });

    test("closed after key exchange, before a credential was shown: tried again", async () => {
        let refused = 0;
        const server: TestServer = await serve({
            authenticate: (context) => {
                if (refused++ === 0) server.cut();
                else if (context.method === "password") context.accept();
                else context.reject(["password"]);
            },
        });
        await printed(await opened.sessions().open(to(server), "x"), "ready");
        expect(server.connections()).toBe(2);
    });
});

describe("deadlines", () => {
    test("a server that accepts and says nothing: unreachable, naming the step, tried again", async () => {
        const { connections, ...connection } = await raw(() => {});
        const error = await failure(opened.sessions({ limits: { keyExchangeMs: 50 } }).open({ ...connection, dialErrorLimit: 1 }, "x"));
        expect(error.code).toBe("unreachable");
        expect(error.message).toContain("no answer within 0.05 s (step: key exchange)");
        expect(connections()).toBe(2);
    });

    test("perDialTimeout holds for the whole dial", async () => {
        const { connections: _, ...connection } = await raw(() => {});
        const error = await failure(opened.sessions().open({ ...connection, perDialTimeout: 1, dialErrorLimit: 0 }, "x"));
        expect(error.message).toContain("no answer within 1 s (step: key exchange)");
    });

    test("perDialTimeout 0 leaves the limits of the steps", async () => {
        const { connections: _, ...connection } = await raw(() => {});
        const error = await failure(
            opened.sessions({ limits: { keyExchangeMs: 50 } }).open({ ...connection, perDialTimeout: 0, dialErrorLimit: 0 }, "x"),
        );
        expect(error.message).toContain("(step: key exchange)");
    });

    test("a connection that is never made", async () => {
        const server = await serve();
        const jump = await serve({ forwards: "silently" });
        const error = await failure(
            opened.sessions({ limits: { connectMs: 50 } }).open(to(server, { proxy: to(jump), dialErrorLimit: 0 }), "x"),
        );
        expect(error.code).toBe("unreachable");
        expect(error.message).toContain("(step: TCP connection)");
    });

    test("authentication that stalls before a password was sent", async () => {
        const server = await serve({ authenticate: () => {} });
        const error = await failure(opened.sessions({ limits: { authenticationMs: 50 } }).open(to(server, { dialErrorLimit: 0 }), "x"));
        expect(error.code).toBe("unreachable");
        expect(error.message).toContain("(step: authentication)");
    });

    test("a command that is never started", async () => {
        const server = await serve({ exec: "never" });
        const error = await failure(opened.sessions({ limits: { execMs: 50 } }).open(to(server), "x"));
        expect(error.code).toBe("timeout");
        expect(error.message).toContain("did not start our command within 0.05 s");
    });
});

describe("trying again", () => {
    test("a host that comes up in the meantime is reached", async () => {
        const { port } = await deserted();
        const booting = createServer((socket) => {
            socket.destroy();
            booting.close();
        });
        await new Promise<void>((resolve) => booting.listen(port, "127.0.0.1", resolve));
        const down = new Promise((resolve) => booting.on("close", resolve));
        const connection = { host: "127.0.0.1", port, user: "u", password: "right", hostKey: "insecure-accept-any", dialErrorLimit: -1 };
        const session = opened.sessions().open(connection, "x");
        await down;
        const server = await serve({ port });
        await printed(await session, "ready");
        expect(server.connections()).toBe(1);
    });

    test("ends at once when everything is closed", async () => {
        const sessions = opened.sessions({ limits: { firstRetryMs: 600_000, maxRetryMs: 600_000 } });
        const session = failure(sessions.open(to(await deserted(), { dialErrorLimit: -1 }), "x"));
        await sessions.closeAll();
        expect((await session).code).toBe("cancelled");
    });
});

test("an IPv6 address may stand in brackets", async () => {
    const server = await serve({ address: "::1" });
    for (const host of ["::1", "[::1]"]) await printed(await opened.sessions().open(to(server, { host }), "x"), "ready");
});

test("32 dead hosts that are tried for ever keep nobody else from being opened", async () => {
    const server = await serve();
    const dead = await deserted();
    // In a real run one wait is as long as a live host needs for all that it does.
    const sessions = opened.sessions({ limits: { firstRetryMs: 600_000, maxRetryMs: 600_000 } });
    const vain = Array.from({ length: 40 }, () => failure(sessions.open(to(dead, { dialErrorLimit: -1 }), "x")));
    await printed(await sessions.open(to(server), "x"), "ready");
    await sessions.closeAll();
    expect(new Set((await Promise.all(vain)).map(({ code }) => code))).toEqual(new Set(["cancelled"]));
});

test("what this machine lacks is not tried again, except for its network", async () => {
    const dialled = jest.spyOn(net, "connect");
    const lacking = async (code: string) => {
        dialled.mockReset().mockImplementation(() => {
            const socket = new net.Socket();
            setImmediate(() => socket.destroy(Object.assign(new Error(code), { code, syscall: "connect" })));
            return socket;
        });
        const connection = { host: "192.0.2.1", user: "u", password: "right", hostKey: newKey().line, dialErrorLimit: 2 };
        const { code: told } = await failure(opened.sessions().open(connection, "x"));
        return [told, dialled.mock.calls.length];
    };
    try {
        expect(await lacking("EPERM")).toEqual(["invalidInput", 1]);
        expect(await lacking("ENETDOWN")).toEqual(["invalidInput", 3]);
    } finally {
        dialled.mockRestore();
    }
});
