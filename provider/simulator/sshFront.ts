import { connect, type Socket } from "node:net";
import { type Connection, Server, type ServerChannel } from "ssh2";
import type { FaultTable } from "../model/faultTable";
import type { Counters } from "./counters";
import type { SimulatorFaults } from "./faults";
import { judgeLogin } from "./login";
import { LOGIN_BANNER } from "./noise";
import type { HostProcess, ProcessPipes } from "./processes";
import type { LoginMethod, SimulatedUser } from "./simulatedUser";

export interface SshFrontOptions {
    /** OpenSSH private key. */
    readonly hostKey: string;
    readonly users: readonly SimulatedUser[];
    readonly methods: readonly LoginMethod[];
    readonly noise: boolean;
    readonly faults: FaultTable<SimulatorFaults>;
    readonly counters: Counters;
    /** A command that a client wants run. */
    start(command: string, pipes: ProcessPipes): HostProcess;
    /** Something that a client asked for and that our client never does. */
    refused(what: string): void;
}

/** The text after `SSH-2.0-` in the banner line. */
export const SSH_VERSION = "OpenSSH_for_Windows_9.5 pulumi-wmisec simulator";

/** `MaxSessions` in the default sshd_config. */
const MAX_SESSIONS = 10;

/** The SSH server of a simulated host: logins, commands without a terminal, and direct-tcpip to loopback addresses. It gets its sockets from outside. */
export function sshFront(options: SshFrontOptions): (socket: Socket) => void {
    const server = new Server({
        hostKeys: [options.hostKey],
        ident: SSH_VERSION,
        ...(options.noise ? { banner: LOGIN_BANNER } : {}),
    });
    // ssh2 reports a client some time after it got the socket, and then only with its address.
    const sockets = new Map<string, Socket>();
    server.on("connection", (client, { ip, port }) => {
        const socket = sockets.get(`${ip}:${port}`);
        if (socket === undefined) client.end();
        else serve(client, socket, options);
    });
    return (socket) => {
        const from = `${socket.remoteAddress}:${socket.remotePort}`;
        sockets.set(from, socket);
        socket.on("close", () => sockets.delete(from));
        server.injectSocket(socket);
    };
}

function serve(client: Connection, socket: Socket, options: SshFrontOptions): void {
    const { faults, counters, refused } = options;
    let sessions = 0;
    // A client's problem with its own connection (a reset, a wrong host key) is no error of the host.
    client.on("error", () => socket.destroy());
    client.on("authentication", (context) =>
        judgeLogin(context, {
            users: options.users,
            methods: options.methods,
            refuseAll: () => faults.bite("authRefused") !== undefined,
            failed: () => {
                counters.failedAuthentications += 1;
            },
        }),
    );
    client.on("ready", () => {
        counters.authentications += 1;
        if (faults.bite("closesAfterAuthentication") !== undefined) socket.destroySoon();
    });
    client.on("session", (accept, reject) => {
        if (sessions >= MAX_SESSIONS) return reject();
        sessions += 1;
        const session = accept();
        session.on("close", () => {
            sessions -= 1;
        });
        session.on("pty", (_accept, rejectPty) => {
            refused("a terminal");
            rejectPty?.();
        });
        session.on("shell", (_accept, rejectShell) => {
            refused("a shell");
            rejectShell?.();
        });
        session.on("subsystem", (_accept, rejectSubsystem, { name }) => {
            refused(`the subsystem ${name}`);
            rejectSubsystem?.();
        });
        session.on("exec", (acceptExec, rejectExec, { command }) => {
            if (faults.bite("execRefused") !== undefined) return rejectExec();
            exec(command, acceptExec(), socket, options);
        });
    });
    client.on("tcpip", (accept, reject, { destIP, destPort }) => {
        if (!/^127(\.\d{1,3}){3}$/.test(destIP)) {
            refused(`a connection to ${destIP}`);
            return reject();
        }
        const onward = connect(destPort, destIP);
        onward.once("error", () => reject());
        onward.once("connect", () => {
            counters.forwards += 1;
            onward.removeAllListeners("error");
            const channel = accept();
            for (const [from, to] of [
                [channel, onward],
                [onward, channel],
            ] as const) {
                from.pipe(to);
                from.on("error", () => to.destroy());
                from.on("close", () => to.destroy());
            }
        });
        socket.on("close", () => onward.destroy());
    });
}

function exec(command: string, channel: ServerChannel, socket: Socket, { start }: SshFrontOptions): void {
    const process = start(command, {
        output: (bytes) => {
            if (channel.writable) channel.write(bytes);
        },
        errorOutput: (bytes) => {
            if (channel.writable) channel.stderr.write(bytes);
        },
        exited: (code) => {
            if (!channel.writable) return;
            channel.exit(code);
            channel.end();
        },
        drop: (politely) => (politely ? socket.destroySoon() : socket.destroy()),
    });
    channel.on("data", (chunk: Buffer) => process.send(chunk));
    for (const event of ["end", "close"]) channel.on(event, () => process.endInput());
    channel.on("error", () => process.endInput());
}
