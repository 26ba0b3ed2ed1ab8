import { AUTORECOVER_LIST } from "../core/mof/autorecover";
import type { RegistryData } from "../core/registry";
import type { MachineState } from "./machineState";
import { MOFCOMP_BANNER, type MofcompRun, type MofRepository, mofcomp } from "./mofCompiler";
import { namespaceKey } from "./namespaceTree";
import { agentFailure, blockedByPolicy, namespaceDenied, namespaceMissing, wmiServiceDown } from "./windowsException";
import type { Write } from "./writeLog";

/**
 * Runs the machine's mofcomp on one of its files.
 * @param during `check`: only the syntax
 * @throws WindowsException if mofcomp can't be started or exceeds its deadline
 */
export function runMofcomp(machine: MachineState, file: string, during: "check" | "compile"): MofcompRun {
    const { faults } = machine;
    if (faults.bite("mofcompBlocked")) throw blockedByPolicy();
    if (faults.bite("mofcompHangs")) throw agentFailure("programTimeout", "mofcomp.exe did not end in time and was ended");
    const forced = faults.bite("mofcompExit", (detail) => detail.during === undefined || detail.during === during);
    if (forced !== undefined) return { exit: forced.exit, output: forced.output ?? forcedOutput(forced.exit) };
    const bytes = machine.files.get(file)?.bytes ?? Buffer.alloc(0);
    if (during === "check") return mofcomp(file, bytes, repositoryOf(machine), ["-check"]);
    const fails = faults.bite("mofcompSaysDoneButFails");
    const stores = faults.bite("mofcompStoresNothing") === undefined && fails?.stored !== false;
    const run = mofcomp(file, bytes, repositoryOf(machine, { stores }));
    return fails === undefined ? run : { exit: 1, output: run.output };
}

function forcedOutput(exit: number): string {
    const words = new Map([
        [0, "Done!"],
        [1, "Error Number: 0x80041001, Facility: WMI"],
        [2, "Invalid command line switch"],
        [3, "error SYNTAX 0X8004400a: Unexpected token in the file."],
    ]);
    return [...MOFCOMP_BANNER, words.get(exit) ?? `Compiler returned error 0x${(exit >>> 0).toString(16)}`]
        .map((line) => `${line}\r\n`)
        .join("");
}

export interface RepositoryUse {
    /** Whether anything is stored. @default true */
    readonly stores?: boolean;
    /** Who compiles, for the write log. @default "agent" */
    readonly by?: Write["by"];
}

/** A machine from the compiler's point of view. */
export function repositoryOf(machine: MachineState, { stores = true, by = "agent" }: RepositoryUse = {}): MofRepository {
    const { namespaces, registry, writes, faults } = machine;
    return {
        computerName: machine.computerName,
        openNamespace(path) {
            if (!machine.wmiUp) throw wmiServiceDown();
            const named = ({ paths }: { readonly paths: readonly string[] }) =>
                paths.some((one) => namespaceKey(one) === namespaceKey(path));
            if (!machine.elevated || faults.bite("namespaceDenied", named)) throw namespaceDenied();
            // Windows: unknown whether mofcomp creates a missing namespace. Here it does not, so that a typo never creates one.
            if (!namespaces.has(path)) throw namespaceMissing();
        },
        setFlag(path, required) {
            if (!stores) return;
            const from = namespaces.stored(path);
            namespaces.setFlag(path, required);
            writes.add({ kind: "namespace", by, name: namespaceKey(path), from, to: required });
        },
        createNamespace(parent, name, flag) {
            const path = `${parent}/${name}`;
            if (!stores || namespaces.has(path)) return;
            namespaces.create(path, flag);
            writes.add({ kind: "namespace", by, name: namespaceKey(path), from: "missing", to: flag });
        },
        addAutorecover(file) {
            if (!stores) return;
            const { key, name } = AUTORECOVER_LIST;
            const from = registry.get(key, name);
            // Windows: unknown what it does with a value of another type. Here it leaves it alone.
            if (from !== "absent" && from.kind !== "REG_MULTI_SZ") return;
            const files = from === "absent" ? [] : from.value;
            // Windows: unknown whether a file that is compiled again moves to the end of the list. Here it keeps its place.
            if (files.some((one) => one.toLowerCase() === file.toLowerCase())) return;
            const to: RegistryData = { kind: "REG_MULTI_SZ", value: [...files, file] };
            registry.set(key, name, to);
            machine.listChanged();
            writes.add({ kind: "value", by, name: `${key}\\${name}`, from, to });
        },
    };
}
