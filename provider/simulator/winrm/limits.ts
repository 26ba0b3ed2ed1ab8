/** Quotas of the service (`winrm get winrm/config`, `winrm/config/winrs`), by the names that Windows uses. */
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
 * As on a fresh Windows Server 2012 R2 or later (MS-WSMV; win32 "Installation and Configuration for Windows Remote Management"), except for the
 * envelope: documented as 150, seen as 500. The simulator takes the stricter one.
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
