import { setTimeout as setTimeoutPromise } from "node:timers/promises";
import type { FaultTable } from "../model/faultTable";
import type { WindowsMachine } from "../model/windowsMachine";
import type { Counters } from "./counters";
import type { SimulatorFaults } from "./faults";
import type { InputBytes } from "./inputBytes";

/** The environment of a PowerShell process on a simulated host. */
export interface AgentSurroundings {
    readonly machine: WindowsMachine;
    readonly faults: FaultTable<SimulatorFaults>;
    readonly counters: Counters;
    readonly input: InputBytes;
    readonly noise: boolean;
    /** Milliseconds from the start to the first byte read. */
    readonly startupMs: number;
    /** Milliseconds that each verb takes. */
    readonly verbMs: number;
    /** Aborted when the host is switched off: the process ends at once. */
    readonly signal: AbortSignal;
    output(bytes: Buffer | string): void;
    errorOutput(text: string): void;
    /** Breaks the connection; `politely`: after all output was sent. */
    drop(politely: boolean): void;
}

/** @throws AbortError if the signal comes first */
export function sleep(ms: number, signal: AbortSignal): Promise<void> {
    if (ms <= 0 && !signal.aborted) return Promise.resolve();
    return setTimeoutPromise(ms, undefined, { signal });
}
