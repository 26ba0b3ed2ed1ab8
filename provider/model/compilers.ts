import type { Compiler } from "../core/wire/compiler";
import { repositoryOf, runMofcomp } from "./machineMofcomp";
import type { MachineState } from "./machineState";
import { compile, type MofRefusal } from "./mofCompiler";
import { assertMofFolderSafe, withTemporaryMof } from "./mofFolder";
import type { Halt, StepContext } from "./stepContext";
import { comException } from "./windowsException";

type During = Extract<Halt, { during: unknown }>["during"];

/**
 * Compiles a text: mofcomp gets it in a temporary file, IMofCompiler as a buffer.
 * @returns null when it was stored
 * @throws WindowsException when the compiler could not be run to its end
 */
export function compileText(context: StepContext, compiler: Compiler, mof: string): Halt | null {
    const bytes = Buffer.from(mof, "latin1");
    if (compiler === "mofcomp")
        return withTemporaryMof(context, bytes, (file) => {
            context.halfway();
            return compileFile(context.machine, compiler, file, "compile");
        });
    context.halfway();
    return apiRefusal(callApi(context.machine, bytes, false), "compile");
}

/** Compiles a file of the machine, or checks its syntax only. See `compileText`. */
export function compileFile(machine: MachineState, compiler: Compiler, file: string, during: During): Halt | null {
    if (compiler === "mofcomp") {
        // A file in our folder tells of a mofcomp that runs.
        assertMofFolderSafe(machine);
        const { exit, output } = runMofcomp(machine, file, during);
        return exit === 0 ? null : { reason: "mofcomp", during, exit, output: output.slice(0, 16_000) };
    }
    const bytes = machine.files.get(file)?.bytes ?? Buffer.alloc(0);
    const compiled = callApi(machine, bytes, during === "check");
    if (compiled.refusal === null && compiled.autorecover && during === "compile") repositoryOf(machine).addAutorecover(file);
    return apiRefusal(compiled, during);
}

/** IMofCompiler: no program is started, so nothing that is wrong with mofcomp.exe is wrong here. */
function callApi(machine: MachineState, bytes: Uint8Array, checkOnly: boolean) {
    if (machine.faults.bite("compilerApiMissing"))
        throw comException("0x80040154", "Retrieving the COM class factory for component MofCompiler failed: Class not registered");
    return compile(bytes, repositoryOf(machine), { checkOnly });
}

function apiRefusal({ refusal }: { readonly refusal: MofRefusal | null }, during: During): Halt | null {
    if (refusal === null) return null;
    const { phase, hresult, object, firstLine, lastLine } = refusal;
    return { reason: "compilerApi", during, phase, hresult, object, firstLine, lastLine };
}
