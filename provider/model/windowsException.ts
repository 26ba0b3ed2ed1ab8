import { AGENT_FAILURES, type HostFailure, NOT_SIMULATED, WBEM_ACCESS_DENIED, WBEM_INVALID_NAMESPACE } from "../core/wire/hostFailure";

/** An exception as seen by code on a Windows host: type, HResult and WMI code as in .NET. */
export class WindowsException extends Error {
    constructor(readonly failure: HostFailure) {
        super(failure.message);
        this.name = "WindowsException";
    }
}

/**
 * System.Management has the WMI code in `ErrorCode`; the HResult is always 0x80131501.
 * @param wmiCode lower-case hex with 0x
 */
export const managementException = (wmiCode: string, message: string): WindowsException =>
    new WindowsException({ type: "System.Management.ManagementException", hresult: "0x80131501", wmiCode, message });

export const namespaceMissing = (): WindowsException => managementException(WBEM_INVALID_NAMESPACE, "Invalid namespace ");
export const namespaceDenied = (): WindowsException => managementException(WBEM_ACCESS_DENIED, "Access denied ");

export const comException = (hresult: string, message: string): WindowsException =>
    new WindowsException({ type: "System.Runtime.InteropServices.COMException", hresult, wmiCode: null, message });

/** Every WMI call throws this if the service can't be started: ERROR_SERVICE_DISABLED. */
export const wmiServiceDown = (): WindowsException =>
    comException(
        "0x80070422",
        "The service cannot be started, either because it is disabled or because it has no enabled devices associated with it.",
    );

/** Opening a registry key without permission. */
export const securityException = (): WindowsException =>
    new WindowsException({
        type: "System.Security.SecurityException",
        hresult: "0x8013150a",
        wmiCode: null,
        message: "Requested registry access is not allowed.",
    });

/** Creating something, or writing to something that could be opened, without permission. */
export const unauthorizedAccess = (what: string): WindowsException =>
    new WindowsException({
        type: "System.UnauthorizedAccessException",
        hresult: "0x80070005",
        wmiCode: null,
        message: `Access to the ${what} is denied.`,
    });

/** Opening an event log without permission. */
export const unauthorizedOperation = (): WindowsException =>
    new WindowsException({
        type: "System.UnauthorizedAccessException",
        hresult: "0x80070005",
        wmiCode: null,
        message: "Attempted to perform an unauthorized operation.",
    });

/** Opening an event log while its service is stopped. */
export const eventLogDown = (): WindowsException =>
    new WindowsException({
        type: "System.Diagnostics.Eventing.Reader.EventLogException",
        hresult: "0x80131500",
        wmiCode: null,
        message: "The RPC server is unavailable",
    });

export const ioException = (message: string): WindowsException =>
    new WindowsException({ type: "System.IO.IOException", hresult: "0x80131620", wmiCode: null, message });

/** Starting a program that a software restriction policy or AppLocker blocks: ERROR_ACCESS_DISABLED_BY_POLICY. */
export const blockedByPolicy = (): WindowsException =>
    new WindowsException({
        type: "System.ComponentModel.Win32Exception",
        hresult: "0x80004005",
        wmiCode: null,
        message: "This program is blocked by group policy. For more information, contact your system administrator",
    });

/** A failure that the agent itself detects; in .NET it is an InvalidOperationException. */
export const agentFailure = (kind: keyof typeof AGENT_FAILURES, message: string): WindowsException =>
    new WindowsException({ type: AGENT_FAILURES[kind], hresult: "0x80131509", wmiCode: null, message });

/** Not an exception of Windows: the model lacks something. */
export const notSimulated = (message: string): WindowsException =>
    new WindowsException({ type: NOT_SIMULATED, hresult: "0x80131509", wmiCode: null, message });

/** @throws any other error: that is a bug in the model, not something that a host would say */
export function failureOf(error: unknown): HostFailure {
    if (error instanceof WindowsException) return error.failure;
    throw error;
}
