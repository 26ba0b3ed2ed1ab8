import { type ErrorCode, printable, WmisecError } from "../errors";
import { stepKind } from "../items/kinds";
import { compilerApiError } from "../mof/compilerApi";
import { mofcompError, NOT_LET_START } from "../mof/mofcomp";
import { UNSAFE_FILE } from "../remedies";
import { AGENT_FAILURES, codeOfFailure, type HostFailure } from "../wire/hostFailure";
import type { Applied, Step, Stopped } from "../wire/step";

/**
 * Why a list of steps was not carried out to its end.
 * @param attempts how often it was looked and planned
 */
export function stoppedError(steps: readonly Step[], stopped: Stopped, done: Applied["done"], attempts: number): WmisecError {
    const step = steps[stopped.step];
    const about = step === undefined ? "a step" : describeStep(step);
    const tried = `${about}, step ${stopped.step + 1} of ${steps.length}; ${done} done before it`;
    if (stopped.reason === "unexpected") {
        return new WmisecError("changedMeanwhile", "somebody else is changing the same items right now", {
            said: printable(stopped.found),
            tried: `${tried}; looked and planned ${attempts} times`,
            remedy: "find who else writes (another stack, another tool), then run again",
        });
    }
    if (stopped.reason === "unmet") {
        return new WmisecError("readBackDiffers", `${about} was reported as done, and the host still shows something else`, {
            said: printable(stopped.found),
            tried,
            remedy: "see on the host who sets it back (a group policy, a MOF that is recompiled) and that the repository is sound (winmgmt /verifyrepository); then run again",
        });
    }
    if (stopped.reason === "failed") return failedStep(step, about, tried, stopped.failure);
    const compiled = step === undefined ? undefined : stepKind(step)?.compiles?.(step);
    if (compiled === undefined) {
        return new WmisecError("protocol", "the host answers with the end of a compiler for a step that compiles nothing", {
            tried,
            remedy: "see that nothing rewrites our session on that host, then run again",
        });
    }
    const compilation = { about: compiled, during: stopped.during };
    return stopped.reason === "mofcomp" ? mofcompError(compilation, stopped.exit, stopped.output) : compilerApiError(compilation, stopped);
}

function failedStep(step: Step | undefined, about: string, tried: string, failure: HostFailure): WmisecError {
    const code = codeOfFailure(failure);
    return new WmisecError(code, `${about} failed`, {
        said: printable(`${failure.wmiCode ?? failure.hresult} ${failure.type}: ${failure.message}`),
        tried,
        remedy: remedyFor(step, code, failure),
    });
}

/** mofcomp.exe was not started, or did not end. Why the one happens is not why the other does. */
function mofcompRemedy(step: Step | undefined, failure: HostFailure): string {
    if (step === undefined || !("compiler" in step) || step.compiler !== "mofcomp")
        return 'see that the service winmgmt runs and answers; if the host has no C# compiler to use, go back to compiler: "mofcomp"';
    return failure.type === AGENT_FAILURES.programTimeout
        ? "see that the service winmgmt runs and answers (sc query winmgmt), then run again"
        : NOT_LET_START;
}

function remedyFor(step: Step | undefined, code: ErrorCode, failure: HostFailure): string {
    switch (code) {
        case "denied":
            return (step && stepKind(step)?.whenDenied) ?? "run as an administrator of the host with full rights";
        case "mofcompFailed":
            return mofcompRemedy(step, failure);
        case "notSimulated":
            return "this host is simulated, and its MOF compiler knows only a part of MOF: leave that part out of the test's file, or try the file on a Windows host";
        case "fileReadOnly":
            return "take the mark away on the host (attrib -r and the path in quotes), and see who sets it; then run again";
        case "definitionUnsafe":
            return UNSAFE_FILE;
        case "mofFolderUnsafe":
            return "see who may enter %ProgramFiles%\\pulumi-wmisec (icacls; S-1-5-32-545 is BUILTIN\\Users): take that away, or delete the folder if nobody needs what is in it, and it is made anew for administrators only. If it is not there, something on the host (a policy, a security product) changes the permissions of new folders below %ProgramFiles%: make an exception of this one";
        case "hostError":
            if (step !== undefined && "compiler" in step && step.compiler === "api")
                return 'see that Add-Type works in this host\'s Windows PowerShell (it needs a C# compiler), or go back to compiler: "mofcomp"';
            return "read what was said; then run again: what was written is known to the ledger";
        default:
            return "read what was said; then run again: what was written is known to the ledger";
    }
}

function describeStep(step: Step): string {
    if (step.do === "setLedger") return `${step.text === null ? "deleting" : "writing"} the ledger's entry ${step.item}`;
    return stepKind(step)?.describe(step) ?? step.do;
}
