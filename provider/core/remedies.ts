import type { ErrorCode } from "./errors";
import type { Item } from "./items/item";
import { NOT_LET_START } from "./mof/mofcomp";
import { AGENT_FAILURES, codeOfFailure, type HostFailure } from "./wire/hostFailure";
import type { Compiler, Step } from "./wire/step";

/** What the host was doing: a whole request, one item of a look, one step of a write. */
export type Doing = "request" | `read ${Item["type"]}` | Step["do"] | "step";

type ByCode = Readonly<Partial<Record<ErrorCode, string>>>;

const LET_WRITE = "let Administrators write to the file and its folder (icacls shows who may, and changes it), then run again";

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

/** Where one of them needs something else than its kind. */
const OF_ONE: { readonly [D in Doing]?: ByCode } = {
    "read definition": { denied: "let Administrators read the file and its folder, then run again" },
    editDefinition: {
        denied: `${LET_WRITE}. Files of Windows itself belong to TrustedInstaller and are to be left alone: take definitionMof out, and use autorecover`,
    },
    restoreDefinition: { denied: LET_WRITE },
};

/** Each kind of doing with its codes, and what there is to do for any other. */
function kindOf(doing: Doing): readonly [ByCode, string] {
    if (doing === "request") return [OF_REQUEST, "see the host's event logs, then run again"];
    if (doing.startsWith("read ")) return [OF_READING, "look at the item on the host; nothing was written"];
    return [OF_STEP, "read what was said; then run again: what was written is known to the ledger"];
}

/** ERROR_SERVICE_DISABLED: of all services only WMI's own is asked for here. */
const SERVICE_DISABLED = "0x80070422";

/** What says more than its code. */
function ofFailure(failure: HostFailure, code: ErrorCode, doing: Doing, compiler: Compiler | undefined): string | undefined {
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

/**
 * What can be done about a failure of the host.
 * @param compiler of a step that compiles MOF
 */
export function remedyFor(failure: HostFailure, doing: Doing, compiler?: Compiler): string {
    const code = codeOfFailure(failure);
    const [ofKind, otherwise] = kindOf(doing);
    return ofFailure(failure, code, doing, compiler) ?? OF_ONE[doing]?.[code] ?? ofKind[code] ?? ALWAYS[code] ?? otherwise;
}
