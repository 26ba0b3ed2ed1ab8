import type { Connection } from "../../provider/core/connection";
import { Openings } from "../../provider/sessions/openings";
import { makeServices } from "../../provider/sessions/services";
import { SessionRoom } from "../../provider/sessions/sessionRoom";
import { SshSessions } from "../../provider/sessions/sshSessions";
import { failure } from "../errors";
import { Opened, printed, QUICK, to } from "./common";
import { startServer } from "./sshServer";

const opened = new Opened();
afterEach(() => opened.closeAll());

const serve = async (...options: Parameters<typeof startServer>) => opened.add(await startServer(...options));

test("no more sessions are open at once than there is room for, whatever opens them", async () => {
    const server = await serve();
    const services = makeServices({ env: {}, home: "/nonexistent", warn: () => undefined, room: new SessionRoom({ most: 1 }) });
    // Two transports of one process.
    const [one, other] = [new SshSessions(services, QUICK), new SshSessions(services, QUICK)];
    opened.add({ close: () => Promise.all([one.closeAll(), other.closeAll()]) });
    const first = await one.open(to(server), "x");
    const second = other.open(to(server), "x");
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(server.logins).toHaveLength(1);
    await first.close();
    await printed(await second, "ready");
    expect(server.logins).toHaveLength(2);
});

test("who waits for the next try of a host that can't be reached keeps nobody waiting", async () => {
    const server = await serve();
    const openings = new Openings({ most: 1, patienceMs: 600_000 });
    const sessions = opened.sessions({
        limits: { firstRetryMs: 600_000, maxRetryMs: 600_000 },
        openings,
        room: new SessionRoom({ most: 1 }),
    });
    const dead: Connection = { ...to(server), host: "127.0.9.9", port: 9, dialErrorLimit: -1 };
    const waiting = failure(sessions.open(dead, "x"));
    await printed(await sessions.open(to(server), "x"), "ready");
    await sessions.closeAll();
    expect((await waiting).code).toBe("cancelled");
});

test("transports of one process share what a wrong password has taught: it is tried once", async () => {
    const server = await serve();
    const services = makeServices({ env: {}, home: "/nonexistent", warn: () => undefined });
    const all = [1, 2, 3].map(() => new SshSessions(services, QUICK));
    opened.add({ close: () => Promise.all(all.map((one) => one.closeAll())) });
    const errors = await Promise.all(all.map((one) => failure(one.open(to(server, { password: "wrong" }), "x"))));
    expect(errors.map(({ code }) => code)).toEqual(["denied", "denied", "denied"]);
    expect(server.logins).toHaveLength(1);
});

test("when one transport is closed the whole process stops opening", async () => {
    const server = await serve();
    const services = makeServices({ env: {}, home: "/nonexistent", warn: () => undefined });
    const [one, other] = [new SshSessions(services, QUICK), new SshSessions(services, QUICK)];
    await one.closeAll();
    expect((await failure(other.open(to(server), "x"))).code).toBe("cancelled");
});
