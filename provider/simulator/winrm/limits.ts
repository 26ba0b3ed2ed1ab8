/** Quotas of the service (`winrm get winrm/config`, `winrm/config/winrs`), with the names that Windows has for them. */
export interface WinrmLimits {
    readonly maxEnvelopeSizekb: number;
    readonly maxTimeoutms: number;
    readonly maxConnections: number;
    readonly maxConcurrentOperationsPerUser: number;
    readonly maxShellsPerUser: number;
    readonly maxConcurrentUsers: number;
    readonly maxProcessesPerShell: number;
    readonly idleTimeout: number;
}

/**
 * As on a fresh Windows Server 2012 R2 or later (MS-WSMV; win32 "Installation and Configuration for Windows Remote Management"), but the
 * envelope, which is documented as 150 and seen as 500: the model is the stricter one.
 */
export const WINRM_LIMITS: WinrmLimits = {
    maxEnvelopeSizekb: 150,
    maxTimeoutms: 60_000,
    maxConnections: 300,
    maxConcurrentOperationsPerUser: 1500,
    maxShellsPerUser: 30,
    maxConcurrentUsers: 10,
    maxProcessesPerShell: 25,
    idleTimeout: 7_200_000,
};
