import { randomUUID } from "node:crypto";
import type { Socket } from "node:net";
import type { HostProcess, ProcessPipes } from "../processes";
import { type Answer, type Output, received } from "./answers";
import { FAULT, WsmanFault } from "./wsmanFault";

const newId = (): string => randomUUID().toUpperCase();

/** How long a Receive waits for output, how much it accepts, and on which connection. */
export interface Wait {
    readonly timeoutMs: number;
    readonly maxBytes: number;
    readonly socket: Socket;
}

/** A process in a shell, with its output that nobody has received yet, and its exit code. */
class Command {
    readonly id = newId();
    process: HostProcess | undefined;
    private outputs: Output[] = [];
    private exit: number | undefined;
    private told = false;
    private aborted: WsmanFault | undefined;
    private wake: (() => void) | undefined;

    /** @param wentSilent called when all output has been handed out */
    constructor(private readonly wentSilent: () => void) {}

    write(output: Output): void {
        this.outputs.push(output);
        this.wake?.();
    }

    exited(code: number): void {
        this.exit = code;
        this.wake?.();
    }

    get over(): boolean {
        return this.exit !== undefined;
    }

    /** Kills the process, and ends a waiting Receive with the fault. */
    abort(fault: WsmanFault): void {
        this.aborted = fault;
        this.process?.kill();
        this.wake?.();
    }

    get isAwaited(): boolean {
        return this.wake !== undefined;
    }

    /** @throws WsmanFault if nothing comes in time, or the client has gone */
    async receive({ timeoutMs, maxBytes, socket }: Wait): Promise<Answer> {
        if (this.told) throw new WsmanFault(FAULT.commandEnded);
        if (this.outputs.length === 0 && this.exit === undefined && this.aborted === undefined) await this.something(timeoutMs, socket);
        if (this.aborted !== undefined) throw this.aborted;
        if (socket.destroyed) throw new WsmanFault(FAULT.aborted);
        const outputs = this.taken(maxBytes);
        this.told = this.exit !== undefined && this.outputs.length === 0;
        if (outputs.length === 0 && !this.told) throw new WsmanFault(FAULT.timedOut);
        if (this.outputs.length === 0) this.wentSilent();
        return received(this.id, outputs, this.told ? this.exit : undefined);
    }

    private something(timeoutMs: number, socket: Socket): Promise<void> {
        return new Promise((settle) => {
            const done = () => {
                clearTimeout(timer);
                socket.off("close", done);
                this.wake = undefined;
                settle();
            };
            const timer = setTimeout(done, timeoutMs);
            socket.once("close", done);
            this.wake = done;
        });
    }

    private taken(maxBytes: number): Output[] {
        const taken: Output[] = [];
        let room = maxBytes;
        while (room > 0) {
            const [first, ...rest] = this.outputs;
            if (first === undefined) break;
            const bytes = first.bytes.subarray(0, room);
            room -= bytes.length;
            const left = first.bytes.subarray(bytes.length);
            this.outputs = left.length > 0 ? [{ ...first, bytes: left }, ...rest] : rest;
            taken.push({ ...first, bytes });
        }
        return taken;
    }
}

export interface ShellOptions {
    readonly user: string;
    readonly idleMs: number;
    /** Called when the shell has had no message for `idleMs`. */
    idle(shell: Shell): void;
}

/** What a Create makes. Processes run in it, and end with it. */
export class Shell {
    readonly id = newId();
    readonly user: string;
    /** Messages so far. The service counts them against the user until the shell is gone. */
    operations = 0;
    private readonly commands = new Map<string, Command>();
    private readonly sockets = new Set<Socket>();
    private breaksWhenSilent = false;
    private awaited = 0;
    private readonly idleTimer: NodeJS.Timeout;

    constructor({ user, idleMs, idle }: ShellOptions) {
        this.user = user;
        this.idleTimer = setTimeout(() => (this.awaited > 0 ? this.idleTimer.refresh() : idle(this)), idleMs);
    }

    /** Call it for each message. */
    touched(socket: Socket): void {
        this.operations += 1;
        if (!this.sockets.has(socket)) {
            this.sockets.add(socket);
            socket.once("close", () => this.sockets.delete(socket));
        }
        this.idleTimer.refresh();
    }

    get running(): number {
        return [...this.commands.values()].filter(({ over }) => !over).length;
    }

    run(start: (pipes: ProcessPipes) => HostProcess): string {
        const command = new Command(() => this.silent());
        this.commands.set(command.id, command);
        command.process = start({
            output: (bytes) => command.write({ stream: "stdout", bytes }),
            errorOutput: (bytes) => command.write({ stream: "stderr", bytes }),
            exited: (code) => command.exited(code),
            drop: (politely) => {
                if (politely) this.breaksWhenSilent = true;
                else for (const socket of this.sockets) socket.destroy();
            },
        });
        return command.id;
    }

    send(commandId: string, bytes: Buffer, ends: boolean): void {
        const command = this.commandOf(commandId);
        if (command.over) throw new WsmanFault(FAULT.commandEnded);
        command.process?.send(bytes);
        if (ends) command.process?.endInput();
    }

    async receive(commandId: string, wait: Wait): Promise<Answer> {
        const command = this.commandOf(commandId);
        if (command.isAwaited) throw new WsmanFault(FAULT.badParameter);
        this.awaited += 1;
        try {
            return await command.receive(wait);
        } finally {
            this.awaited -= 1;
        }
    }

    isAwaited(commandId: string): boolean {
        return this.commands.get(commandId)?.isAwaited === true;
    }

    /** Ends a command, running or not. */
    terminate(commandId: string): void {
        const command = this.commandOf(commandId);
        this.commands.delete(commandId);
        command.abort(new WsmanFault(FAULT.aborted));
    }

    end(): void {
        clearTimeout(this.idleTimer);
        for (const command of this.commands.values()) command.abort(new WsmanFault(FAULT.noShell));
        this.commands.clear();
    }

    private commandOf(id: string): Command {
        const command = this.commands.get(id);
        if (command === undefined) throw new WsmanFault(FAULT.badParameter);
        return command;
    }

    private silent(): void {
        if (!this.breaksWhenSilent) return;
        // Lets the answer under way get through.
        for (const socket of this.sockets) setImmediate(() => socket.destroySoon());
    }
}
