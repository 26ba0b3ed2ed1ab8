import { setMaxListeners } from "node:events";
import { bootstrapText } from "../agent/command";
import type { FaultTable } from "../model/faultTable";
import type { WindowsMachine } from "../model/windowsMachine";
import { playProcess } from "./agentProcess";
import { type DefaultShell, shellOutcome } from "./commandLine";
import type { Counters } from "./counters";
import type { SimulatorFaults } from "./faults";
import { InputBytes } from "./inputBytes";

/** What a front gives a process that a client started. */
export interface ProcessPipes {
    output(bytes: Buffer): void;
    errorOutput(bytes: Buffer): void;
    /** Called once, unless the process was killed. */
    exited(code: number): void;
    /** The connection breaks; `politely`: after what was written. */
    drop(politely: boolean): void;
}

/** A process, as its front sees it. */
export interface HostProcess {
    /** For its standard input. */
    send(bytes: Buffer): void;
    /** Of its standard input. Also when the connection is gone: what runs then goes on until it notices, as on Windows. */
    endInput(): void;
    /** It is gone at once. */
    kill(): void;
}

export interface ProcessesOptions {
    readonly pwsh: boolean;
    readonly noise: boolean;
    readonly startupMs: number;
    readonly verbMs: number;
    readonly machine: WindowsMachine;
    readonly faults: FaultTable<SimulatorFaults>;
    readonly counters: Counters;
    refused(command: string): void;
}

/** The processes of one simulated host, whoever starts them. */
export class Processes {
    private readonly running = new Map<Promise<void>, HostProcess>();
    private readonly received: string[] = [];

    constructor(private readonly options: ProcessesOptions) {}

    /** Command lines and standard input, in the order of their coming. */
    get transcript(): string {
        return this.received.join("");
    }

    /** Hands a command to a shell, as a client's server does. */
    start(command: string, shell: DefaultShell, pipes: ProcessPipes): HostProcess {
        this.received.push(`${command}\n`);
        const { faults, pwsh, refused } = this.options;
        const isMissing = faults.bite("powershellMissing") !== undefined;
        const programs = isMissing ? [] : ["powershell.exe", ...(pwsh ? ["pwsh.exe"] : [])];
        const outcome = shellOutcome(command, { shell, programs });
        if ("script" in outcome && outcome.script === bootstrapText()) return this.run(pipes);
        if (!isMissing) refused(command);
        if ("script" in outcome) {
            pipes.errorOutput(Buffer.from("the simulator runs no script but the bootstrap of pulumi-wmisec\r\n"));
            pipes.exited(1);
        } else {
            pipes.output(Buffer.from(outcome.output));
            pipes.errorOutput(Buffer.from(outcome.errorOutput));
            pipes.exited(outcome.exit);
        }
        return ENDED;
    }

    /** All that run are gone at once. */
    async killAll(): Promise<void> {
        for (const process of this.running.values()) process.kill();
        await Promise.all(this.running.keys());
    }

    private run(pipes: ProcessPipes): HostProcess {
        const { counters, faults } = this.options;
        const input = new InputBytes(faults.bite("inputOnlyAtEnd") === undefined ? "asItComes" : "atItsEnd");
        const killed = new AbortController();
        // Node.js would print a warning from the eleventh listener on.
        setMaxListeners(0, killed.signal);
        const process: HostProcess = {
            send: (bytes) => {
                counters.bytesReceived += bytes.length;
                this.received.push(bytes.toString("latin1"));
                input.push(bytes);
            },
            endInput: () => input.end(),
            kill: () => {
                killed.abort();
                input.end();
            },
        };
        const running = this.play(pipes, input, killed.signal).finally(() => this.running.delete(running));
        this.running.set(running, process);
        return process;
    }

    private async play(pipes: ProcessPipes, input: InputBytes, signal: AbortSignal): Promise<void> {
        const { counters, machine, faults, noise, startupMs, verbMs } = this.options;
        counters.processesStarted += 1;
        counters.processesRunning += 1;
        try {
            const exit = await playProcess({
                machine,
                faults,
                counters,
                input,
                noise,
                startupMs,
                verbMs,
                signal,
                output: (bytes) => {
                    if (signal.aborted) return;
                    counters.bytesSent += bytes.length;
                    pipes.output(Buffer.from(bytes));
                },
                errorOutput: (text) => {
                    if (!signal.aborted) pipes.errorOutput(Buffer.from(text));
                },
                drop: (politely) => pipes.drop(politely),
            });
            if (!signal.aborted) pipes.exited(exit);
        } catch (error) {
            if (!signal.aborted) throw error;
        } finally {
            counters.processesRunning -= 1;
        }
    }
}

/** What sends to a process that is gone has nothing to do. */
const ENDED: HostProcess = { send: () => undefined, endInput: () => undefined, kill: () => undefined };
