import type { RegistryData } from "../../provider/core/registry";
import type { SimulatedWinrmOptions, SimulatorFaults, WinrmMessage } from "../../provider/simulator";
import type { Cells } from "./cells";
import type { FaultWorld } from "./faultWorld";

/** A login, an answer, the compiler on the host, or the answer to a message of WinRM. */
export type Hangs = "login" | "answer" | "compiler" | WinrmMessage;

/** A fault, and what is to come of it. */
export interface Row {
    readonly name: string;
    /** Switches the fault on. What it does stays until `mend`, or until it has bitten as often as it says. */
    readonly light: (world: FaultWorld) => unknown;
    /** @default all faults of the table off */
    readonly mend?: (world: FaultWorld) => unknown;
    /** The fault is that somebody has put this into the registry value: it is what stood there before a create, and what a delete leaves. */
    readonly changed?: RegistryData;
    /** What waits for a deadline under the fault: only then is it a short one. A busy machine is slow, and slow is no fault. */
    readonly hangs?: Hangs;
    /** @default "mofcomp" */
    readonly compiler?: "api";
    /** Over WinRM: how the host listens. */
    readonly winrm?: SimulatedWinrmOptions;
    /** Over WinRM: whether the program names the host's certificate, and not who may have signed it. */
    readonly isPinned?: boolean;
    /** Over WinRM: how many shells the host has when the controller is gone. @default not looked at: what is deleted in haste may stay */
    readonly shells?: number;
    readonly cells: Cells;
    /** What a create, read or update that is fine all the same must warn of. */
    readonly warns?: RegExp;
    /** What an error must say, besides the host. */
    readonly says: RegExp;
}

export const UNREAD = /the event log could not be read/;

export function on<Name extends keyof SimulatorFaults>(name: Name, detail: SimulatorFaults[Name], times?: number): Row["light"] {
    return ({ host }) => host.faults.on(name, detail, times);
}
