import type { FlagReadings, NamespaceReading } from "../core/wire/namespaceFlag";
import type { Step } from "../core/wire/step";
import { compileText } from "./compilers";
import type { MachineState } from "./machineState";
import { namespaceKey } from "./namespaceTree";
import { assertAscii, type StepContext, type StopReason, unexpected } from "./stepContext";
import { agentFailure, namespaceDenied, wmiServiceDown } from "./windowsException";

/** @throws WindowsException if the namespace can't be read */
export function readNamespace(machine: MachineState, path: NamespaceReading["path"]): NamespaceReading {
    const flag = flagIfThere(machine, path);
    return flag === "missing" ? { path, state: "missing" } : { path, state: "present", flag };
}

/** The step `compileMof`. */
export function compileMof(
    context: StepContext,
    { path, expect, mof, required, compiler }: Extract<Step, { do: "compileMof" }>,
): StopReason | null {
    assertAscii(mof);
    const found = describeFlag(flagIfThere(context.machine, path));
    if (found !== describeFlag(expect)) return unexpected(found);
    const refused = compileText(context, compiler, mof);
    if (refused !== null) return refused;
    const after = flagIfThere(context.machine, path);
    return after !== "missing" && isMet(after, required) ? null : { reason: "unmet", found: describeFlag(after) };
}

/** The stored flag decides; if there is none, the parent's; if neither has one, the flag counts as FALSE. */
const isMet = ({ effective, stored }: FlagReadings, required: boolean): boolean => (stored ?? effective ?? false) === required;

function flagIfThere(machine: MachineState, path: string): FlagReadings | "missing" {
    if (!machine.wmiUp) throw wmiServiceDown();
    const named = ({ paths }: { readonly paths: readonly string[] }) => paths.some((one) => namespaceKey(one) === namespaceKey(path));
    if (machine.faults.bite("namespaceDenied", named)) throw namespaceDenied();
    const found = machine.namespaces.readings(path);
    if (found === undefined) return "missing";
    if (machine.faults.bite("flagNotBoolean", named))
        throw agentFailure("unexpectedValue", `RequiresEncryption of ${path} is a System.String, not a boolean`);
    return found;
}

function describeFlag(flag: FlagReadings | "missing"): string {
    if (flag === "missing") return flag;
    const said = (reading: boolean | null) => (reading === null ? "absent" : String(reading).toUpperCase());
    return `effective ${said(flag.effective)}, stored ${said(flag.stored)}`;
}
