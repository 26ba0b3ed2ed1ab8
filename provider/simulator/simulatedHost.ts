import { randomBytes } from "node:crypto";
import { setMaxListeners } from "node:events";
import { createServer, type Server, type Socket } from "node:net";
import type { ServerChannel } from "ssh2";
import { bootstrapText } from "../agent/command";
import type { Connection } from "../core/connection";
import { FaultTable } from "../model/faultTable";
import { WindowsMachine, type WindowsMachineOptions } from "../model/windowsMachine";
import type { WriteLog } from "../model/writeLog";
import { playProcess } from "./agentProcess";
import { closesEarly } from "./brokenConnections";
import { type DefaultShell, shellOutcome } from "./commandLine";
import { type Counters, noCounts } from "./counters";
import type { SimulatorFaults } from "./faults";
import { InputBytes } from "./inputBytes";
import { newKeyPair } from "./keyPair";
import { type LoopbackPlace, listenOnLoopback } from "./loopback";
import type { LoginMethod, SimulatedUser } from "./simulatedUser";
import { sshFront } from "./sshFront";

export interface SimulatedHostOptions {
    /** For people; the machine's computer name is made from it. @default "sim-01", "sim-02", ... */
    readonly name?: string;
    /** A loopback address. @default one of its own from 127.64.0.0/10 */
    readonly address?: string;
    /** @default a free one */
    readonly port?: number;
    /** The first one with a password is the one in `connection`. @default `CONTOSO\svc-pulumi` with a random password */
    readonly users?: readonly SimulatedUser[];
    /** What the SSH server offers. @default publickey, password, keyboard-interactive */
    readonly loginMethods?: readonly LoginMethod[];
    /** @default "cmd", as on a fresh Windows */
    readonly defaultShell?: DefaultShell;
    /** Whether pwsh.exe is there beside powershell.exe. @default false */
    readonly pwsh?: boolean;
    /** Banners, code pages, profiles, progress records, broken lines: before, between and within what matters. @default false */
    readonly noise?: boolean;
    /** Milliseconds from the start of a process until it reads; a real one takes about 300 to 1,000. @default 0 */
    readonly startupMs?: number;
    /** Milliseconds that each request takes. @default 0 */
    readonly verbMs?: number;
    /** What the machine is and has. */
    readonly machine?: Omit<WindowsMachineOptions, "computerName">;
}

/** See `startSimulatedHost`. */
export class SimulatedHost {
    /** What is on the host: look at its flags and values, and change them by `machine.behindOurBack`. */
    readonly machine: WindowsMachine;
    /** What goes wrong: `faults.on("mofcompExit", { exit: 3 })`, `faults.off()`. */
    readonly faults = new FaultTable<SimulatorFaults>();
    readonly counters: Counters = noCounts();
    /** Commands and requests of the SSH protocol that were refused, because our client never makes them. */
    readonly refused: string[] = [];

    private readonly password = randomBytes(12).toString("base64url");
    private readonly users: readonly SimulatedUser[];
    private readonly open = new Set<Socket>();
    private readonly processes = new Set<Promise<void>>();
    private readonly received: string[] = [];
    private power = new AbortController();
    private server: Server | undefined;
    private place: LoopbackPlace | undefined;
    private key = newKeyPair();
    private front: (socket: Socket) => void;

    /** Use `startSimulatedHost`. */
    constructor(
        readonly name: string,
        private readonly options: SimulatedHostOptions,
    ) {
        const account = options.users?.[0]?.user;
        this.machine = new WindowsMachine(
            { ...(account === undefined ? {} : { account }), ...options.machine, computerName: name.toUpperCase().slice(0, 15) },
            this.faults,
        );
        this.users = options.users ?? [{ user: this.machine.account, password: this.password }];
        this.front = this.newFront();
    }

    get address(): string {
        return this.listening.address;
    }

    get port(): number {
        return this.listening.port;
    }

    /** The host's public key, as a line of `known_hosts` has it after the name. */
    get hostKey(): string {
        return this.key.public;
    }

    /** Writes to the machine, in order. Shorthand for `machine.writes`. */
    get writes(): WriteLog {
        return this.machine.writes;
    }

    /** For the `connection` of a resource: the address, the first user that has a password, the host key. */
    get connection(): Connection {
        const { user, password } = this.users.find((one) => one.password !== undefined) ?? this.users[0] ?? { user: this.machine.account };
        return { host: this.address, port: this.port, user, hostKey: this.hostKey, ...(password === undefined ? {} : { password }) };
    }

    /** Everything that clients sent to processes: command lines and standard input. Passwords of logins are not in it. */
    get transcript(): string {
        return this.received.join("");
    }

    /** Switches the host off: connections break, processes are gone, nobody listens at its address. The machine keeps what it has. */
    async down(): Promise<void> {
        this.power.abort();
        for (const socket of this.open) socket.destroy();
        const { server } = this;
        this.server = undefined;
        if (server !== undefined) await new Promise((settle) => server.close(settle));
        await Promise.all(this.processes);
    }

    /** Switches it on again, at the same address and port. */
    async up(): Promise<void> {
        if (this.server !== undefined) return;
        this.power = new AbortController();
        // Every process listens to it; Node.js would print a warning from the eleventh on.
        setMaxListeners(0, this.power.signal);
        const server = createServer((socket) => this.connected(socket));
        this.server = server;
        this.place = await listenOnLoopback(server, this.place ?? this.options);
    }

    /** Ends for good; twice is as good as once. */
    stop(): Promise<void> {
        return this.down();
    }

    /** Another key from the next connection on, as after a reinstallation of the SSH server; `hostKey` and `connection` show it. */
    changeHostKey(): void {
        this.key = newKeyPair();
        this.front = this.newFront();
    }

    private get listening(): LoopbackPlace {
        if (this.place === undefined) throw new Error(`the simulated host ${this.name} was never started`);
        return this.place;
    }

    private newFront(): (socket: Socket) => void {
        return sshFront({
            hostKey: this.key.private,
            users: this.users,
            methods: this.options.loginMethods ?? ["publickey", "password", "keyboard-interactive"],
            noise: this.options.noise ?? false,
            faults: this.faults,
            counters: this.counters,
            exec: (command, channel, socket) => this.exec(command, channel, socket),
            refused: (what) => this.refused.push(what),
        });
    }

    private connected(socket: Socket): void {
        this.counters.connections += 1;
        this.open.add(socket);
        socket.setNoDelay(true);
        socket.on("error", () => socket.destroy());
        socket.on("close", () => this.open.delete(socket));
        if (this.faults.bite("silentTcp") === undefined && !closesEarly(socket, this.faults)) this.front(socket);
    }

    private exec(command: string, channel: ServerChannel, socket: Socket): void {
        this.received.push(`${command}\n`);
        const programs = this.faults.bite("powershellMissing") ? [] : ["powershell.exe", ...(this.options.pwsh ? ["pwsh.exe"] : [])];
        const outcome = shellOutcome(command, { shell: this.options.defaultShell ?? "cmd", programs });
        if (!("script" in outcome)) {
            this.refused.push(command);
            channel.write(outcome.output);
            channel.stderr.write(outcome.errorOutput);
            end(channel, outcome.exit);
        } else if (outcome.script !== bootstrapText()) {
            this.refused.push(command);
            channel.stderr.write("the simulator runs no script but the bootstrap of pulumi-wmisec\r\n");
            end(channel, 1);
        } else {
            const running = this.run(channel, socket).finally(() => this.processes.delete(running));
            this.processes.add(running);
        }
    }

    private async run(channel: ServerChannel, socket: Socket): Promise<void> {
        const input = new InputBytes(this.faults.bite("inputOnlyAtEnd") === undefined ? "asItComes" : "atItsEnd");
        this.counters.processesStarted += 1;
        this.counters.processesRunning += 1;
        channel.on("data", (chunk: Buffer) => {
            this.counters.bytesReceived += chunk.length;
            this.received.push(chunk.toString("latin1"));
            input.push(chunk);
        });
        // The connection's end is the end of input too; what runs then goes on until it notices, as on Windows.
        for (const event of ["end", "close"]) channel.on(event, () => input.end());
        channel.on("error", () => input.end());
        try {
            const exit = await playProcess({
                machine: this.machine,
                faults: this.faults,
                counters: this.counters,
                input,
                noise: this.options.noise ?? false,
                startupMs: this.options.startupMs ?? 0,
                verbMs: this.options.verbMs ?? 0,
                signal: this.power.signal,
                output: (bytes) => {
                    this.counters.bytesSent += bytes.length;
                    if (channel.writable) channel.write(bytes);
                },
                errorOutput: (text) => {
                    if (channel.writable) channel.stderr.write(text);
                },
                drop: (politely) => (politely ? socket.destroySoon() : socket.destroy()),
            });
            if (channel.writable) end(channel, exit);
        } catch (error) {
            if (!this.power.signal.aborted) throw error;
        } finally {
            this.counters.processesRunning -= 1;
        }
    }
}

function end(channel: ServerChannel, exit: number): void {
    channel.exit(exit);
    channel.end();
}
