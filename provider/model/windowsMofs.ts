/**
 * The folder of Windows' own MOF files. Every machine has what they define; they are not among the machine's files unless a test adds one.
 */
export const WINDOWS_MOFS = "c:\\windows\\system32\\wbem\\";

/** Part of the list on a fresh machine (MicrosoftDocs/win32 desktop-src/CIMWin32Prov/win32-wmisetting.md, `AutorecoverMofs`). */
export const VENDOR_LIST: readonly string[] = ["cimwin32", "ncprov", "wmipcima", "secrcw32", "tscfgwmi", "clusWMI"].map(
    (name) => `%windir%\\system32\\wbem\\${name}.mof`,
);
