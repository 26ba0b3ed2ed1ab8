import type { ErrorCode } from "./errors";
import { NOT_LET_START } from "./mof/mofcomp";
import type { Compiler } from "./wire/compiler";
import { AGENT_FAILURES, codeOfFailure, type HostFailure } from "./wire/hostFailure";

/** What the host was doing: a whole request, one item of a look, one step of a write. */
export type Doing = "request" | "reading" | "step";

type ByCode = Readonly<Partial<Record<ErrorCode, string>>>;

/** What to do where something sets back what we wrote. */
export const SEE_WHO_SETS_BACK =
    "see on the host who sets it back (a group policy, a MOF that is recompiled, an installer); then run again";

/** Where a definition file, or its folder, can't be written. */
export const LET_WRITE = "let Administrators write to the file and its folder (icacls shows who may, and changes it), then run again";

/** Where a definition file is no MOF that we can edit. */
export const PUT_FILE_RIGHT =
    "put the file right (mofcomp -check FILE on the host says what it thinks of it), or take definitionMof out, and the flag alone is set";

/** Whatever was being done. */
const ALWAYS: ByCode = {
    notSimulated:
        "this host is simulated, and its MOF compiler knows only a part of MOF: leave that part out of the test's file, or try the file on a Windows host",
    fileReadOnly: "take the mark away on the host (attrib -r and the path in quotes), and see who sets it; then run again",
    definitionUnsafe:
        "let only SYSTEM, Administrators and TrustedInstaller write to the file and its folder (icacls shows who may), and see that neither is a link and the file is no folder; then run again",
    mofFolderUnsafe:
        "see who may enter %ProgramFiles%\\pulumi-wmisec (icacls; S-1-5-32-545 is BUILTIN\\Users): take that away, or delete the folder if nobody needs what is in it, and it is made anew for administrators only. If it is not there, something on the host (a policy, a security product) changes the permissions of new folders below %ProgramFiles%: make an exception of this one",
};

const OF_REQUEST: ByCode = {
    denied: "run as a member of the host's Administrators, and see that the account may read and write the namespace (wmimgmt.msc, Security) and the registry keys (HKLM\\SOFTWARE\\pulumi-wmisec, HKLM\\SOFTWARE\\Microsoft\\WBEM\\CIMOM)",
    namespaceNotFound: "install the role or product that brings the namespace, or take it out of the program",
    mofcompFailed: "see that the service winmgmt runs and answers (winmgmt /verifyrepository), then run again",
    hostBusy: "wait until the other run of pulumi-wmisec on this host has ended, then run again",
    compilerStillRuns:
        "nothing was written. Wait until mofcomp.exe has ended on the host (Get-Process mofcomp), or end it (Stop-Process -Name mofcomp), then run again; " +
        "if there is none, see which program holds %ProgramFiles%\\pulumi-wmisec\\compiling open",
    ledgerFull:
        "see the values of HKLM\\SOFTWARE\\pulumi-wmisec\\v1 on the host: delete those that pulumi-wmisec did not write, or entries of items that nobody manages any more, then run again",
    unexpectedValue: "find out who wrote the value, and remove it or put it right by hand",
    protocol: "this is a bug in pulumi-wmisec: report it with this text",
    timeout: "see that the service winmgmt runs and answers on the host, then run again",
    hostError: "look the code up in Microsoft's list of WMI or system error codes; see the host's event logs, then run again",
};

const OF_READING: ByCode = {
    denied: "give the account Enable Account, Remote Enable and Read Security on the namespace (wmimgmt.msc, Security), or read on the key",
    definitionUnreadable: "move what is about this namespace into a MOF file of its own, and name that one in definitionMof",
};

const OF_STEP: ByCode = {
    denied: "run as an administrator of the host with full rights",
    mofcompFailed: 'see that the service winmgmt runs and answers; if the host has no C# compiler to use, go back to compiler: "mofcomp"',
};

/** Each kind of doing with its codes, and what there is to do for any other. */
const BY_DOING: { readonly [D in Doing]: readonly [ByCode, otherwise: string] } = {
    request: [OF_REQUEST, "see the host's event logs, then run again"],
    reading: [OF_READING, "look at the item on the host; nothing was written"],
    step: [OF_STEP, "read what was said; then run again: what was written is known to the ledger"],
};

/** ERROR_SERVICE_DISABLED: of all services only WMI's own is asked for here. */
const SERVICE_DISABLED = "0x80070422";

export interface About {
    /** What else is to be done where this kind of item, or step, is denied. */
    readonly whenDenied?: string | undefined;
    /** Of a step that compiles MOF. */
    readonly compiler?: Compiler | undefined;
}

/** What says more than its code. */
function ofFailure(failure: HostFailure, code: ErrorCode, doing: Doing, { compiler }: About): string | undefined {
    if (doing === "request" && (failure.wmiCode ?? failure.hresult) === SERVICE_DISABLED)
        return "switch the WMI service on again on the host: Set-Service winmgmt -StartupType Automatic; Start-Service winmgmt; then run again";
    // mofcomp.exe was not started, or did not end. Why the one happens is not why the other does.
    if (code === "mofcompFailed" && compiler === "mofcomp")
        return failure.type === AGENT_FAILURES.programTimeout
            ? "see that the service winmgmt runs and answers (sc query winmgmt), then run again"
            : NOT_LET_START;
    if (code === "hostError" && compiler === "api")
        return 'see that Add-Type works in this host\'s Windows PowerShell (it needs a C# compiler), or go back to compiler: "mofcomp"';
    return undefined;
}

/** What can be done about a failure of the host. */
export function remedyFor(failure: HostFailure, doing: Doing, about: About = {}): string {
    const code = codeOfFailure(failure);
    const [ofDoing, otherwise] = BY_DOING[doing];
    const denied = code === "denied" ? about.whenDenied : undefined;
    return ofFailure(failure, code, doing, about) ?? denied ?? ofDoing[code] ?? ALWAYS[code] ?? otherwise;
}
