import { randomBytes } from "node:crypto";
import type { RegistryData } from "../core/registry";
import { MOFCOMP_BANNER, type MofcompRun, type MofRepository, mofcomp } from "./mofCompiler";
import { namespaceKey } from "./namespaceTree";
import { agentFailure, namespaceDenied, namespaceMissing, wmiServiceDown } from "./windowsException";
import { CIMOM_KEY, type WindowsMachine } from "./windowsMachine";

/** MicrosoftDocs/win32 desktop-src/WmiSdk/pragma-autorecover.md. Windows: unknown kind; REG_MULTI_SZ is what a list of paths suggests. */
const AUTORECOVER_VALUE = "Autorecover MOFs";

/**
 * Runs the machine's mofcomp on a file of its own that holds `mof`.
 * @throws WindowsException when mofcomp outlives its deadline
 */
export function runMofcomp(machine: WindowsMachine, mof: string): MofcompRun {
    const { faults } = machine;
    if (faults.bite("mofcompHangs")) throw agentFailure("programTimeout", "mofcomp.exe did not end in time and was ended");
    const forced = faults.bite("mofcompExit");
    if (forced !== undefined) return { exit: forced.exit, output: forced.output ?? forcedOutput(forced.exit) };
    const file = `C:\\Program Files\\pulumi-wmisec\\${randomBytes(8).toString("hex")}.mof`;
    const stores = faults.bite("mofcompStoresNothing") === undefined;
    return mofcomp(file, Buffer.from(mof, "utf8"), repositoryOf(machine, stores));
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

/** A machine as the compiler sees it. */
export function repositoryOf(machine: WindowsMachine, stores = true): MofRepository {
    const { namespaces, registry, writes, faults } = machine;
    return {
        computerName: machine.computerName,
        openNamespace(path) {
            if (!machine.wmiUp) throw wmiServiceDown();
            const named = ({ paths }: { readonly paths: readonly string[] }) =>
                paths.some((one) => namespaceKey(one) === namespaceKey(path));
            if (!machine.elevated || faults.bite("namespaceDenied", named)) throw namespaceDenied();
            // Windows: unknown whether mofcomp makes a missing namespace. Here it does not: a typo must not create one.
            if (!namespaces.has(path)) throw namespaceMissing();
        },
        setFlag(path, required) {
            if (!stores) return;
            const from = namespaces.stored(path);
            namespaces.setFlag(path, required);
            writes.add({ kind: "namespace", by: "agent", name: namespaceKey(path), from, to: required });
        },
        createNamespace(parent, name, flag) {
            const path = `${parent}/${name}`;
            if (!stores || namespaces.has(path)) return;
            namespaces.create(path, flag);
            writes.add({ kind: "namespace", by: "agent", name: namespaceKey(path), from: "missing", to: flag });
        },
        addAutorecover(file) {
            if (!stores) return;
            const from = registry.get(CIMOM_KEY, AUTORECOVER_VALUE);
            const files = from !== "absent" && from.kind === "REG_MULTI_SZ" ? from.value : [];
            const to: RegistryData = { kind: "REG_MULTI_SZ", value: [...files.filter((one) => one !== file), file] };
            registry.set(CIMOM_KEY, AUTORECOVER_VALUE, to);
            writes.add({ kind: "value", by: "agent", name: `${CIMOM_KEY}\\${AUTORECOVER_VALUE}`, from, to });
        },
    };
}
