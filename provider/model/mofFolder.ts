import { randomBytes } from "node:crypto";
import { writeTemporaryFile } from "./fileAccess";
import type { MachineState } from "./machineState";
import type { StepContext } from "./stepContext";
import { agentFailure, WindowsException } from "./windowsException";

/** Our folder for MOF files: only administrators have access. It is removed with its last file. */
export const MOF_FOLDER = "C:\\Program Files\\pulumi-wmisec";

/** Names of temporary files. Files that are kept on purpose, and registered ones, have other names. */
const TEMPORARY = /^[0-9a-f]{32}\.mof$/;

/** Creates the folder, or accepts an existing one that is safe. */
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

/** Removes what dead runs left. Only the holder of the mutex may have such files. */
export function removeLeftovers(machine: MachineState): void {
    // In an unsafe folder, nothing is deleted either; the step that needs it reports that.
    if (machine.faults.has("mofFolderUnsafe")) return;
    for (const name of machine.files.namesIn(MOF_FOLDER)) if (TEMPORARY.test(name)) machine.files.delete(`${MOF_FOLDER}\\${name}`);
    leaveMofFolder(machine);
}

/** Calls `use` with a file in our folder that has these bytes, and always removes it, unless it is to be kept. */
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
        // Any other error is the death of the process, which cleans up nothing.
        if (error instanceof WindowsException) tidy();
        throw error;
    }
}
