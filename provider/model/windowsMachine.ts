import { BehindOurBack } from "./behindOurBack";
import type { FaultTable } from "./faultTable";
import type { MachineFaults } from "./machineFaults";
import { MachineState, type WindowsMachineOptions } from "./machineState";
import { rebuildRepository } from "./repositoryRebuild";

export type { WindowsMachineOptions } from "./machineState";

/**
 * A Windows machine in memory: what encryption policy can see of one and change on it. A model, not Windows: where Windows
 * is not known the model is the stricter one, and the place says so.
 */
export class WindowsMachine extends MachineState {
    /** What somebody else does to the machine. */
    readonly behindOurBack = new BehindOurBack(this);

    /** @param faults what is wrong with it; pass one's own table to add faults of what stands in front of the machine */
    constructor(options: WindowsMachineOptions = {}, faults?: FaultTable<MachineFaults>) {
        super(options, faults);
    }

    /**
     * What Windows does when it finds the repository damaged. Flags go back to the vendor's defaults, and what was stored and has
     * no registration is lost, namespaces too. Then the MOF files of the registry's list are compiled in its order; one that is
     * gone or does not compile is told in an event, and on it goes. Files, registry and events stay, and so does the list.
     */
    rebuildRepository(): void {
        rebuildRepository(this);
    }
}
