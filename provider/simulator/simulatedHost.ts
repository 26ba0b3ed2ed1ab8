import { randomBytes } from "node:crypto";
import { createServer, type Server, type Socket } from "node:net";
import type { Connection } from "../core/connection";
import { FaultTable } from "../model/faultTable";
import { WindowsMachine, type WindowsMachineOptions } from "../model/windowsMachine";
import type { WriteLog } from "../model/writeLog";
import type { DefaultShell } from "./commandLine";
import { type Counters, noCounts } from "./counters";
import type { SimulatorFaults } from "./faults";
import type { Listener } from "./listener";
import { type LoopbackPlace, listenOnLoopback } from "./loopback";
import { Processes } from "./processes";
import type { LoginMethod, SimulatedUser } from "./simulatedUser";
import { SshListener } from "./sshListener";
import { type SimulatedWinrmOptions, WinrmListener } from "./winrmListener";

export interface SimulatedHostOptions {
    /** For people, and for the machine's computer name. @default "sim-01", "sim-02", ... */
    readonly name?: string;
    /** A loopback address. @default one of its own from 127.64.0.0/10 */
    readonly address?: string;
    /** @default a free one */
    readonly port?: number;
    /** The first one with a password is the one in `connection`. @default `CONTOSO\svc-pulumi` with a random password */
    readonly users?: readonly SimulatedUser[];
    /** By what it can be reached. @default "ssh" */
    readonly transport?: "ssh" | "winrm";
    /** With transport `"winrm"`. */
    readonly winrm?: SimulatedWinrmOptions;
    /** What the SSH server offers. @default publickey, password, keyboard-interactive */
    readonly loginMethods?: readonly LoginMethod[];
    /** @default "cmd", as on a fresh Windows */
    readonly defaultShell?: DefaultShell;
    /** Whether pwsh.exe is there beside powershell.exe. @default false */
    readonly pwsh?: boolean;
    /** Adds noise before, between and within answers: banners, code pages, profiles, progress records, broken lines. @default false */
    readonly noise?: boolean;
    /** Milliseconds from the start of a process until it reads; a real one takes about 300 to 1,000. @default 0 */
    readonly startupMs?: number;
    /** Milliseconds that each request takes. @default 0 */
    readonly verbMs?: number;
    /** The machine's properties and content. */
    readonly machine?: Omit<WindowsMachineOptions, "computerName">;
}

/** See `startSimulatedHost`. */
export class SimulatedHost {
    /** The machine behind the host. Read its flags and values, and change them with `machine.behindOurBack`. */
    readonly machine: WindowsMachine;
    /** Faults: `faults.on("mofcompExit", { exit: 3 })`, `faults.off()`. */
    readonly faults = new FaultTable<SimulatorFaults>();
    readonly counters: Counters = noCounts();
    /**
     * What a client did and ours never does: commands and requests of SSH that were refused, logins and messages of WinRM that were, or that
     * were taken as Windows takes them (a shell that nobody deleted, a Receive while another one waits).
     */
    readonly refused: string[] = [];

    private readonly password = randomBytes(12).toString("base64url");
    private readonly users: readonly SimulatedUser[];
    private readonly open = new Set<Socket>();
    private readonly processes: Processes;
    private server: Server | undefined;
    private place: LoopbackPlace | undefined;
    private readonly listener: Listener;

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
        this.processes = new Processes({
            pwsh: options.pwsh ?? false,
            noise: options.noise ?? false,
            startupMs: options.startupMs ?? 0,
            verbMs: options.verbMs ?? 0,
            machine: this.machine,
            faults: this.faults,
            counters: this.counters,
            refused: (command) => this.refused.push(command),
        });
        this.listener = this.newListener();
    }

    get address(): string {
        return this.listening.address;
    }

    get port(): number {
        return this.listening.port;
    }

    /** The host's public key, as a line of `known_hosts` has it after the name; over WinRM the fingerprint of its certificate, if it has one. */
    get hostKey(): string {
        return this.listener.proof;
    }

    /** The certificate that it shows over WinRM: PEM, signed by itself. */
    get certificate(): string | undefined {
        return this.listener.certificate;
    }

    /** Writes to the machine, in order. Shorthand for `machine.writes`. */
    get writes(): WriteLog {
        return this.machine.writes;
    }

    /** For the `connection` of a resource: the address, the first user with a password, the host key or certificate. */
    get connection(): Connection {
        const { user, password } = this.users.find((one) => one.password !== undefined) ?? this.users[0] ?? { user: this.machine.account };
        const account = { user, ...(password === undefined ? {} : { password }) };
        return { host: this.address, port: this.port, ...account, ...this.listener.connection };
    }

    /** Everything that clients sent to processes: command lines and standard input. Without login passwords. */
    get transcript(): string {
        return this.processes.transcript;
    }

    /** Switches the host off: connections break, processes end, nobody listens at its address. The machine keeps its content. */
    async down(): Promise<void> {
        for (const socket of this.open) socket.destroy();
        const { server } = this;
        this.server = undefined;
        this.listener.end();
        if (server !== undefined) await new Promise((settle) => server.close(settle));
        await this.processes.killAll();
    }

    /** Switches it on again, at the same address and port. */
    async up(): Promise<void> {
        if (this.server !== undefined) return;
        const server = createServer((socket) => this.connected(socket));
        this.server = server;
        this.place = await listenOnLoopback(server, this.place ?? this.options);
        this.listener.begin(this.place);
    }

    /** Ends the host for good. May be called twice. */
    stop(): Promise<void> {
        return this.down();
    }

    /** Another key or certificate from the next connection on, as after a reinstallation of the server; `hostKey` and `connection` show it. */
    changeHostKey(): void {
        this.listener.changeProof();
    }

    private get listening(): LoopbackPlace {
        if (this.place === undefined) throw new Error(`the simulated host ${this.name} was never started`);
        return this.place;
    }

    private newListener(): Listener {
        const host = {
            machine: this.machine.computerName,
            users: this.users,
            faults: this.faults,
            counters: this.counters,
            start: this.processes.start.bind(this.processes),
            refused: (what: string) => void this.refused.push(what),
        };
        const { transport = "ssh", winrm = {} } = this.options;
        return transport === "winrm" ? new WinrmListener(host, winrm) : new SshListener(host, this.options);
    }

    private connected(socket: Socket): void {
        this.counters.connections += 1;
        this.open.add(socket);
        socket.setNoDelay(true);
        socket.on("error", () => socket.destroy());
        socket.on("close", () => {
            this.open.delete(socket);
            this.counters.wireBytesReceived += socket.bytesRead;
            this.counters.wireBytesSent += socket.bytesWritten;
        });
        if (this.faults.bite("silentTcp") === undefined) this.listener.connected(socket);
    }
}
