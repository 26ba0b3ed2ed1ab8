import { randomBytes } from "node:crypto";
import { writeTemporaryFile } from "./fileAccess";
import type { MachineState } from "./machineState";
import type { StepContext } from "./stepContext";
import { agentFailure, WindowsException } from "./windowsException";

/** Our folder for MOF files: only administrators get in. It goes with its last file. */
export const MOF_FOLDER = "C:\\Program Files\\pulumi-wmisec";

/** Names of temporary files; those that were kept on purpose, and registered ones, have others. */
const TEMPORARY = /^[0-9a-f]{32}\.mof$/;

/** Makes the folder, or takes one that is there and safe. */
export function enterMofFolder(machine: MachineState): void {
    assertMofFolderSafe(machine);
    machine.files.makeFolder(MOF_FOLDER);
}

export function assertMofFolderSafe({ faults }: MachineState): void {
    if (faults.bite("mofFolderUnsafe"))
        throw agentFailure("unsafeFolder", `${MOF_FOLDER} has a permission for S-1-5-32-545 that it should not have`);
}

export function leaveMofFolder({ files }: MachineState): void {
    files.removeFolderIfEmpty(MOF_FOLDER);
}

/** What runs left that died in the middle. Who holds the mutex is the only one who may have such a file. */
export function removeLeftovers(machine: MachineState): void {
    // In a folder that others can change nothing is deleted either; the step that needs it says so.
    if (machine.faults.has("mofFolderUnsafe")) return;
    for (const name of machine.files.namesIn(MOF_FOLDER)) if (TEMPORARY.test(name)) machine.files.delete(`${MOF_FOLDER}\\${name}`);
    leaveMofFolder(machine);
}

/** Gives `use` a file of our folder that holds these bytes, and removes it whatever happens, unless it is to be kept. */
export function withTemporaryMof<Result>({ machine, keepMof }: StepContext, bytes: Uint8Array, use: (file: string) => Result): Result {
    enterMofFolder(machine);
    const file = `${MOF_FOLDER}\\${keepMof ? "kept-" : ""}${randomBytes(16).toString("hex")}.mof`;
    const tidy = () => {
        if (!keepMof) machine.files.delete(file);
        leaveMofFolder(machine);
    };
    try {
        writeTemporaryFile(machine, file, bytes);
        const result = use(file);
        tidy();
        return result;
    } catch (error) {
        // Anything else is the end of the process, which tidies nothing.
        if (error instanceof WindowsException) tidy();
        throw error;
    }
}
