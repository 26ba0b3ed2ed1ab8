/** Something a fault needs no more words about. */
export type Nothing = Record<string, never>;

/** What can be wrong with a machine, whoever looks at it. Where each bites is said here. */
export interface MachineFaults {
    /** The session's account is no elevated administrator. Bites in the handshake, and mofcomp is refused by WMI. */
    notElevated: Nothing;
    /** A 32-bit process on 64-bit Windows. Bites in the handshake. */
    process32Bit: Nothing;
    /** PowerShell's language mode, such as `ConstrainedLanguage`. Bites in the bootstrap. */
    languageMode: { readonly mode: string };
    /** The WMI service can't be started. Bites in every look at a namespace, in the handshake (SMBIOS UUID) and in mofcomp. */
    wmiDown: Nothing;
    /** Access denied to these namespaces. Bites in looks and in mofcomp. Any spelling. */
    namespaceDenied: { readonly paths: readonly string[] };
    /** The RequiresEncryption qualifier of these namespaces is text instead of a boolean. Bites in looks. */
    flagNotBoolean: { readonly paths: readonly string[] };
    /** Registry keys that can't be opened; without `keys`, none can. Bites in looks and in writes; subkeys are included. */
    registryDenied: { readonly keys?: readonly string[] };
    /** Registry keys that can be read but not written; without `keys`, none can. Subkeys are included. */
    registryWriteDenied: { readonly keys?: readonly string[] };
    /** The Application log can't be opened. Bites when events are read. */
    eventLogDenied: Nothing;
    /** The event log service does not answer. Bites when events are read. */
    eventLogDown: Nothing;
    /** mofcomp ends with this code and does nothing. `output` defaults to a text that goes with the code. */
    mofcompExit: { readonly exit: number; readonly output?: string };
    /** mofcomp says that all went well and has stored nothing. */
    mofcompStoresNothing: Nothing;
    /** mofcomp does not end within the deadline that the caller gave it, and is killed. It has stored nothing. */
    mofcompHangs: Nothing;
}
