import { type ErrorCode, printable, WmisecError } from "../errors";
import { compilationOf } from "../mof/compilation";
import { compilerApiError } from "../mof/compilerApi";
import { mofcompError, NOT_LET_START } from "../mof/mofcomp";
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
    const compilation = step === undefined ? undefined : compilationOf(step, stopped.during);
    if (compilation === undefined) {
        return new WmisecError("protocol", "the host answers with the end of a compiler for a step that compiles nothing", {
            tried,
            remedy: "see that nothing rewrites our session on that host, then run again",
        });
    }
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

const LET_WRITE = "let Administrators write to the file and its folder (icacls shows who may, and changes it), then run again";
const OF_WINDOWS =
    "Files of Windows itself belong to TrustedInstaller and are to be left alone: take definitionMof out, and use autorecover";

function remedyFor(step: Step | undefined, code: ErrorCode, failure: HostFailure): string {
    switch (code) {
        case "denied":
            if (step?.do === "editDefinition") return `${LET_WRITE}. ${OF_WINDOWS}`;
            if (step?.do === "restoreDefinition") return LET_WRITE;
            return "run as an administrator of the host with full rights";
        case "mofcompFailed":
            return mofcompRemedy(step, failure);
        case "notSimulated":
            return "this host is simulated, and its MOF compiler knows only a part of MOF: leave that part out of the test's file, or try the file on a Windows host";
        case "fileReadOnly":
            return "take the mark away on the host (attrib -r and the path in quotes), and see who sets it; then run again";
        case "definitionUnsafe":
            return "let only SYSTEM, Administrators and TrustedInstaller write to the file and its folder (icacls shows who may), and see that neither is a link and the file is no folder; then run again";
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
    switch (step.do) {
        case "compileMof":
            return `compiling the MOF for ${step.path}`;
        case "setValue":
            return `${step.data === null ? "deleting" : "setting"} HKLM\\${step.key}\\${step.name}`;
        case "setLedger":
            return `${step.text === null ? "deleting" : "writing"} the ledger's entry ${step.item}`;
        case "registerMof":
            return `registering the MOF for ${step.path}`;
        case "unregisterMof":
            return `taking back the registration of the MOF for ${step.path}`;
        case "editDefinition":
            return `editing ${step.file}`;
        case "restoreDefinition":
            return `putting back ${step.file}`;
    }
}
