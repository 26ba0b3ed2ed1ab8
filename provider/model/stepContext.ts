import type { Stopped } from "../core/wire/step";
import type { MachineState } from "./machineState";
import { agentFailure } from "./windowsException";

/** What a step needs. */
export interface StepContext {
    readonly machine: MachineState;
    /** Leaves temporary MOF files in place, under another name. */
    readonly keepMof: boolean;
    /**
     * Called once by each step, after its comparison and before its last effect. The process may die here, by an exception that Windows
     * never throws.
     */
    readonly halfway: () => void;
}

/** Why a step was not carried out, without its number. */
export type StopReason = Stopped extends infer S ? (S extends Stopped ? Omit<S, "step"> : never) : never;

export const unexpected = (found: string): StopReason => ({ reason: "unexpected", found: found.slice(0, 4000) });

/** @throws WindowsException if the agent would reject the MOF of a request */
export function assertAscii(mof: string): void {
    if (!/^[\t\n\r\x20-\x7e]+$/.test(mof)) throw agentFailure("badRequest", "the MOF in the request is empty or not ASCII");
}
