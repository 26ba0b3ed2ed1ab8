import { type ErrorCode, printable, WmisecError } from "../core/errors";
import { codeOfFailure, type HostFailure } from "../core/wire/hostFailure";

const REMEDIES: Partial<Record<ErrorCode, string>> = {
    denied: "run as a member of the host's Administrators, and see that the account may read and write the namespace (wmimgmt.msc, Security) and the registry keys (HKLM\\SOFTWARE\\pulumi-wmisec, HKLM\\SOFTWARE\\Microsoft\\WBEM\\CIMOM)",
    namespaceNotFound: "install the role or product that brings the namespace, or take it out of the program",
    mofFolderUnsafe:
        "find out who made %ProgramFiles%\\pulumi-wmisec on the host; remove it if nobody needs it: it is made anew, for administrators only",
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

/** ERROR_SERVICE_DISABLED: of all services only WMI's own is asked for here. */
const SERVICE_DISABLED = "0x80070422";
const WMI_DISABLED =
    "switch the WMI service on again on the host: Set-Service winmgmt -StartupType Automatic; Start-Service winmgmt; then run again";

/**
 * An exception that ended a whole verb on the host, as an error for people.
 * @param doing what was asked of the host, for the summary: "the look at the host"
 */
export function failureError(failure: HostFailure, doing: string): WmisecError {
    const code = codeOfFailure(failure);
    const number = failure.wmiCode ?? failure.hresult;
    return new WmisecError(code, code === "hostBusy" ? `${doing} had to wait too long for its turn` : `${doing} failed on the host`, {
        said: printable(`${failure.message} (${failure.type}, ${number})`),
        remedy: number === SERVICE_DISABLED ? WMI_DISABLED : (REMEDIES[code] ?? "see the host's event logs, then run again"),
    });
}
