import type { LedgerRecord, ValueReading } from "../core/observation";
import { describeValue, LEDGER_KEY, type RegistryData, type RegistryLocation, type RegistryValue, sameValue } from "../core/registry";
import { type Halt, type StepContext, unexpected } from "./stepContext";
import { ioException, securityException, unauthorizedAccess } from "./windowsException";
import type { WindowsMachine } from "./windowsMachine";

export function observeValue(machine: WindowsMachine, { key, name }: RegistryLocation): ValueReading {
    const data = readValue(machine, { key, name });
    return data === "absent" ? { key, name, state: "absent" } : { key, name, state: "present", data };
}

/** As the agent reads a value. */
export function readValue(machine: WindowsMachine, { key, name }: RegistryLocation): RegistryValue {
    refuseRead(machine, key);
    return machine.registry.get(key, name);
}

/** As the agent writes a value; `absent` deletes it. The key must be there. */
export function writeValue(machine: WindowsMachine, { key, name }: RegistryLocation, from: RegistryValue, to: RegistryValue): void {
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
): Halt | null {
    const location = { key, name };
    const found = readValue(machine, location);
    if (!sameValue(found, expect ?? "absent")) return unexpected(describeValue(found));
    halfway();
    writeValue(machine, location, found, data ?? "absent");
    return null;
}

export function readLedger(machine: WindowsMachine): LedgerRecord[] {
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
): Halt | null {
    const found = readValue(machine, { key: LEDGER_KEY, name: item });
    if (!sameValue(found, entryOf(expect))) return unexpected(describeValue(found));
    halfway();
    // .NET makes a key by one call and opens it by another, and each has an exception of its own.
    if (!mayWrite(machine, LEDGER_KEY))
        throw text === null ? securityException() : unauthorizedAccess(`registry key 'HKEY_LOCAL_MACHINE\\${LEDGER_KEY}'`);
    machine.registry.set(LEDGER_KEY, item, entryOf(text));
    if (expect !== null || text !== null) machine.writes.add({ kind: "ledger", by: "agent", name: item, from: expect, to: text });
    // The key goes with its last entry, and the product's own key above it unless somebody put something there.
    for (const key of [LEDGER_KEY, LEDGER_KEY.slice(0, LEDGER_KEY.lastIndexOf("\\"))])
        if (machine.registry.isEmpty(key)) machine.registry.deleteKey(key);
    return null;
}

const entryOf = (text: string | null): RegistryValue => (text === null ? "absent" : { kind: "REG_SZ", value: text });

/** A key that is not there can't be denied: opening it says so. */
function refuseRead(machine: WindowsMachine, key: string): void {
    if (machine.registry.keyExists(key) && machine.faults.bite("registryDenied", ({ keys }) => isBelow(key, keys)))
        throw securityException();
}

const mayWrite = (machine: WindowsMachine, key: string): boolean =>
    machine.elevated && machine.faults.bite("registryWriteDenied", ({ keys }) => isBelow(key, keys)) === undefined;

/** `keys` undefined means every key. */
function isBelow(key: string, keys: readonly string[] | undefined): boolean {
    const own = `${key.toLowerCase()}\\`;
    return keys === undefined || keys.some((one) => own.startsWith(`${one.toLowerCase()}\\`));
}
