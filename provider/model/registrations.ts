import type { NamespacePath } from "../core/namespacePath";
import type { RegistrationReading } from "../core/observation";
import { AUTORECOVER_LIST, registrationFileName } from "../core/registration";
import { describeValue, type RegistryValue } from "../core/registry";
import type { Step } from "../core/step";
import { compileFile } from "./compilers";
import { deleteFile, hashOf, writeFile } from "./fileAccess";
import { assertMofFolderSafe, enterMofFolder, leaveMofFolder, MOF_FOLDER } from "./mofFolder";
import { readNamespace } from "./namespaceFlags";
import { readValue, writeValue } from "./registryAccess";
import { assertAscii, type Halt, type StepContext, unexpected } from "./stepContext";
import { agentFailure } from "./windowsException";
import type { WindowsMachine } from "./windowsMachine";

type Found = Pick<Extract<RegistrationReading, { state: "read" }>, "registered" | "file">;

/** Our file for a namespace, as the list names it. */
export const registeredFile = (path: NamespacePath): string => `${MOF_FOLDER}\\${registrationFileName(path)}`;

export function readRegistration(machine: WindowsMachine, path: NamespacePath): RegistrationReading {
    return { path, state: "read", ...findRegistration(machine, path) };
}

/** The step `registerMof`. What the compiler refuses stays as a file that is not registered. */
export function registerMof(context: StepContext, { path, expect, mof, compiler }: Extract<Step, { do: "registerMof" }>): Halt | null {
    assertAscii(mof);
    const { machine } = context;
    const found = findRegistration(machine, path);
    if (describe(found) !== describe(expect)) return unexpected(describe(found));
    const namespace = readNamespace(machine, path);
    if (namespace.state === "missing") return unexpected("missing");
    enterMofFolder(machine);
    try {
        writeFile(machine, registeredFile(path), Buffer.from(mof, "latin1"));
    } finally {
        leaveMofFolder(machine);
    }
    context.halfway();
    return compileFile(machine, compiler, registeredFile(path), "compile");
}

/** The step `unregisterMof`. */
export function unregisterMof({ machine, halfway }: StepContext, { path, expect }: Extract<Step, { do: "unregisterMof" }>): Halt | null {
    const found = findRegistration(machine, path);
    if (describe(found) !== describe(expect)) return unexpected(describe(found));
    const file = registeredFile(path);
    if (found.registered) {
        const from = readValue(machine, AUTORECOVER_LIST);
        const others = listed(from).filter((one) => !sameFile(one, file));
        writeValue(machine, AUTORECOVER_LIST, from, { kind: "REG_MULTI_SZ", value: others });
    }
    halfway();
    deleteFile(machine, file);
    leaveMofFolder(machine);
    return null;
}

function findRegistration(machine: WindowsMachine, path: NamespacePath): Found {
    const file = registeredFile(path);
    const hash = hashOf(machine, file);
    // A file that others can change does not count as ours.
    if (hash !== null) assertMofFolderSafe(machine);
    return { registered: listed(readValue(machine, AUTORECOVER_LIST)).some((one) => sameFile(one, file)), file: hash };
}

/** @throws WindowsException when the list is of a kind that we do not know */
function listed(value: RegistryValue): readonly string[] {
    if (value === "absent") return [];
    if (value.kind === "REG_MULTI_SZ") return value.value;
    const { key, name } = AUTORECOVER_LIST;
    throw agentFailure("unexpectedValue", `HKLM\\${key} ${name} is ${describeValue(value)}, not REG_MULTI_SZ`);
}

const sameFile = (a: string, b: string): boolean => a.toLowerCase() === b.toLowerCase();

const describe = ({ registered, file }: Found): string => `registered ${String(registered).toUpperCase()}, file ${file ?? "absent"}`;
