import { AUTORECOVER_LIST, registrationFileName } from "../core/mof/autorecover";
import type { NamespacePath } from "../core/namespacePath";
import { describeValue, type RegistryValue } from "../core/registry";
import type { Compiler } from "../core/wire/compiler";
import type { RegistrationReading } from "../core/wire/registration";
import type { Step } from "../core/wire/step";
import { compileFile } from "./compilers";
import { assertChangeable, deleteFile, hashOf, putBack, readFile, writeFile } from "./fileAccess";
import type { MachineState } from "./machineState";
import { assertMofFolderSafe, enterMofFolder, leaveMofFolder, MOF_FOLDER } from "./mofFolder";
import { readNamespace } from "./namespaceFlags";
import { readValue, writeValue } from "./registryAccess";
import { assertAscii, type StepContext, type StopReason, unexpected } from "./stepContext";
import { agentFailure, WindowsException } from "./windowsException";

type Found = Pick<Extract<RegistrationReading, { state: "read" }>, "registered" | "file">;

/**
 * Where Windows seems to keep a copy of each registered file. The model makes none: when Windows does, and what a copy looks like, is not
 * known.
 */
const COPIES = "C:\\Windows\\System32\\wbem\\AutoRecover";

/** The path of our file for a namespace, as in the list. */
export const registeredFile = (path: NamespacePath): string => `${MOF_FOLDER}\\${registrationFileName(path)}`;

export function readRegistration(machine: MachineState, path: NamespacePath): RegistrationReading {
    return { path, state: "read", ...findRegistration(machine, path) };
}

/** The step `registerMof`. If the compiler refuses or dies, file and list are restored. */
export function registerMof(
    context: StepContext,
    { path, expect, mof, compiler }: Extract<Step, { do: "registerMof" }>,
): StopReason | null {
    assertAscii(mof);
    const { machine } = context;
    const found = findRegistration(machine, path);
    if (describe(found) !== describe(expect)) return unexpected(describe(found));
    const namespace = readNamespace(machine, path);
    if (namespace.state === "missing") return unexpected("missing");
    const file = registeredFile(path);
    enterMofFolder(machine);
    try {
        assertChangeable(machine, file);
        const before = readFile(machine, file);
        const bytes = Buffer.from(mof, "latin1");
        writeFile(machine, file, bytes);
        context.halfway();
        const refused = compiled(context, compiler, file, () => {
            if (!expect.registered) unlist(machine, file);
            putBack(machine, file, before);
        });
        if (refused === null && before !== undefined && !before.equals(bytes)) removeCopies(machine, before);
        return refused;
    } finally {
        leaveMofFolder(machine);
    }
}

/** Compiles, and undoes everything if that fails. The death of the process undoes nothing. */
function compiled({ machine }: StepContext, compiler: Compiler, file: string, undo: () => void): StopReason | null {
    try {
        const refused = compileFile(machine, compiler, file, "compile");
        if (refused !== null) undo();
        return refused;
    } catch (error) {
        if (error instanceof WindowsException) undo();
        throw error;
    }
}

/** The step `unregisterMof`. */
export function unregisterMof(
    { machine, halfway }: StepContext,
    { path, expect }: Extract<Step, { do: "unregisterMof" }>,
): StopReason | null {
    const found = findRegistration(machine, path);
    if (describe(found) !== describe(expect)) return unexpected(describe(found));
    const file = registeredFile(path);
    assertChangeable(machine, file);
    const bytes = readFile(machine, file);
    if (found.registered) unlist(machine, file);
    halfway();
    deleteFile(machine, file);
    if (bytes !== undefined) removeCopies(machine, bytes);
    leaveMofFolder(machine);
    return null;
}

/** Removes a file from the list, if it is in it. */
function unlist(machine: MachineState, file: string): void {
    const from = readValue(machine, AUTORECOVER_LIST);
    const others = listed(from).filter((one) => !sameFile(one, file));
    if (others.length === listed(from).length) return;
    writeValue(machine, AUTORECOVER_LIST, from, { kind: "REG_MULTI_SZ", value: others });
    machine.listChanged();
}

/** Removes Windows' copies of a file of ours: those that have exactly our text, in any encoding, and that the list does not name. */
function removeCopies({ files, autorecoverList }: MachineState, mof: Buffer): void {
    const utf16 = Buffer.from(mof.toString("latin1"), "utf16le");
    const texts = [mof, utf16, Buffer.concat([Buffer.from([0xff, 0xfe]), utf16])];
    for (const name of files.namesIn(COPIES)) {
        const file = `${COPIES}\\${name}`;
        const isNamed = autorecoverList.some((one) => one.toLowerCase().endsWith(`\\${name.toLowerCase()}`));
        if (!isNamed && texts.some((text) => files.get(file)?.bytes.equals(text))) files.delete(file);
    }
}

function findRegistration(machine: MachineState, path: NamespacePath): Found {
    const file = registeredFile(path);
    const hash = hashOf(machine, file);
    // A file that others can change does not count as ours.
    if (hash !== null) assertMofFolderSafe(machine);
    return { registered: listed(readValue(machine, AUTORECOVER_LIST)).some((one) => sameFile(one, file)), file: hash };
}

/** @throws WindowsException if the list has another type */
function listed(value: RegistryValue): readonly string[] {
    if (value === "absent") return [];
    if (value.kind === "REG_MULTI_SZ") return value.value;
    const { key, name } = AUTORECOVER_LIST;
    throw agentFailure("unexpectedValue", `HKLM\\${key} ${name} is ${describeValue(value)}, not REG_MULTI_SZ`);
}

const sameFile = (a: string, b: string): boolean => a.toLowerCase() === b.toLowerCase();

const describe = ({ registered, file }: Found): string => `registered ${String(registered).toUpperCase()}, file ${file ?? "absent"}`;
