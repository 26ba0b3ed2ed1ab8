import { failureError } from "../agent/failureError";
import { type ErrorCode, WmisecError } from "../core/errors";
import type { EventsReading, EventsRequest } from "../core/wire/events";
import type { MachineFacts } from "../core/wire/machine";
import type { Observation, ObserveRequest } from "../core/wire/observation";
import type { Applied, Step } from "../core/wire/step";
import { readEvents } from "../model/eventReading";
import { apply, observe } from "../model/verbs";
import { failureOf } from "../model/windowsException";
import type { WindowsMachine } from "../model/windowsMachine";
import type { WindowsHost } from "./windowsHost";

export interface MemoryHostOptions {
    /** The host's name in errors. @default "memory" */
    readonly name?: string;
    /** Milliseconds to wait for another run's write. @default 1000 */
    readonly mutexTimeoutMs?: number;
    /** Leaves temporary MOF files on the machine. @default false */
    readonly keepMof?: boolean;
}

/**
 * The verbs over a model in memory: no session, no process, no bytes. It refuses the same machines as a real session does in its handshake,
 * with the same codes.
 */
export class MemoryHost implements WindowsHost {
    private readonly name: string;
    private readonly mutexTimeoutMs: number;
    private readonly keepMof: boolean;

    constructor(
        private readonly model: WindowsMachine,
        { name = "memory", mutexTimeoutMs = 1000, keepMof = false }: MemoryHostOptions = {},
    ) {
        this.name = name;
        this.mutexTimeoutMs = mutexTimeoutMs;
        this.keepMof = keepMof;
    }

    async machine(): Promise<MachineFacts> {
        if (this.model.languageMode !== "FullLanguage") throw this.refusal("languageMode", "PowerShell is not in FullLanguage mode");
        const facts = await this.answer("the handshake", () => this.model.facts());
        if (!facts.elevated) throw this.refusal("notElevated", "the account is not an elevated administrator");
        if (facts.os64Bit && !facts.process64Bit) throw this.refusal("wrongBitness", "PowerShell is 32-bit on a 64-bit Windows");
        return facts;
    }

    async observe(request: ObserveRequest): Promise<Observation> {
        await this.machine();
        return this.answer("the read request", () => observe(this.model, request));
    }

    async apply(steps: readonly Step[], request: ObserveRequest): Promise<Applied> {
        await this.machine();
        const { mutexTimeoutMs, keepMof } = this;
        return this.answer("the write request", () => apply(this.model, { steps, observe: request, mutexTimeoutMs, keepMof }));
    }

    async readEvents(request: EventsRequest): Promise<EventsReading> {
        await this.machine();
        return this.answer("the event log request", () => readEvents(this.model, request));
    }

    private async answer<Value>(doing: string, verb: () => Value | Promise<Value>): Promise<Value> {
        try {
            return await verb();
        } catch (error) {
            throw failureError(failureOf(error), doing).on(this.name);
        }
    }

    private refusal(code: ErrorCode, summary: string): WmisecError {
        return new WmisecError(code, summary, { host: this.name, remedy: "switch off the model's fault" });
    }
}
