import { WMI_EVENT } from "../core/wmiEvents";
import { WMI_EVENTS, WMI_SERVICE_STARTED, WMI_SUBSYSTEMS_INITIALISED } from "./eventLog";
import { repositoryOf } from "./machineMofcomp";
import { compile } from "./mofCompiler";
import { namespaceKey } from "./namespaceTree";
import type { WindowsMachine } from "./windowsMachine";

/** Folders that come with Windows, for which a path may have a variable. */
const VARIABLES: Readonly<Record<string, string>> = {
    windir: "C:\\Windows",
    systemroot: "C:\\Windows",
    programfiles: "C:\\Program Files",
};

/** Windows' own MOF files lie here. What they define is what every machine has; they are not among the machine's files unless a test puts one there. */
const WINDOWS_MOFS = "c:\\windows\\system32\\wbem\\";

/** What the list has on a fresh machine, in part (MicrosoftDocs/win32 desktop-src/CIMWin32Prov/win32-wmisetting.md, `AutorecoverMofs`). */
export const VENDOR_LIST: readonly string[] = ["cimwin32", "ncprov", "wmipcima", "secrcw32", "tscfgwmi", "clusWMI"].map(
    (name) => `%windir%\\system32\\wbem\\${name}.mof`,
);

/** See `WindowsMachine.rebuildRepository`. */
export function rebuildRepository(machine: WindowsMachine): void {
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

/** @returns undefined when it was, else the code of what went wrong */
function loaded(machine: WindowsMachine, entry: string): string | undefined {
    const path = entry.replace(/%([^%]+)%/g, (whole, name: string) => VARIABLES[name.toLowerCase()] ?? whole);
    const file = machine.files.get(path);
    if (file === undefined && path.toLowerCase().startsWith(WINDOWS_MOFS)) return undefined;
    // Windows: unknown what it says of a file that is not there. Here WBEM_E_NOT_FOUND.
    if (file === undefined) return "0x80041002";
    const repository = repositoryOf(machine, { by: "somebody" });
    return compile(file.bytes, repository, { checkOnly: false }).refusal?.hresult;
}
