import { createHash } from "node:crypto";
import type { MachineState } from "./machineState";
import { agentFailure, unauthorizedAccess } from "./windowsException";

/** Lower-case hex. */
export const sha256 = (bytes: Uint8Array): string => createHash("sha256").update(bytes).digest("hex");

/** Reads a file as the agent does; undefined if there is none. A missing file can't be denied. */
export function readFile(machine: MachineState, path: string): Buffer | undefined {
    const found = machine.files.get(path);
    if (found !== undefined && machine.faults.bite("fileDenied", ({ files }) => isNamed(path, files))) throw denied(path);
    return found?.bytes;
}

export const hashOf = (machine: MachineState, path: string): string | null => {
    const bytes = readFile(machine, path);
    return bytes === undefined ? null : sha256(bytes);
};

/** Writes a file that policy governs: a plan must announce this write. */
export function writeFile(machine: MachineState, path: string, bytes: Uint8Array): void {
    const from = hashNow(machine, path);
    writeTemporaryFile(machine, path, bytes);
    machine.writes.add({ kind: "file", by: "agent", name: path, from, to: sha256(bytes) });
}

/** Deletes a file that policy governs. If there is none, nothing is written. */
export function deleteFile(machine: MachineState, path: string): void {
    const from = hashNow(machine, path);
    if (from === null) return;
    refuseWrite(machine, path);
    machine.files.delete(path);
    machine.writes.add({ kind: "file", by: "agent", name: path, from, to: null });
}

/** Restores a file; `undefined` means that there was none. An unchanged file is not written: the write may be what failed. */
export function putBack(machine: MachineState, path: string, before: Buffer | undefined): void {
    if (before === undefined) deleteFile(machine, path);
    else if (machine.files.get(path)?.bytes.equals(before) !== true) writeFile(machine, path, before);
}

/** Writes a file that its step removes again; the write log does not record it. */
export function writeTemporaryFile(machine: MachineState, path: string, bytes: Uint8Array): void {
    refuseWrite(machine, path);
    machine.files.write(path, bytes);
}

/** Called by steps before they change anything: a read-only file can be neither replaced nor deleted. */
export function assertChangeable(machine: MachineState, path: string): void {
    if (machine.files.get(path) !== undefined && machine.faults.bite("fileReadOnly", ({ files }) => isNamed(path, files)))
        throw agentFailure("readOnlyFile", `${path} is marked read-only`);
}

const hashNow = ({ files }: MachineState, path: string): string | null => {
    const found = files.get(path);
    return found === undefined ? null : sha256(found.bytes);
};

function refuseWrite(machine: MachineState, path: string): void {
    const named = ({ files }: { readonly files?: readonly string[] }) => isNamed(path, files);
    if (!machine.elevated || machine.faults.bite("fileDenied", named) || machine.faults.bite("fileWriteDenied", named)) throw denied(path);
}

/** If `files` is undefined, every file is named. */
export const isNamed = (path: string, files: readonly string[] | undefined): boolean =>
    files === undefined || files.some((one) => one.toLowerCase() === path.toLowerCase());

const denied = (path: string) => unauthorizedAccess(`path '${path}'`);
