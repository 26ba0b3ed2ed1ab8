import { type ErrorDetails, printable, WmisecError } from "../errors";
import { type Compilation, compilationText, OUR_BUG } from "./compilation";

/** The remedy if a policy of the host blocks mofcomp.exe. */
export const MOFCOMP_BLOCKED =
    "a policy of the host (AppLocker, WDAC, Software Restriction Policies) does not let mofcomp.exe start: see the event log " +
    'Microsoft-Windows-AppLocker/EXE and DLL; allow it, or set compiler: "api", which needs no mofcomp.exe';

/** ERROR_ACCESS_DISABLED_BY_POLICY, as an HRESULT (MicrosoftDocs/win32 desktop-src/Debug/system-error-codes--1000-1299-.md). */
const ACCESS_DISABLED_BY_POLICY = "0x800704ec";

/**
 * What mofcomp's exit codes mean (MicrosoftDocs/win32 desktop-src/WmiSdk/mofcomp.md): 0 done; 1 no connection to WMI, or the repository
 * refused; 2 a bad switch; 3 a syntax error in the MOF; anything else is a WMI error code. If Windows itself ends the program, the exit
 * code is an NTSTATUS, 0xcNNNNNNN ([MS-ERREF] 2.3).
 *
 * The output is localized, so only hexadecimal codes are read from it.
 */
export function mofcompError(compilation: Compilation, exit: number, output: string): WmisecError {
    const codes = [...new Set([...output.matchAll(/\b0[xX][89a-fA-F][0-9a-fA-F]{7}\b/g)].map(([found]) => found.toLowerCase()))];
    const { refused, tried, syntax } = compilationText(compilation, "mofcomp");
    const tail = codes.length === 0 ? "" : `, ${codes.join(", ")}`;
    const details = { said: printable(output), tried };
    switch (exit) {
        case 3:
            return new WmisecError("mofSyntax", `${refused}: MOF syntax error (exit 3${tail})`, { ...details, remedy: syntax });
        case 2:
            return new WmisecError("mofRejected", `${refused}: bad switch (exit 2${tail})`, { ...details, remedy: OUR_BUG });
        case 1:
            return new WmisecError(
                "mofRejected",
                `${refused}: no connection to WMI, or the repository would not store it (exit 1${tail})`,
                {
                    ...details,
                    remedy: compilerRemedy(codes, compilation),
                },
            );
        default:
            return otherExit(compilation, exit, codes, details);
    }
}

function otherExit(compilation: Compilation, exit: number, codes: readonly string[], details: Omit<ErrorDetails, "remedy">): WmisecError {
    const hex = `0x${(exit >>> 0).toString(16).padStart(8, "0")}`;
    const { refused } = compilationText(compilation, "mofcomp");
    if (hex.startsWith("0xc"))
        return new WmisecError("mofcompFailed", `mofcomp.exe did not run to its end: Windows ended it with ${hex}`, {
            ...details,
            remedy: endedRemedy(hex),
        });
    const kind = hex.startsWith("0x8004")
        ? "WMI error"
        : hex.startsWith("0x8007")
          ? "Windows error"
          : "an exit code that is not documented,";
    return new WmisecError("mofRejected", `${refused}: ${kind} ${hex}`, {
        ...details,
        remedy: compilerRemedy([hex, ...codes], compilation),
    });
}

/** @param status an NTSTATUS */
function endedRemedy(status: string): string {
    switch (status) {
        // STATUS_DLL_INIT_FAILED
        case "0xc0000142":
            return 'the program could not start in a session without a desktop: it may have too many processes. End those that are left over or restart the SSH service, then run again; or set compiler: "api", which starts no program';
        // STATUS_DLL_NOT_FOUND, STATUS_ENTRYPOINT_NOT_FOUND, STATUS_INVALID_IMAGE_FORMAT
        case "0xc0000135":
        case "0xc0000139":
        case "0xc000007b":
            return 'a file that mofcomp.exe needs is missing or damaged: run sfc /scannow on the host, then run again; or set compiler: "api", which starts no program';
        // STATUS_CONTROL_C_EXIT
        case "0xc000013a":
            return "somebody ended it, or the host is shutting down: run again";
        default:
            return 'look in the Application log of the host for an error of mofcomp.exe (security software may have ended it), then run again; or set compiler: "api", which starts no program';
    }
}

const WINMGMT =
    "make sure that the service winmgmt runs (sc query winmgmt) and that the repository is consistent (winmgmt /verifyrepository), then run again";

/**
 * The remedy for an error code that a compiler reported.
 * @param codes lower-case hex with 0x (MicrosoftDocs/win32 desktop-src/WmiSdk/wmi-error-constants.md; 0x8007NNNN is a Windows error)
 */
export function compilerRemedy(codes: readonly string[], { about }: Pick<Compilation, "about">): string {
    const [known] = codes.flatMap((code) => remedyForCode(code, about) ?? []);
    return known ?? WINMGMT;
}

function remedyForCode(code: string, about: Compilation["about"]): string | undefined {
    switch (code) {
        // WBEM_E_ACCESS_DENIED, E_ACCESSDENIED
        case "0x80041003":
        case "0x80070005":
            return "the account may not write to this namespace: give it Full Write and Edit Security there (wmimgmt.msc, Security)";
        // WBEM_E_INVALID_NAMESPACE
        case "0x8004100e":
            return "the namespace is gone: install the role or product that provides it, or remove it from the program";
        // WBEM_E_INVALID_CLASS
        case "0x80041010":
            return "file" in about
                ? "a class that the file needs is not in the namespace: compile the MOF file that defines it first (a product's own, or one of Windows in System32\\wbem), or install the role that provides it; then run again"
                : "the namespace has no class __SystemSecurity, which every namespace has: its part of the repository is damaged. Run winmgmt /verifyrepository, and winmgmt /salvagerepository if it reports that";
        // WBEM_E_OUT_OF_MEMORY, E_OUTOFMEMORY, WBEM_E_OUT_OF_DISK_SPACE
        case "0x80041006":
        case "0x8007000e":
        case "0x8004100b":
            return "the host is short of memory or disk space: free some, then run again";
        // WBEM_E_SHUTTING_DOWN, RPC_S_SERVER_UNAVAILABLE, RPC_S_CALL_FAILED, ERROR_SERVICE_DISABLED
        case "0x80041033":
        case "0x800706ba":
        case "0x800706be":
        case "0x80070422":
            return "the WMI service does not answer: make sure that the service winmgmt is enabled and runs (sc qc winmgmt, sc query winmgmt), then run again";
        case ACCESS_DISABLED_BY_POLICY:
            return MOFCOMP_BLOCKED;
        default:
            return undefined;
    }
}
