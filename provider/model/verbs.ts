import type { HostFailure } from "../core/hostFailure";
import type { FlagReadings, LedgerRecord, NamespaceReading, Observation, ObserveRequest, ValueReading } from "../core/observation";
import { describeValue, LEDGER_KEY, type RegistryLocation, type RegistryValue, sameValue } from "../core/registry";
import type { Applied, Step, Stopped } from "../core/step";
import { runMofcomp } from "./machineMofcomp";
import { namespaceKey } from "./namespaceTree";
import {
    agentFailure,
    failureOf,
    ioException,
    namespaceDenied,
    securityException,
    unauthorizedAccess,
    wmiServiceDown,
} from "./windowsException";
import type { WindowsMachine } from "./windowsMachine";

/**
 * The agent's verbs, played on the model. The one place that says what they mean for it: a host in memory and the simulator's
 * agent both call these.
 */

export interface ApplyArguments {
    readonly steps: readonly Step[];
    readonly observe: ObserveRequest;
    readonly mutexTimeoutMs: number;
    /** Aborted when the process that asked is gone: it does not get its turn any more. */
    readonly signal?: AbortSignal;
}

const NOT_MODELLED = agentFailure("badRequest", "the model has no files yet").failure;

/** Looks at everything that is asked for, and at the whole ledger. Trouble with one thing is that thing's answer. */
export function observe(machine: WindowsMachine, request: ObserveRequest): Observation {
    return {
        namespaces: request.namespaces.map((path): NamespaceReading => {
            try {
                const flag = flagIfThere(machine, path);
                return flag === "missing" ? { path, state: "missing" } : { path, state: "present", flag };
            } catch (error) {
                return { path, state: "failed", failure: failureOf(error) };
            }
        }),
        values: request.values.map(({ key, name }): ValueReading => {
            try {
                const value = readValue(machine, { key, name });
                return value === "absent" ? { key, name, state: "absent" } : { key, name, state: "present", data: value };
            } catch (error) {
                return { key, name, state: "failed", failure: failureOf(error) };
            }
        }),
        registrations: request.registrations.map((path) => ({ path, state: "failed", failure: NOT_MODELLED })),
        definitions: request.definitions.map((file) => ({ file, state: "failed", failure: NOT_MODELLED })),
        ledger: readLedger(machine),
    };
}

/**
 * Carries steps out under the machine's mutex, in order, until one of them meets what it does not expect; then looks.
 * @throws WindowsException `Busy` when the mutex was not to be had in time, and what a look at the ledger meets
 */
export async function apply(machine: WindowsMachine, { steps, observe: wanted, mutexTimeoutMs, signal }: ApplyArguments): Promise<Applied> {
    const release = await machine.mutex.acquire(mutexTimeoutMs, signal);
    if (release === undefined) throw agentFailure("busy", "another run of pulumi-wmisec is writing to this host");
    try {
        let stopped: Stopped | null = null;
        let done = 0;
        for (const [index, step] of steps.entries()) {
            stopped = carryOut(machine, step, index);
            if (stopped !== null) break;
            done += 1;
        }
        return { done, stopped, observation: observe(machine, wanted) };
    } finally {
        release();
    }
}

/** @returns null when it was carried out */
function carryOut(machine: WindowsMachine, step: Step, index: number): Stopped | null {
    const unexpected = (found: string): Stopped => ({ step: index, reason: "unexpected", found: found.slice(0, 4000) });
    const failed = (failure: HostFailure): Stopped => ({ step: index, reason: "failed", failure });
    try {
        switch (step.do) {
            case "setLedger": {
                const found = readValue(machine, { key: LEDGER_KEY, name: step.item });
                if (!sameValue(found, entryOf(step.expect))) return unexpected(describeValue(found));
                writeLedger(machine, step.item, step.expect, step.text);
                return null;
            }
            case "compileMof": {
                if (!/^[\t\n\r\x20-\x7e]+$/.test(step.mof))
                    throw agentFailure("badRequest", "the MOF in the request is empty or not ASCII");
                const found = describeFlag(flagIfThere(machine, step.path));
                if (found !== describeFlag(step.expect)) return unexpected(found);
                const { exit, output } = runMofcomp(machine, step.mof);
                return exit === 0 ? null : { step: index, reason: "mofcomp", during: "compile", exit, output: output.slice(0, 16_000) };
            }
            case "setValue": {
                const found = readValue(machine, step);
                if (!sameValue(found, step.expect ?? "absent")) return unexpected(describeValue(found));
                writeValue(machine, step, found, step.data ?? "absent");
                return null;
            }
            default:
                return failed(NOT_MODELLED);
        }
    } catch (error) {
        return failed(failureOf(error));
    }
}

/** @throws WindowsException for what is neither there nor missing */
function flagIfThere(machine: WindowsMachine, path: string): FlagReadings | "missing" {
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

const entryOf = (text: string | null): RegistryValue => (text === null ? "absent" : { kind: "REG_SZ", value: text });

function readValue(machine: WindowsMachine, { key, name }: RegistryLocation): RegistryValue {
    refuseRead(machine, key);
    return machine.registry.get(key, name);
}

/** A key that is not there can't be denied: opening it says so. */
function refuseRead(machine: WindowsMachine, key: string): void {
    if (machine.registry.keyExists(key) && machine.faults.bite("registryDenied", ({ keys }) => isBelow(key, keys)))
        throw securityException();
}

/** `keys` undefined means every key. */
function isBelow(key: string, keys: readonly string[] | undefined): boolean {
    const own = `${key.toLowerCase()}\\`;
    return keys === undefined || keys.some((one) => own.startsWith(`${one.toLowerCase()}\\`));
}

function readLedger(machine: WindowsMachine): LedgerRecord[] {
    refuseRead(machine, LEDGER_KEY);
    return machine.registry.valueNames(LEDGER_KEY).map((item) => {
        const data = machine.registry.get(LEDGER_KEY, item);
        return { item, text: data !== "absent" && data.kind === "REG_SZ" ? data.value : null };
    });
}

const mayWrite = (machine: WindowsMachine, key: string): boolean =>
    machine.elevated && machine.faults.bite("registryWriteDenied", ({ keys }) => isBelow(key, keys)) === undefined;

function writeLedger(machine: WindowsMachine, item: string, from: string | null, to: string | null): void {
    // .NET makes a key by one call and opens it by another, and each has an exception of its own.
    if (!mayWrite(machine, LEDGER_KEY))
        throw to === null ? securityException() : unauthorizedAccess(`registry key 'HKEY_LOCAL_MACHINE\\${LEDGER_KEY}'`);
    machine.registry.set(LEDGER_KEY, item, entryOf(to));
    machine.writes.add({ kind: "ledger", by: "agent", name: item, from, to });
    // The key goes with its last entry, and the product's own key above it unless somebody put something there.
    for (const key of [LEDGER_KEY, LEDGER_KEY.slice(0, LEDGER_KEY.lastIndexOf("\\"))])
        if (machine.registry.isEmpty(key)) machine.registry.deleteKey(key);
}

function writeValue(machine: WindowsMachine, { key, name }: RegistryLocation, from: RegistryValue, to: RegistryValue): void {
    if (!machine.registry.keyExists(key)) throw ioException(`there is no key HKLM\\${key}`);
    if (!mayWrite(machine, key)) throw securityException();
    machine.registry.set(key, name, to);
    machine.writes.add({ kind: "value", by: "agent", name: `${key}\\${name}`, from, to });
}
