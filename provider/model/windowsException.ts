import { AGENT_FAILURES, type HostFailure, NOT_SIMULATED, WBEM_ACCESS_DENIED, WBEM_INVALID_NAMESPACE } from "../core/wire/hostFailure";

/** An exception as code on a Windows host would see it: type, HResult and WMI code where .NET has them. */
export class WindowsException extends Error {
    constructor(readonly failure: HostFailure) {
        super(failure.message);
        this.name = "WindowsException";
    }
}

/**
 * System.Management keeps the WMI code in `ErrorCode`; the HResult is 0x80131501 whatever went wrong.
 * @param wmiCode lower-case hex with 0x
 */
export const managementException = (wmiCode: string, message: string): WindowsException =>
    new WindowsException({ type: "System.Management.ManagementException", hresult: "0x80131501", wmiCode, message });

export const namespaceMissing = (): WindowsException => managementException(WBEM_INVALID_NAMESPACE, "Invalid namespace ");
export const namespaceDenied = (): WindowsException => managementException(WBEM_ACCESS_DENIED, "Access denied ");

export const comException = (hresult: string, message: string): WindowsException =>
    new WindowsException({ type: "System.Runtime.InteropServices.COMException", hresult, wmiCode: null, message });

/** What every WMI call meets when its service can't be started: ERROR_SERVICE_DISABLED. */
export const wmiServiceDown = (): WindowsException =>
    comException(
        "0x80070422",
        "The service cannot be started, either because it is disabled or because it has no enabled devices associated with it.",
    );

/** Opening a registry key that one may not open. */
export const securityException = (): WindowsException =>
    new WindowsException({
        type: "System.Security.SecurityException",
        hresult: "0x8013150a",
        wmiCode: null,
        message: "Requested registry access is not allowed.",
    });

/** Making, or writing to, what one was allowed to open. */
export const unauthorizedAccess = (what: string): WindowsException =>
    new WindowsException({
        type: "System.UnauthorizedAccessException",
        hresult: "0x80070005",
        wmiCode: null,
        message: `Access to the ${what} is denied.`,
    });

/** Opening an event log that one may not open. */
export const unauthorizedOperation = (): WindowsException =>
    new WindowsException({
        type: "System.UnauthorizedAccessException",
        hresult: "0x80070005",
        wmiCode: null,
        message: "Attempted to perform an unauthorized operation.",
    });

/** Opening an event log while the service that keeps it is stopped. */
export const eventLogDown = (): WindowsException =>
    new WindowsException({
        type: "System.Diagnostics.Eventing.Reader.EventLogException",
        hresult: "0x80131500",
        wmiCode: null,
        message: "The RPC server is unavailable",
    });

export const ioException = (message: string): WindowsException =>
    new WindowsException({ type: "System.IO.IOException", hresult: "0x80131620", wmiCode: null, message });

/** Starting a program that a software restriction policy or AppLocker forbids: ERROR_ACCESS_DISABLED_BY_POLICY. */
export const blockedByPolicy = (): WindowsException =>
    new WindowsException({
        type: "System.ComponentModel.Win32Exception",
        hresult: "0x80004005",
        wmiCode: null,
        message: "This program is blocked by group policy. For more information, contact your system administrator",
    });

/** A failure that the agent itself found; to .NET it is an InvalidOperationException. */
export const agentFailure = (kind: keyof typeof AGENT_FAILURES, message: string): WindowsException =>
    new WindowsException({ type: AGENT_FAILURES[kind], hresult: "0x80131509", wmiCode: null, message });

/** What no Windows says. */
export const notSimulated = (message: string): WindowsException =>
    new WindowsException({ type: NOT_SIMULATED, hresult: "0x80131509", wmiCode: null, message });

/** @throws whatever is not a WindowsException: that is a bug in the model, not something a host would say */
export function failureOf(error: unknown): HostFailure {
    if (error instanceof WindowsException) return error.failure;
    throw error;
}
