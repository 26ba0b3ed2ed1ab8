/** Windows' own MOF files lie here. What they define is what every machine has; they are not among the machine's files unless a test puts one there. */
export const WINDOWS_MOFS = "c:\\windows\\system32\\wbem\\";

/** What the list has on a fresh machine, in part (MicrosoftDocs/win32 desktop-src/CIMWin32Prov/win32-wmisetting.md, `AutorecoverMofs`). */
export const VENDOR_LIST: readonly string[] = ["cimwin32", "ncprov", "wmipcima", "secrcw32", "tscfgwmi", "clusWMI"].map(
    (name) => `%windir%\\system32\\wbem\\${name}.mof`,
);
