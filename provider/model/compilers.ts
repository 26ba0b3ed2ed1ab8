import type { Compiler } from "../core/wire/compiler";
import { repositoryOf, runMofcomp } from "./machineMofcomp";
import type { MachineState } from "./machineState";
import { compile, type MofRefusal } from "./mofCompiler";
import { assertMofFolderSafe, withTemporaryMof } from "./mofFolder";
import type { StepContext, StopReason } from "./stepContext";
import { comException } from "./windowsException";

type During = Extract<StopReason, { during: unknown }>["during"];

/**
 * Compiles a text: mofcomp gets it as a temporary file, IMofCompiler as a buffer.
 * @returns null if it was stored
 * @throws WindowsException if the compiler did not run to completion
 */
export function compileText(context: StepContext, compiler: Compiler, mof: string): StopReason | null {
    const bytes = Buffer.from(mof, "latin1");
    if (compiler === "mofcomp")
        return withTemporaryMof(context, bytes, (file) => {
            context.halfway();
            return compileFile(context.machine, compiler, file, "compile");
        });
    context.halfway();
    return apiRefusal(callApi(context.machine, bytes, false), "compile");
}

/** Compiles a file of the machine, or only checks its syntax. See `compileText`. */
export function compileFile(machine: MachineState, compiler: Compiler, file: string, during: During): StopReason | null {
    if (compiler === "mofcomp") {
        // A file in our folder marks a running mofcomp.
        assertMofFolderSafe(machine);
        const { exit, output } = runMofcomp(machine, file, during);
        return exit === 0 ? null : { reason: "mofcomp", during, exit, output: output.slice(0, 16_000) };
    }
    const bytes = machine.files.get(file)?.bytes ?? Buffer.alloc(0);
    const compiled = callApi(machine, bytes, during === "check");
    if (compiled.refusal === null && compiled.autorecover && during === "compile") repositoryOf(machine).addAutorecover(file);
    return apiRefusal(compiled, during);
}

/** IMofCompiler starts no program, so faults of mofcomp.exe do not affect it. */
function callApi(machine: MachineState, bytes: Uint8Array, checkOnly: boolean) {
    if (machine.faults.bite("compilerApiMissing"))
        throw comException("0x80040154", "Retrieving the COM class factory for component MofCompiler failed: Class not registered");
    return compile(bytes, repositoryOf(machine), { checkOnly });
}

function apiRefusal({ refusal }: { readonly refusal: MofRefusal | null }, during: During): StopReason | null {
    if (refusal === null) return null;
    const { phase, hresult, object, firstLine, lastLine } = refusal;
    return { reason: "compilerApi", during, phase, hresult, object, firstLine, lastLine };
}
