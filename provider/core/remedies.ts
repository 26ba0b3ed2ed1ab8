import type { ErrorCode } from "./errors";
import { MOFCOMP_BLOCKED } from "./mof/mofcomp";
import type { Compiler } from "./wire/compiler";
import { AGENT_FAILURES, codeOfFailure, type HostFailure } from "./wire/hostFailure";

/** What the host was doing: handling the request as a whole, reading one item, or carrying out one step of a write. */
export type Activity = "request" | "reading" | "step";

type ByCode = Readonly<Partial<Record<ErrorCode, string>>>;

/** Something reverts what we wrote. */
export const FIND_WHAT_SETS_BACK =
    "find out on the host what sets it back (a group policy, a recompiled MOF file, an installer), then run again";

/** A definition file or its folder can't be written. */
export const ALLOW_WRITE = "let Administrators write to the file and its folder (icacls shows and changes permissions), then run again";

/** A definition file is not MOF that we can edit. */
export const CORRECT_FILE =
    "correct the file (mofcomp -check FILE on the host reports its errors), or remove definitionMof from the program: then only the flag is set";

/** Whatever the host was doing. */
const ALWAYS: ByCode = {
    notSimulated:
        "this host is simulated, and its MOF compiler supports only part of MOF: remove that part from the test's file, or try the file on a Windows host",
    fileReadOnly: "clear the read-only attribute on the host (attrib -r and the path in quotes), find out what sets it, then run again",
    definitionUnsafe:
        "let only SYSTEM, Administrators and TrustedInstaller write to the file and its folder (icacls shows who may), and make sure that neither is a link and that the file is not a folder; then run again",
    mofFolderUnsafe:
        "check who has access to %ProgramFiles%\\pulumi-wmisec (icacls; S-1-5-32-545 is BUILTIN\\Users) and revoke it; or delete the folder if nobody needs its content: it is created again for administrators only. If the folder does not exist, something on the host (a policy, a security product) changes the permissions of new folders below %ProgramFiles%: exclude this folder from that",
};

const OF_REQUEST: ByCode = {
    denied: "run as a member of the host's Administrators, and make sure that the account may read and write the namespace (wmimgmt.msc, Security) and the registry keys (HKLM\\SOFTWARE\\pulumi-wmisec, HKLM\\SOFTWARE\\Microsoft\\WBEM\\CIMOM)",
    namespaceNotFound: "install the role or product that provides the namespace, or remove it from the program",
    mofcompFailed: "make sure that the service winmgmt runs and answers (winmgmt /verifyrepository), then run again",
    hostBusy: "wait until the other run of pulumi-wmisec on this host has ended, then run again",
    compilerStillRuns:
        "nothing was written. Wait until mofcomp.exe has ended on the host (Get-Process mofcomp), or end it (Stop-Process -Name mofcomp), then run again. " +
        "If there is none, find out which program holds %ProgramFiles%\\pulumi-wmisec\\compiling open",
    ledgerFull:
        "look at the values of HKLM\\SOFTWARE\\pulumi-wmisec\\v1 on the host: delete those that pulumi-wmisec did not write and those for items that nobody manages any more, then run again",
    unexpectedValue: "find out what wrote the value, and remove or correct it by hand",
    protocol: "this is a bug in pulumi-wmisec: report it with this text",
    timeout: "make sure that the service winmgmt runs and answers on the host, then run again",
    hostError: "look up the code in Microsoft's lists of WMI and system error codes, check the host's event logs, then run again",
};

const OF_READING: ByCode = {
    denied: "give the account Enable Account, Remote Enable and Read Security on the namespace (wmimgmt.msc, Security), or read access to the registry key",
    definitionUnreadable: "move what concerns this namespace into a separate MOF file, and name that file in definitionMof",
};

const OF_STEP: ByCode = {
    denied: "run as an administrator of the host with full rights",
    mofcompFailed:
        'make sure that the service winmgmt runs and answers; if the host has no usable C# compiler, go back to compiler: "mofcomp"',
};

/** For each activity: remedies by code, and one for any other code. */
const BY_DOING: { readonly [D in Activity]: readonly [ByCode, otherwise: string] } = {
    request: [OF_REQUEST, "check the host's event logs, then run again"],
    reading: [OF_READING, "look at the item on the host; nothing was written"],
    step: [OF_STEP, "act on what was said, then run again: the ledger knows what was written"],
};

/** ERROR_SERVICE_DISABLED. WMI's is the only service that the agent needs here. */
const SERVICE_DISABLED = "0x80070422";

export interface RemedyContext {
    /** The remedy if this kind of item or step is denied. */
    readonly whenDenied?: string | undefined;
    /** The compiler that the step uses; absent if it compiles nothing. */
    readonly compiler?: Compiler | undefined;
}

/** Failures for which the code alone is not specific enough. */
function ofFailure(failure: HostFailure, code: ErrorCode, doing: Activity, { compiler }: RemedyContext): string | undefined {
    if (doing === "request" && (failure.wmiCode ?? failure.hresult) === SERVICE_DISABLED)
        return "enable the WMI service on the host: Set-Service winmgmt -StartupType Automatic; Start-Service winmgmt; then run again";
    // Either mofcomp.exe was not started, or it did not end. The causes differ.
    if (code === "mofcompFailed" && compiler === "mofcomp")
        return failure.type === AGENT_FAILURES.programTimeout
            ? "make sure that the service winmgmt runs and answers (sc query winmgmt), then run again"
            : MOFCOMP_BLOCKED;
    if (code === "hostError" && compiler === "api")
        return 'make sure that Add-Type works in this host\'s Windows PowerShell (it needs a C# compiler), or go back to compiler: "mofcomp"';
    return undefined;
}

/** What an administrator can do about a failure of the host. */
export function remedyFor(failure: HostFailure, doing: Activity, about: RemedyContext = {}): string {
    const code = codeOfFailure(failure);
    const [ofDoing, otherwise] = BY_DOING[doing];
    const denied = code === "denied" ? about.whenDenied : undefined;
    return ofFailure(failure, code, doing, about) ?? denied ?? ofDoing[code] ?? ALWAYS[code] ?? otherwise;
}
