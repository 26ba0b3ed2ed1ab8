import type { Stopped } from "../core/wire/step";
import type { MachineState } from "./machineState";
import { agentFailure } from "./windowsException";

/** What a step is carried out with. */
export interface StepContext {
    readonly machine: MachineState;
    /** Leaves temporary MOF files where they are, under another name. */
    readonly keepMof: boolean;
    /**
     * Called once by each step, after its comparison and before its last effect: the process may die here, by an exception that
     * no Windows throws.
     */
    readonly halfway: () => void;
}

/** Why a step was not carried out, without its number. */
export type Halt = Stopped extends infer S ? (S extends Stopped ? Omit<S, "step"> : never) : never;

export const unexpected = (found: string): Halt => ({ reason: "unexpected", found: found.slice(0, 4000) });

/** @throws WindowsException when the MOF of a request is not what the agent takes */
export function assertAscii(mof: string): void {
    if (!/^[\t\n\r\x20-\x7e]+$/.test(mof)) throw agentFailure("badRequest", "the MOF in the request is empty or not ASCII");
}
