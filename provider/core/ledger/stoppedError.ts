import { printable, WmisecError } from "../errors";
import { stepKind } from "../items/kinds";
import { compilerApiError } from "../mof/compilerApi";
import { mofcompError } from "../mof/mofcomp";
import { remedyFor } from "../remedies";
import { codeOfFailure, type HostFailure } from "../wire/hostFailure";
import type { Applied, Step, Stopped } from "../wire/step";

/**
 * The error for a list of steps that stopped before its end.
 * @param attempts how often the run observed and planned
 */
export function stoppedError(steps: readonly Step[], stopped: Stopped, done: Applied["done"], attempts: number): WmisecError {
    const step = steps[stopped.step];
    const about = step === undefined ? "a step" : describeStep(step);
    const tried = `${about}, step ${stopped.step + 1} of ${steps.length}; ${done} done before it`;
    if (stopped.reason === "unexpected") {
        return new WmisecError("changedMeanwhile", "somebody else is changing the same items right now", {
            said: printable(stopped.found),
            tried: `${tried}; read the host and planned ${attempts} times`,
            remedy: "find out what else writes (another stack, another tool), then run again",
        });
    }
    if (stopped.reason === "unmet") {
        return new WmisecError("readBackDiffers", `${about} was reported as done, and the host still shows something else`, {
            said: printable(stopped.found),
            tried,
            remedy: "find out on the host what sets it back (a group policy, a recompiled MOF file), and check the repository (winmgmt /verifyrepository); then run again",
        });
    }
    if (stopped.reason === "failed") return failedStep(step, about, tried, stopped.failure);
    const compiled = step === undefined ? undefined : stepKind(step)?.compiles?.(step);
    if (compiled === undefined) {
        return new WmisecError("protocol", "the host reported a compiler's result for a step that compiles nothing", {
            tried,
            remedy: "make sure that nothing on that host rewrites our session's input or output, then run again",
        });
    }
    const compilation = { about: compiled, during: stopped.during };
    return stopped.reason === "mofcomp" ? mofcompError(compilation, stopped.exit, stopped.output) : compilerApiError(compilation, stopped);
}

function failedStep(step: Step | undefined, about: string, tried: string, failure: HostFailure): WmisecError {
    return new WmisecError(codeOfFailure(failure), `${about} failed`, {
        said: printable(`${failure.wmiCode ?? failure.hresult} ${failure.type}: ${failure.message}`),
        tried,
        remedy: remedyFor(failure, "step", {
            whenDenied: step && stepKind(step)?.whenDenied,
            compiler: step !== undefined && "compiler" in step ? step.compiler : undefined,
        }),
    });
}

function describeStep(step: Step): string {
    if (step.do === "setLedger") return `${step.text === null ? "deleting" : "writing"} the ledger's entry ${step.item}`;
    return stepKind(step)?.describe(step) ?? step.do;
}
