import type { DefinitionReading } from "../core/observation";
import type { Step } from "../core/step";
import { compileFile } from "./compilers";
import { deleteFile, hashOf, isNamed, readFile, sha256, writeFile } from "./fileAccess";
import { withTemporaryMof } from "./mofFolder";
import { type Halt, type StepContext, unexpected } from "./stepContext";
import { agentFailure, WindowsException } from "./windowsException";
import type { WindowsMachine } from "./windowsMachine";

/** Bytes. */
const MOST = 700_000;

const backupOf = (file: string): string => `${file}.pulumi-wmisec-backup`;

export function readDefinition(machine: WindowsMachine, file: string): DefinitionReading {
    const bytes = readSafely(machine, file);
    const backup = hashOf(machine, backupOf(file));
    return bytes === undefined ? { file, state: "missing", backup } : { file, state: "present", content: bytes.toString("base64"), backup };
}

/** The step `editDefinition`. */
export function editDefinition(
    context: StepContext,
    { file, expect, content, compiler }: Extract<Step, { do: "editDefinition" }>,
): Halt | null {
    const { machine } = context;
    const before = readSafely(machine, file);
    if (before === undefined || sha256(before) !== expect) return unexpected(describe(before));
    const bytes = Buffer.from(content, "base64");
    if (bytes.length > MOST) throw agentFailure("badRequest", "the MOF file in the request is too large");
    const notMof = withTemporaryMof(context, bytes, (temporary) => compileFile(machine, compiler, temporary, "check"));
    if (notMof !== null) return notMof;

    const backup = backupOf(file);
    const isFirst = readFile(machine, backup) === undefined;
    if (isFirst) writeFile(machine, backup, before);
    const undo = () => {
        writeFile(machine, file, before);
        if (isFirst) deleteFile(machine, backup);
    };
    try {
        writeFile(machine, file, bytes);
        context.halfway();
        const refused = compileFile(machine, compiler, file, "compile");
        if (refused !== null) undo();
        return refused;
    } catch (error) {
        // Anything else is the end of the process, which undoes nothing.
        if (error instanceof WindowsException) undo();
        throw error;
    }
}

/** The step `restoreDefinition`. */
export function restoreDefinition(
    { machine, halfway }: StepContext,
    { file, expect, backup }: Extract<Step, { do: "restoreDefinition" }>,
): Halt | null {
    const found = readSafely(machine, file);
    const kept = readFile(machine, backupOf(file));
    if (found === undefined || kept === undefined || sha256(found) !== expect || sha256(kept) !== backup)
        return unexpected(`${describe(found)}, backup ${kept === undefined ? "missing" : sha256(kept)}`);
    if (expect !== backup) writeFile(machine, file, kept);
    halfway();
    deleteFile(machine, backupOf(file));
    return null;
}

/** Undefined where there is no file. What others may change, or what is too large, is not read. */
function readSafely(machine: WindowsMachine, file: string): Buffer | undefined {
    const found = machine.files.get(file);
    if (found !== undefined && machine.faults.bite("definitionUnsafe", ({ files }) => isNamed(file, files)))
        throw agentFailure("unsafeFile", `${file} or its folder has a permission for S-1-5-32-545 that it should not have`);
    if (found !== undefined && found.bytes.length > MOST)
        throw agentFailure("fileTooLarge", `${file} has ${found.bytes.length} bytes; ${MOST} are the most`);
    return readFile(machine, file);
}

const describe = (bytes: Buffer | undefined): string => `file ${bytes === undefined ? "missing" : sha256(bytes)}`;
