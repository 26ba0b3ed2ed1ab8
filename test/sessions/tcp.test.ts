import dgram from "node:dgram";
import { EventEmitter } from "node:events";
import fs from "node:fs";
import net, { type Socket } from "node:net";
import { ControllerFault, type FaultKind } from "../../provider/sessions/controllerFault";
import { connectTcp } from "../../provider/sessions/tcp";
import { failure } from "../errors";

const never = new AbortController().signal;
afterEach(() => {
    jest.restoreAllMocks();
});

const systemError = (code: string, more: object = {}) =>
    Object.assign(new Error(`connect ${code} 192.0.2.1:22`), { code, syscall: "connect", address: "192.0.2.1", ...more });

/** What Node.js says of a connection that is not made. */
async function connecting(error: Error) {
    jest.spyOn(net, "connect").mockImplementation(() => {
        const socket = Object.assign(new EventEmitter(), { destroy: () => undefined });
        setImmediate(() => socket.emit("error", error));
        return socket as unknown as Socket;
    });
    return failure(connectTcp("web-07", 22, never));
}

/** What our own routes say of an address. */
const routes = (error?: Error) =>
    jest.spyOn(dgram, "createSocket").mockImplementation(
        () =>
            Object.assign(new EventEmitter(), {
                close: () => undefined,
                connect: (_port: number, _address: string, told: (error?: Error) => void) => setImmediate(() => told(error)),
            }) as unknown as dgram.Socket,
    );

test.each<[string, FaultKind]>([
    ["EMFILE", "exhausted"],
    ["ENFILE", "exhausted"],
    ["ENOBUFS", "exhausted"],
    ["ENOMEM", "exhausted"],
    ["EADDRNOTAVAIL", "exhausted"],
    ["EADDRINUSE", "exhausted"],
    ["EAI_AGAIN", "network"],
    ["EAI_FAIL", "network"],
    ["ENETDOWN", "network"],
    ["EACCES", "lasting"],
    ["EPERM", "lasting"],
    ["EAFNOSUPPORT", "lasting"],
    ["EINVAL", "lasting"],
    ["ESOMETHINGNEW", "lasting"],
])("%s is a fault of this machine, not the host's silence", async (code, lack) => {
    const error = await connecting(systemError(code));
    expect([error.code, error instanceof ControllerFault && error.lack]).toEqual(["invalidInput", lack]);
    expect(error.message).toContain(`cannot connect to web-07 port 22: `);
    expect(error.message).toContain(`(${code})`);
});

test.each(["ECONNREFUSED", "ENOTFOUND", "EHOSTUNREACH", "EHOSTDOWN", "ETIMEDOUT", "ECONNRESET"])(
    "%s is the host's silence",
    async (code) => {
        expect((await connecting(systemError(code))).code).toBe("unreachable");
    },
);

test("a network without a route is this machine's fault where its own routes say so, and a router's word where they do not", async () => {
    routes(systemError("ENETUNREACH"));
    expect((await connecting(systemError("ENETUNREACH"))).code).toBe("invalidInput");
    routes();
    expect((await connecting(systemError("ENETUNREACH"))).code).toBe("unreachable");
});

test("a name with several addresses is silent where one of them is, and this machine's fault where none could be tried", async () => {
    routes(systemError("ENETUNREACH"));
    const ofAll = (...codes: string[]) => Object.assign(new AggregateError(codes.map((code) => systemError(code))), { code: codes[0] });
    const silent = await connecting(ofAll("ENETUNREACH", "ETIMEDOUT"));
    expect(silent.code).toBe("unreachable");
    expect(silent.message).toContain("nobody answered (ETIMEDOUT)");
    expect((await connecting(ofAll("ENETUNREACH", "ENETUNREACH"))).code).toBe("invalidInput");
    expect((await connecting(ofAll("ECONNREFUSED", "EMFILE"))).code).toBe("invalidInput");
});

test("a name that is not found while no file can be opened was not looked up", async () => {
    const notFound = systemError("ENOTFOUND", { syscall: "getaddrinfo" });
    expect((await connecting(notFound)).code).toBe("unreachable");
    jest.spyOn(fs, "openSync").mockImplementation(() => {
        throw systemError("EMFILE");
    });
    const error = await connecting(notFound);
    expect([error.code, error instanceof ControllerFault && error.lack]).toEqual(["invalidInput", "exhausted"]);
});
