import { describeValue, LEDGER_KEY, type RegistryData, type RegistryLocation, type RegistryValue, sameValue } from "../core/registry";
import type { LedgerRecord } from "../core/wire/observation";
import type { ValueReading } from "../core/wire/registryValue";
import type { MachineState } from "./machineState";
import { type StepContext, type StopReason, unexpected } from "./stepContext";
import { agentFailure, ioException, securityException, unauthorizedAccess } from "./windowsException";

export function observeValue(machine: MachineState, { key, name }: RegistryLocation): ValueReading {
    const data = readValue(machine, { key, name });
    if (data === "absent") return { key, name, state: "absent" };
    // In an answer, all lines together count as one text.
    if (data.kind === "REG_MULTI_SZ") refuseLong(data.value.join(" "), MAX_TEXT, { key, name });
    return { key, name, state: "present", data };
}

/** Reads a value as the agent does. */
export function readValue(machine: MachineState, { key, name }: RegistryLocation): RegistryValue {
    refuseRead(machine, key);
    const data = machine.registry.get(key, name);
    if (data !== "absent") refuseLarge(data, { key, name });
    return data;
}

const MAX_TEXT = 65_536;
const MAX_LINES = 4096;
const MAX_LINE = 4096;

/** Rejects what the agent rejects, in its words: values that are too large for an answer. */
function refuseLarge({ kind, value }: RegistryData, at: RegistryLocation): void {
    const where = `HKLM\\${at.key} ${at.name}`;
    if (kind === "REG_SZ" || kind === "REG_EXPAND_SZ") refuseLong(value, MAX_TEXT, at);
    if ((kind === "REG_BINARY" || kind === "REG_NONE") && value.length > 2 * MAX_TEXT)
        throw agentFailure("unexpectedValue", `${where} has ${value.length / 2} bytes; at most ${MAX_TEXT} are supported`);
    if (kind !== "REG_MULTI_SZ") return;
    if (value.length > MAX_LINES)
        throw agentFailure("unexpectedValue", `${where} has ${value.length} lines; at most ${MAX_LINES} are supported`);
    for (const line of value) refuseLong(line, MAX_LINE, at);
}

function refuseLong(text: string, most: number, { key, name }: RegistryLocation): void {
    if (text.length <= most) return;
    throw agentFailure("unexpectedValue", `HKLM\\${key} ${name} has text of ${text.length} characters; at most ${most} are supported`);
}

/** Writes a value as the agent does; `absent` deletes it. The key must exist. */
export function writeValue(machine: MachineState, { key, name }: RegistryLocation, from: RegistryValue, to: RegistryValue): void {
    const gone = machine.faults.bite("keyMissingAtWrite", ({ keys }) => isBelow(key, keys)) !== undefined;
    if (gone || !machine.registry.keyExists(key)) throw ioException(`there is no key HKLM\\${key}`);
    if (!mayWrite(machine, key)) throw securityException();
    machine.registry.set(key, name, to);
    machine.writes.add({ kind: "value", by: "agent", name: `${key}\\${name}`, from, to });
}

/** The step `setValue`. */
export function setValue(
    { machine, halfway }: StepContext,
    { key, name, expect, data }: RegistryLocation & { readonly expect: RegistryData | null; readonly data: RegistryData | null },
): StopReason | null {
    const location = { key, name };
    const found = readValue(machine, location);
    if (!sameValue(found, expect ?? "absent")) return unexpected(describeValue(found));
    halfway();
    writeValue(machine, location, found, data ?? "absent");
    return null;
}

export function readLedger(machine: MachineState): LedgerRecord[] {
    refuseRead(machine, LEDGER_KEY);
    return machine.registry.valueNames(LEDGER_KEY).map((item) => {
        const data = machine.registry.get(LEDGER_KEY, item);
        return { item, text: data !== "absent" && data.kind === "REG_SZ" ? data.value : null };
    });
}

/** The step `setLedger`. */
export function setLedger(
    { machine, halfway }: StepContext,
    { item, expect, text }: { readonly item: string; readonly expect: string | null; readonly text: string | null },
): StopReason | null {
    const found = readValue(machine, { key: LEDGER_KEY, name: item });
    if (!sameValue(found, entryOf(expect))) return unexpected(describeValue(found));
    halfway();
    // .NET creates a key with one call and opens it with another, and they throw different exceptions.
    if (!mayWrite(machine, LEDGER_KEY))
        throw text === null ? securityException() : unauthorizedAccess(`registry key 'HKEY_LOCAL_MACHINE\\${LEDGER_KEY}'`);
    machine.registry.set(LEDGER_KEY, item, entryOf(text));
    if (expect !== null || text !== null) machine.writes.add({ kind: "ledger", by: "agent", name: item, from: expect, to: text });
    // The key is deleted with its last entry; so is the product's own key above it, unless somebody put something there.
    for (const key of [LEDGER_KEY, LEDGER_KEY.slice(0, LEDGER_KEY.lastIndexOf("\\"))])
        if (machine.registry.isEmpty(key)) machine.registry.deleteKey(key);
    return null;
}

const entryOf = (text: string | null): RegistryValue => (text === null ? "absent" : { kind: "REG_SZ", value: text });

/** A missing key can't be denied: opening it reports that it is missing. */
function refuseRead(machine: MachineState, key: string): void {
    if (machine.registry.keyExists(key) && machine.faults.bite("registryDenied", ({ keys }) => isBelow(key, keys)))
        throw securityException();
}

const mayWrite = (machine: MachineState, key: string): boolean =>
    machine.elevated && machine.faults.bite("registryWriteDenied", ({ keys }) => isBelow(key, keys)) === undefined;

/** If `keys` is undefined, every key qualifies. */
function isBelow(key: string, keys: readonly string[] | undefined): boolean {
    const own = `${key.toLowerCase()}\\`;
    return keys === undefined || keys.some((one) => own.startsWith(`${one.toLowerCase()}\\`));
}
