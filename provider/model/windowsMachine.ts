import { BehindOurBack } from "./behindOurBack";
import type { FaultTable } from "./faultTable";
import type { MachineFaults } from "./machineFaults";
import { MachineState, type WindowsMachineOptions } from "./machineState";
import { rebuildRepository } from "./repositoryRebuild";

export type { WindowsMachineOptions } from "./machineState";

/**
 * A Windows machine in memory: what concerns encryption policy. It is a model, not Windows: where Windows' behaviour is unknown, the model
 * is the stricter one, and a comment says so.
 */
export class WindowsMachine extends MachineState {
    /** What somebody else does to the machine. */
    readonly behindOurBack = new BehindOurBack(this);

    /** @param faults the machine's faults; pass your own table to add faults of other parts, such as an SSH server */
    constructor(options: WindowsMachineOptions = {}, faults?: FaultTable<MachineFaults>) {
        super(options, faults);
    }

    /**
     * What Windows does when it finds the repository damaged. Flags return to the vendor's defaults, and everything stored without a
     * registration is lost, including namespaces. Then the MOF files in the registry's list are compiled in order. A file that is missing
     * or does not compile is logged as an event, and the rebuild continues. Files, registry and events stay, and so does the list.
     */
    rebuildRepository(): void {
        rebuildRepository(this);
    }
}
