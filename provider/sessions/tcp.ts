import { createSocket } from "node:dgram";
import { connect, isIPv6, type Socket } from "node:net";
import { bareHost } from "../core/bareHost";
import { WmisecError } from "../core/errors";
import { cancelled } from "./cancelled";
import { ControllerFault, exhausted, noFreeHandles } from "./controllerFault";

/** What should listen there. Remedies for a refused connection, and for one that is broken off at once. */
export interface Listener {
    readonly refused: string;
    readonly brokenOff: string;
}

const SSH_SERVER: Listener = {
    refused: "on the host, check that the SSH server runs (Get-Service sshd) and on which port",
    brokenOff: "check that an SSH server answers on this port, and which firewall is in between",
};

/**
 * @param host name or address; brackets around IPv6 are removed
 * @throws WmisecError `unreachable` with the system's code in its text; ControllerFault if this machine is the cause;
 *     `cancelled` if `signal` fires first.
 */
export function connectTcp(host: string, port: number, signal: AbortSignal, listener = SSH_SERVER): Promise<Socket> {
    return new Promise((resolve, reject) => {
        const socket = connect({ host: bareHost(host), port, noDelay: true });
        const stop = () => {
            socket.destroy();
            reject(cancelled());
        };
        const failed = (error: SystemError) => {
            signal.removeEventListener("abort", stop);
            notConnected(error, host, port, listener).then(reject, reject);
        };
        socket.once("error", failed);
        socket.once("connect", () => {
            signal.removeEventListener("abort", stop);
            socket.off("error", failed);
            resolve(socket);
        });
        if (signal.aborted) stop();
        else signal.addEventListener("abort", stop, { once: true });
    });
}

/** For a name with several addresses Node.js reports one error each. */
type SystemError = NodeJS.ErrnoException & { readonly address?: string; readonly errors?: readonly SystemError[] };

/** Codes about the host or the network on the way, with a meaning and a remedy. Any other code is about this machine. */
const MEANINGS: Readonly<Record<string, readonly [string, string | ((listener: Listener) => string)]>> = {
    ECONNREFUSED: ["nothing listens there", ({ refused }) => refused],
    ENOTFOUND: ["the name is not known", "check the name, and the name servers of the machine that runs pulumi"],
    EHOSTUNREACH: ["there is no route", "check that the host is up, and the network in between"],
    EHOSTDOWN: ["nobody answered", "check that the host is up, and the network in between"],
    ENETUNREACH: ["there is no route", "check the network in between, and the routes of the machine that runs pulumi"],
    ETIMEDOUT: ["nobody answered", "check that the host is up and that firewalls let the port through"],
    ECONNRESET: ["the connection was reset", ({ brokenOff }) => brokenOff],
    ECONNABORTED: ["the connection was broken off", ({ brokenOff }) => brokenOff],
};

const NETWORK = "check the network of the machine that runs pulumi: whether it is connected, its addresses and its routes";
const NAMES =
    "check the name servers of the machine that runs pulumi, and that it can reach them; a name that does not exist gives another error";
const LOCAL = "check what on the machine that runs pulumi blocks it: a firewall, a sandbox, security software";

/** The usual codes about this machine. */
const OURS: Readonly<Record<string, readonly ["network" | "lasting", string, string]>> = {
    EAI_AGAIN: ["network", "no name server of the machine that runs pulumi answered", NAMES],
    EAI_FAIL: ["network", "the name servers of the machine that runs pulumi failed", NAMES],
    EAI_SYSTEM: ["network", "the machine that runs pulumi could not look the name up", NAMES],
    ENETDOWN: ["network", "the network of the machine that runs pulumi is down", NETWORK],
    EACCES: ["lasting", "the machine that runs pulumi does not allow it", LOCAL],
    EPERM: ["lasting", "the machine that runs pulumi does not allow it", LOCAL],
    EAFNOSUPPORT: ["lasting", "the machine that runs pulumi does not have this kind of address", NETWORK],
};

const UNUSUAL = ["lasting", "the system of the machine that runs pulumi could not make the connection", LOCAL] as const;

/** @param error of a TCP connection that was not made */
async function notConnected(error: SystemError, host: string, port: number, listener: Listener): Promise<WmisecError> {
    const doing = `connect to ${host} port ${port}`;
    const all = error.errors ?? [error];
    for (const one of all) {
        const fault = exhausted(one.code, doing, error) ?? (one.syscall === "getaddrinfo" ? noFreeHandles(doing) : undefined);
        if (fault !== undefined) return fault;
    }
    // If one address answered, or timed out, this machine could reach the network.
    const faults = await Promise.all(all.map((one) => ownFault(one, doing, port)));
    const [fault] = faults;
    return fault !== undefined && !faults.includes(undefined)
        ? fault
        : unreachable(all[faults.indexOf(undefined)] ?? error, doing, listener);
}

async function ownFault(error: SystemError, doing: string, port: number): Promise<ControllerFault | undefined> {
    const { code = "", address } = error;
    if (MEANINGS[code] === undefined) return fault(...(OURS[code] ?? UNUSUAL), doing, error);
    if (code !== "ENETUNREACH" || address === undefined || (await hasRoute(address, port))) return undefined;
    return fault("network", "the machine that runs pulumi has no route to this address", NETWORK, doing, error);
}

const fault = (lack: "network" | "lasting", why: string, remedy: string, doing: string, error: SystemError): ControllerFault =>
    new ControllerFault(lack, `cannot ${doing}: ${why} (${error.code})`, { said: error.message, remedy, cause: error });

/** A router on the way can also cause ENETUNREACH. Connecting a UDP socket checks only our own routes, and sends nothing. */
function hasRoute(address: string, port: number): Promise<boolean> {
    return new Promise((resolve) => {
        const socket = createSocket(isIPv6(address) ? "udp6" : "udp4");
        const settle = (error?: NodeJS.ErrnoException | null) => {
            socket.close();
            resolve(error?.code !== "ENETUNREACH");
        };
        socket.once("error", settle);
        socket.connect(port, address, settle as () => void);
    });
}

function unreachable(error: SystemError, doing: string, listener: Listener): WmisecError {
    const { code = "" } = error;
    const [meaning, remedy] = MEANINGS[code] ?? ["it failed", "check that the host is up and that it can be reached from here"];
    return new WmisecError("unreachable", `cannot ${doing}: ${meaning} (${code})`, {
        said: error.message,
        remedy: typeof remedy === "string" ? remedy : remedy(listener),
        cause: error,
    });
}
