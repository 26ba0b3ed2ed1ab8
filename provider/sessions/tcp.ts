import { connect, type Socket } from "node:net";
import { bareHost } from "../core/bareHost";
import { WmisecError } from "../core/errors";
import { cancelled } from "./cancelled";

/**
 * @param host name or address; brackets around IPv6 are taken off
 * @throws WmisecError `unreachable` with the system's code in `said`; `cancelled` when `signal` fires first.
 */
export function connectTcp(host: string, port: number, signal: AbortSignal): Promise<Socket> {
    return new Promise((resolve, reject) => {
        const socket = connect({ host: bareHost(host), port, noDelay: true });
        const stop = () => {
            socket.destroy();
            reject(cancelled());
        };
        const failed = (error: NodeJS.ErrnoException) => {
            signal.removeEventListener("abort", stop);
            reject(unreachable(error, host, port));
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

/** What the usual codes mean, and what to do. */
const MEANINGS: Readonly<Record<string, readonly [string, string]>> = {
    ECONNREFUSED: ["nothing listens there", "on the host, see that the SSH server runs (Get-Service sshd) and on which port"],
    ENOTFOUND: ["the name is not known", "check the name, and the name servers of the machine that runs pulumi"],
    EAI_AGAIN: ["the name could not be looked up", "check the name servers of the machine that runs pulumi"],
    EHOSTUNREACH: ["there is no route", "check that the host is up, and the network in between"],
    ENETUNREACH: ["there is no route", "check the network of the machine that runs pulumi"],
    ETIMEDOUT: ["nobody answered", "check that the host is up and that firewalls let the port through"],
};

/** @param error of a TCP connection that was not made or broke before we were logged in */
function unreachable(error: NodeJS.ErrnoException, host: string, port: number): WmisecError {
    const code = error.code ?? "no code";
    const [meaning, remedy] = MEANINGS[code] ?? ["the connection failed", "check that the host is up and that it can be reached from here"];
    return new WmisecError("unreachable", `cannot connect to ${host} port ${port}: ${meaning} (${code})`, {
        said: error.message,
        remedy,
        cause: error,
    });
}
