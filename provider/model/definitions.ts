import { randomBytes } from "node:crypto";
import type { Compiler } from "../core/wire/compiler";
import type { DefinitionReading } from "../core/wire/definition";
import type { Step } from "../core/wire/step";
import { compileFile } from "./compilers";
import { assertChangeable, deleteFile, isNamed, putBack, readFile, sha256, writeFile, writeTemporaryFile } from "./fileAccess";
import type { MachineState } from "./machineState";
import { type StepContext, type StopReason, unexpected } from "./stepContext";
import { agentFailure, WindowsException } from "./windowsException";

/** The agent's limit. */
const MAX_BYTES = 700_000;

const backupOf = (file: string): string => `${file}.pulumi-wmisec-backup`;

/** Temporary files beside a definition file: the new text, and the replaced one. They outlive their step if the process dies. */
const BESIDE = /^[0-9a-f]{32}\.pulumi-wmisec-(new|old)$/;
const fileNameOf = (file: string): string => file.slice(file.lastIndexOf("\\") + 1);
const folderOf = (file: string): string => file.slice(0, file.lastIndexOf("\\"));
const besideName = (file: string, word: "new" | "old"): string => `${file}.${randomBytes(16).toString("hex")}.pulumi-wmisec-${word}`;

export function readDefinition(machine: MachineState, file: string): DefinitionReading {
    const bytes = readSafely(machine, file);
    const kept = readSafely(machine, backupOf(file));
    const backup = kept === undefined ? null : sha256(kept);
    return bytes === undefined ? { file, state: "missing", backup } : { file, state: "present", content: bytes.toString("base64"), backup };
}

/** The step `editDefinition`. The new text is checked in its temporary file. */
export function editDefinition(
    context: StepContext,
    { file, expect, content, compiler }: Extract<Step, { do: "editDefinition" }>,
): StopReason | null {
    const { machine } = context;
    const before = readSafely(machine, file);
    if (before === undefined || sha256(before) !== expect) return unexpected(described(before));
    assertChangeable(machine, file);
    const bytes = Buffer.from(content, "base64");
    if (bytes.length > MAX_BYTES) throw agentFailure("badRequest", "the MOF file in the request is too large");
    try {
        const coming = besideName(file, "new");
        writeTemporaryFile(machine, coming, bytes);
        const refused = compileFile(machine, compiler, coming, "check") ?? replace(context, file, before, bytes, compiler);
        removeBeside(machine, file);
        return refused;
    } catch (error) {
        // Any other error is the death of the process, which cleans up nothing.
        if (error instanceof WindowsException) removeBeside(machine, file);
        throw error;
    }
}

/** Keeps a backup, replaces the file and compiles it. If anything fails, all of it is undone. */
function replace({ machine, halfway }: StepContext, file: string, before: Buffer, bytes: Buffer, compiler: Compiler): StopReason | null {
    const backup = backupOf(file);
    const isFirst = readSafely(machine, backup) === undefined;
    if (isFirst) writeFile(machine, backup, before);
    const undo = () => {
        putBack(machine, file, before);
        if (isFirst) deleteFile(machine, backup);
    };
    try {
        writeFile(machine, file, bytes);
        removeBeside(machine, file);
        writeTemporaryFile(machine, besideName(file, "old"), before);
        halfway();
        const refused = compileFile(machine, compiler, file, "compile");
        if (refused !== null) undo();
        return refused;
    } catch (error) {
        // Any other error is the death of the process, which undoes nothing.
        if (error instanceof WindowsException) undo();
        throw error;
    }
}

/** The step `restoreDefinition`. The backup becomes the file in one operation. */
export function restoreDefinition(
    { machine, halfway }: StepContext,
    { file, expect, backup }: Extract<Step, { do: "restoreDefinition" }>,
): StopReason | null {
    const found = readSafely(machine, file);
    const kept = readSafely(machine, backupOf(file));
    if (found === undefined || kept === undefined || sha256(found) !== expect || sha256(kept) !== backup)
        return unexpected(`file ${described(found)}, backup ${described(kept)}`);
    for (const one of [file, backupOf(file)]) assertChangeable(machine, one);
    if (expect !== backup) {
        writeFile(machine, file, kept);
        writeTemporaryFile(machine, besideName(file, "old"), found);
    }
    deleteFile(machine, backupOf(file));
    halfway();
    removeBeside(machine, file);
    return null;
}

/** Removes what dead runs left, unless the file itself is missing, unreadable or writable for others. */
export function removeBeside(machine: MachineState, file: string): void {
    const { files, faults } = machine;
    if (files.get(file) === undefined || faults.has("definitionUnsafe") || faults.has("fileDenied")) return;
    const [folder, own] = [folderOf(file), `${fileNameOf(file).toLowerCase()}.`];
    for (const name of files.namesIn(folder))
        if (name.toLowerCase().startsWith(own) && BESIDE.test(name.slice(own.length).toLowerCase())) files.delete(`${folder}\\${name}`);
}

/** Undefined if there is no file. Refuses files that others may change and files that are too large. */
function readSafely(machine: MachineState, file: string): Buffer | undefined {
    const found = machine.files.get(file);
    if (found !== undefined && machine.faults.bite("definitionUnsafe", ({ files }) => isNamed(file, files)))
        throw agentFailure("unsafeFile", `${file} may be changed by S-1-5-32-545`);
    if (found !== undefined && found.bytes.length > MAX_BYTES)
        throw agentFailure("fileTooLarge", `${file} has ${found.bytes.length} bytes; at most ${MAX_BYTES} are supported`);
    return readFile(machine, file);
}

const described = (bytes: Buffer | undefined): string => (bytes === undefined ? "missing" : sha256(bytes));
