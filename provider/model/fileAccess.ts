import { createHash } from "node:crypto";
import type { MachineState } from "./machineState";
import { agentFailure, unauthorizedAccess } from "./windowsException";

/** Lower-case hex. */
export const sha256 = (bytes: Uint8Array): string => createHash("sha256").update(bytes).digest("hex");

/** As the agent reads a file; undefined where there is none. One that is not there can't be denied. */
export function readFile(machine: MachineState, path: string): Buffer | undefined {
    const found = machine.files.get(path);
    if (found !== undefined && machine.faults.bite("fileDenied", ({ files }) => isNamed(path, files))) throw denied(path);
    return found?.bytes;
}

export const hashOf = (machine: MachineState, path: string): string | null => {
    const bytes = readFile(machine, path);
    return bytes === undefined ? null : sha256(bytes);
};

/** A file that policy is about: what a plan must announce. */
export function writeFile(machine: MachineState, path: string, bytes: Uint8Array): void {
    const from = hashNow(machine, path);
    writeTemporaryFile(machine, path, bytes);
    machine.writes.add({ kind: "file", by: "agent", name: path, from, to: sha256(bytes) });
}

/** A file that policy is about. Nothing is written where none is there. */
export function deleteFile(machine: MachineState, path: string): void {
    const from = hashNow(machine, path);
    if (from === null) return;
    refuseWrite(machine, path);
    machine.files.delete(path);
    machine.writes.add({ kind: "file", by: "agent", name: path, from, to: null });
}

/** Makes a file what it was before, undefined: not there. Where it is so already nothing is written: the write may be what failed. */
export function putBack(machine: MachineState, path: string, before: Buffer | undefined): void {
    if (before === undefined) deleteFile(machine, path);
    else if (machine.files.get(path)?.bytes.equals(before) !== true) writeFile(machine, path, before);
}

/** A file that is gone again when its step ends: no write to tell of. */
export function writeTemporaryFile(machine: MachineState, path: string, bytes: Uint8Array): void {
    refuseWrite(machine, path);
    machine.files.write(path, bytes);
}

/** What a step does before it changes anything: a file that is marked read-only can be neither replaced nor deleted. */
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

/** `files` undefined means every file. */
export const isNamed = (path: string, files: readonly string[] | undefined): boolean =>
    files === undefined || files.some((one) => one.toLowerCase() === path.toLowerCase());

const denied = (path: string) => unauthorizedAccess(`path '${path}'`);
