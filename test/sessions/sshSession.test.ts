import type { ServerChannel } from "ssh2";
import { failure } from "../errors";
import { ended, eventually, Opened, printed, to } from "./common";
import { startServer } from "./sshServer";

const opened = new Opened();
afterEach(() => opened.closeAll());

const serve = async (...args: Parameters<typeof startServer>) => opened.add(await startServer(...args));

test("what the process writes before anybody listens is kept, and both streams are complete when the end is told", async () => {
    const big = "x".repeat(3_000_000);
    const server = await serve({
        exec: (channel) => {
            channel.stderr.write("to standard error");
            channel.write(big);
            channel.exit(3);
            channel.end();
        },
    });
    const session = await opened.sessions().open(to(server), "x");
    await eventually(() => server.commands.length === 1, "start");
    await new Promise((resolve) => setTimeout(resolve, 50));
    let output = "";
    let errorOutput = "";
    session.onOutput((chunk) => {
        output += chunk.toString();
    });
    session.onErrorOutput((chunk) => {
        errorOutput += chunk.toString();
    });
    const reason = await ended(session);
    expect(output === big).toBe(true);
    expect(errorOutput).toBe("to standard error");
    expect(reason.code).toBe("processEnded");
    expect(reason.message).toContain("ended with exit code 3");
    expect(await ended(session)).toBe(reason);
    session.send("ignored");
});

test.each([
    ["by a signal", (channel: ServerChannel) => channel.exit("KILL"), "signal SIGKILL"],
    ["without a word", () => {}, "no exit code"],
])("a process that ends %s is told so", async (_name, exit, text) => {
    const server = await serve({
        exec: (channel) => {
            exit(channel);
            channel.end();
        },
    });
    const reason = await ended(await opened.sessions().open(to(server), "x"));
    expect(reason.code).toBe("processEnded");
    expect(reason.message).toContain(text);
});

test("a lost connection is told", async () => {
    const server = await serve();
    const session = await opened.sessions().open(to(server), "x");
    await printed(session, "ready");
    const reason = ended(session);
    server.cut();
    expect((await reason).code).toBe("connectionLost");
    await session.close();
});

test("a host that falls silent is told by missing signs of life", async () => {
    const server = await serve();
    const session = await opened.sessions({ limits: { keepaliveMs: 200 } }).open(to(server), "x");
    await printed(session, "ready");
    server.freeze();
    const reason = await ended(session);
    expect(reason.code).toBe("connectionLost");
    expect(reason.message).toContain("Keepalive timeout");
});

test("a command that the host will not start is refused, and the connection is closed", async () => {
    const server = await serve({ exec: "refused" });
    const error = await failure(opened.sessions().open(to(server), "x"));
    expect(error.code).toBe("execRefused");
    expect(error.message).toContain(`${server.address}: refused to start our command`);
    await eventually(() => server.open() === 0, "closed");
});

test("a host that closes while the command is being started has answered: no silence", async () => {
    const server = await serve({ exec: "never" });
    const error = failure(opened.sessions().open(to(server), "x"));
    await eventually(() => server.commands.length === 1, "asked");
    server.cut();
    expect((await error).code).toBe("execRefused");
    expect((await error).message).toMatch(/closed the connection right after login as CONTOSO\\svc[\s\S]*DefaultShell/);
});

test("one that falls silent while the command is being started was lost", async () => {
    const server = await serve({ exec: "never" });
    const error = failure(opened.sessions({ limits: { keepaliveMs: 20 } }).open(to(server), "x"));
    await eventually(() => server.commands.length === 1, "asked");
    server.freeze();
    expect((await error).code).toBe("connectionLost");
});

describe("close", () => {
    test("ends the input, lets the process end by itself, and leaves no connection", async () => {
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
        const session = await opened.sessions().open(to(server), "x");
        let output = "";
        session.onOutput((chunk) => {
            output += chunk.toString();
        });
        await Promise.all([session.close(), session.close()]);
        expect(output).toBe("good bye");
        await eventually(() => server.open() === 0, "closed");
    });

    test("does not wait for ever for a process that stays", async () => {
        const server = await serve({ exec: (channel) => channel.resume() });
        const session = await opened.sessions().open(to(server), "x");
        await session.close();
        await eventually(() => server.open() === 0, "closed");
    });

    test("does not wait for ever for a host that is gone", async () => {
        const server = await serve();
        const session = await opened.sessions().open(to(server), "x");
        server.freeze();
        const reason = ended(session);
        await session.close();
        expect((await reason).code).toBe("cancelled");
    });
});
