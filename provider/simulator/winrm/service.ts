import type { Socket } from "node:net";
import { NS, TERMINATE } from "../../wsman/names";
import { maybe, only, type SoapElement } from "../../wsman/soap";
import type { Counters } from "../counters";
import type { HostProcess, ProcessPipes } from "../processes";
import { type Answer, created, deleted, sent, signalled, started } from "./answers";
import type { WinrmLimits } from "./limits";
import { decoded, type Message, milliseconds } from "./message";
import { Shell } from "./shell";
import { FAULT, WsmanFault } from "./wsmanFault";

export interface ServiceOptions {
    readonly url: string;
    readonly limits: WinrmLimits;
    readonly counters: Counters;
    /** Whether remote shells are switched off. Called for each Create. */
    shellsRefused(): boolean;
    start(command: string, pipes: ProcessPipes): HostProcess;
    /** Whether a Receive gets only one byte. Called for each Receive. */
    inCrumbs(): boolean;
    /** Records what our client never does. */
    refused(what: string): void;
}

/** Who sends a message, and on which connection. */
export interface Sender {
    readonly user: string;
    readonly socket: Socket;
}

/** More than an answer has around its output, in bytes. */
const AROUND_OUTPUT = 4096;
/** Shorter waits are raised to this, as users of other clients saw on 2008 R2. */
const MIN_TIMEOUT = 500;
/** In lower case, because clients differ. */
const SIGNALS = [TERMINATE, `${NS.shell}/signal/ctrl_c`, `${NS.shell}/signal/ctrl_break`].map((code) => code.toLowerCase());

/** The service WinRM of a simulated host: shells, their processes, and quotas. It knows nothing about HTTP and logins. */
export class WinrmService {
    private readonly shells = new Map<string, Shell>();
    private readonly messageIds = new Set<string>();

    constructor(private readonly options: ServiceOptions) {}

    /**
     * Does what a message asks for.
     * @param half of a Send, only the first half of what it brings
     * @throws WsmanFault, Malformed
     */
    async carryOut(message: Message, sender: Sender, half = false): Promise<Answer> {
        this.checkId(message);
        if (message.operation === "create") return this.create(message, sender);
        const shell = this.shellOf(message, sender);
        this.checkOperations(sender.user);
        shell.touched(sender.socket);
        switch (message.operation) {
            case "command":
                return this.command(message, shell);
            case "send":
                return this.send(message, shell, half);
            case "receive":
                return this.receive(message, shell, sender.socket);
            case "signal":
                return this.signal(message, shell);
            case "delete":
                this.remove(shell);
                return deleted;
        }
    }

    /** Stops the service, and ends all shells with their processes. */
    end(): void {
        for (const shell of [...this.shells.values()]) this.remove(shell);
    }

    private create({ body, options }: Message, { user, socket }: Sender): Answer {
        const { limits, counters, refused, url } = this.options;
        if (this.options.shellsRefused()) throw new WsmanFault(FAULT.shellsNotAllowed);
        const users = new Set([...this.shells.values()].map((shell) => shell.user));
        if (!users.has(user) && users.size >= limits.maxConcurrentUsers) throw new WsmanFault(FAULT.users);
        if (this.shellsOf(user).length >= limits.maxShellsPerUser) throw new WsmanFault(FAULT.shellsOfUser);
        this.checkOperations(user);

        const asked = only(body, NS.shell, "Shell");
        const inputs = only(asked, NS.shell, "InputStreams").text;
        const outputs = only(asked, NS.shell, "OutputStreams").text;
        const idle = maybe(asked, NS.shell, "IdleTimeOut")?.text;
        if (inputs !== "stdin" || outputs !== "stdout stderr") refused(`a shell with the streams ${inputs} and ${outputs}`);
        if (options.get("WINRS_NOPROFILE") !== "TRUE") refused("a shell that loads the user's profile");
        if (options.get("WINRS_CODEPAGE") !== "65001") refused("a shell in the host's own code page");
        const idleMs = Math.min(idle === undefined ? limits.idleTimeout : milliseconds(idle), limits.idleTimeout);
        const shell = new Shell({
            user,
            idleMs,
            idle: (left) => {
                refused("a shell that nobody deleted: it went when its idle time was over");
                this.remove(left);
            },
        });
        this.shells.set(shell.id, shell);
        counters.shellsOpen += 1;
        shell.touched(socket);
        return created({ id: shell.id, url, owner: user, idleMs, inputs, outputs });
    }

    private command({ body, options }: Message, shell: Shell): Answer {
        const { limits, refused, start } = this.options;
        if (shell.running >= limits.maxProcessesPerShell) throw new WsmanFault(FAULT.processesOfShell);
        const line = only(body, NS.shell, "CommandLine");
        const words = line.children
            .filter(({ namespace, name }) => namespace === NS.shell && ["Command", "Arguments"].includes(name))
            .map(({ text }) => text);
        if (options.get("WINRS_SKIP_CMD_SHELL") !== "FALSE") refused("a command without cmd.exe");
        // Without this option the input is a console, as with TRUE: the host converts it, and its end is no end of file.
        const isConsole = options.get("WINRS_CONSOLEMODE_STDIN") !== "FALSE";
        if (isConsole) refused("a command whose input is a console");
        const id = shell.run((pipes) => {
            const process = start(words.join(" "), pipes);
            return isConsole ? { ...process, endInput: () => undefined } : process;
        });
        return started(id);
    }

    private send({ body }: Message, shell: Shell, half: boolean): Answer {
        const stream = only(only(body, NS.shell, "Send"), NS.shell, "Stream");
        const name = stream.attributes.get("Name");
        if (name !== "stdin") throw new WsmanFault(FAULT.badParameter);
        const bytes = decoded(stream.text);
        const ends = stream.attributes.get("End")?.toLowerCase() === "true";
        const taken = half ? bytes.subarray(0, bytes.length / 2) : bytes;
        shell.send(commandIdOf(stream), taken, ends && !half);
        return sent;
    }

    private receive({ body, timeoutMs, maxEnvelope }: Message, shell: Shell, socket: Socket): Promise<Answer> {
        const { limits, refused } = this.options;
        const stream = only(only(body, NS.shell, "Receive"), NS.shell, "DesiredStream");
        const id = commandIdOf(stream);
        if (stream.text !== "stdout stderr") refused(`a Receive of the streams ${stream.text}`);
        if (shell.isAwaited(id)) refused("a Receive while another one waits");
        const wait = Math.min(Math.max(timeoutMs, MIN_TIMEOUT), limits.maxTimeoutms);
        const room = Math.floor((Math.min(maxEnvelope, limits.maxEnvelopeSizekb * 1024) - AROUND_OUTPUT) * (3 / 4));
        const maxBytes = this.options.inCrumbs() ? 1 : Math.max(1, room);
        return shell.receive(id, { timeoutMs: wait, maxBytes, socket });
    }

    private signal({ body }: Message, shell: Shell): Answer {
        const signal = only(body, NS.shell, "Signal");
        const code = only(signal, NS.shell, "Code").text;
        if (!SIGNALS.includes(code.toLowerCase())) throw new WsmanFault(FAULT.badParameter);
        shell.terminate(commandIdOf(signal));
        return signalled;
    }

    private remove(shell: Shell): void {
        if (!this.shells.delete(shell.id)) return;
        this.options.counters.shellsOpen -= 1;
        shell.end();
    }

    private shellsOf(user: string): Shell[] {
        return [...this.shells.values()].filter((shell) => shell.user === user);
    }

    /** A shell of another account does not exist for the sender. */
    private shellOf({ shellId }: Message, { user }: Sender): Shell {
        const shell = this.shells.get(shellId ?? "");
        if (shell === undefined || shell.user !== user) throw new WsmanFault(FAULT.noShell);
        return shell;
    }

    /** In a shell with text streams, all messages count until the shell is gone (MS-WSMV, note 118). */
    private checkOperations(user: string): void {
        const operations = this.shellsOf(user).reduce((sum, shell) => sum + shell.operations, 0);
        if (operations >= this.options.limits.maxConcurrentOperationsPerUser) throw new WsmanFault(FAULT.operationsOfUser);
    }

    private checkId({ messageId }: Message): void {
        if (this.messageIds.has(messageId)) {
            this.options.refused("a message whose MessageID was used before");
            throw new WsmanFault(FAULT.badRequest);
        }
        this.messageIds.add(messageId);
    }
}

const commandIdOf = ({ attributes }: SoapElement): string => attributes.get("CommandId") ?? "";
