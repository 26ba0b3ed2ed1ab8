import { WMI_EVENT } from "../core/wire/events";
import { WMI_EVENTS, WMI_SERVICE_STARTED, WMI_SUBSYSTEMS_INITIALISED } from "./eventLog";
import { repositoryOf } from "./machineMofcomp";
import type { MachineState } from "./machineState";
import { compile } from "./mofCompiler";
import { namespaceKey } from "./namespaceTree";
import { WINDOWS_MOFS } from "./windowsMofs";

/** Windows folders that a path may name by a variable. */
const VARIABLES: Readonly<Record<string, string>> = {
    windir: "C:\\Windows",
    systemroot: "C:\\Windows",
    programfiles: "C:\\Program Files",
};

/** See `WindowsMachine.rebuildRepository`. */
export function rebuildRepository(machine: MachineState): void {
    const { namespaces, events, writes } = machine;
    const log = (id: number, ...inserts: string[]) => events.append({ id, provider: WMI_EVENTS, inserts });
    log(WMI_EVENT.repositoryInconsistent);
    const before = new Map(namespaces.list().map((path) => [path, namespaces.stored(path)]));
    namespaces.reset();
    for (const path of new Set([...before.keys(), ...namespaces.list()])) {
        const [from, to] = [before.has(path) ? (before.get(path) ?? null) : ("missing" as const), namespaces.stored(path)];
        if (from !== to) writes.add({ kind: "namespace", by: "somebody", name: namespaceKey(path), from, to });
    }
    log(WMI_EVENT.repositoryRecreated);
    for (const entry of machine.autorecoverList) {
        const error = loaded(machine, entry);
        if (error !== undefined) log(WMI_EVENT.mofNotLoaded, error, entry);
    }
    namespaces.restart();
    for (const id of [WMI_SERVICE_STARTED, WMI_SUBSYSTEMS_INITIALISED]) log(id);
}

/** @returns undefined if it was loaded, else the error code */
function loaded(machine: MachineState, entry: string): string | undefined {
    const path = entry.replace(/%([^%]+)%/g, (whole, name: string) => VARIABLES[name.toLowerCase()] ?? whole);
    const file = machine.files.get(path);
    if (file === undefined && path.toLowerCase().startsWith(WINDOWS_MOFS)) return undefined;
    // Windows: unknown which error it logs for a missing file. Here WBEM_E_NOT_FOUND.
    if (file === undefined) return "0x80041002";
    const repository = repositoryOf(machine, { by: "somebody" });
    return compile(file.bytes, repository, { checkOnly: false }).refusal?.hresult;
}
