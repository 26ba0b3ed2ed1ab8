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
    /** The key of a value is gone when the value is to be written, though it was there when it was looked at; without `keys`, any. */
    keyMissingAtWrite: { readonly keys?: readonly string[] };
    /** Files that can be neither read nor written; without `files`, none can. Bites in looks at files that are there, and in writes, temporary files included. */
    fileDenied: { readonly files?: readonly string[] };
    /** Files that can be read but neither written nor deleted; without `files`, none can. */
    fileWriteDenied: { readonly files?: readonly string[] };
    /** Files that are marked read-only; without `files`, all are. Bites in steps that would replace or delete them, before anything is changed. */
    fileReadOnly: { readonly files?: readonly string[] };
    /** Others than administrators may write to our folder for MOF files. Bites in every step that writes a file there or runs mofcomp, and in looks at a registration whose file is there. */
    mofFolderUnsafe: Nothing;
    /** Others than administrators may change these definition files, or their backups; without `files`, any. Bites in looks at them and in their steps. */
    definitionUnsafe: { readonly files?: readonly string[] };
    /** mofcomp ends with this code and does nothing. `output` defaults to a text that goes with the code; without `during`, any run. */
    mofcompExit: { readonly exit: number; readonly output?: string; readonly during?: "check" | "compile" };
    /** A policy of the host refuses to start mofcomp.exe. */
    mofcompBlocked: Nothing;
    /** mofcomp says that all went well and has stored nothing. Bites when it is to store. */
    mofcompStoresNothing: Nothing;
    /** mofcomp says that all went well and ends with 1; `stored` tells whether it has stored. Bites when it is to store. */
    mofcompSaysDoneButFails: { readonly stored: boolean };
    /** mofcomp does not end within the deadline that the caller gave it, and is killed. It has stored nothing. */
    mofcompHangs: Nothing;
    /** A mofcomp whose agent was killed runs on, longer than anybody waits. Bites in every list of steps. */
    compilerStillRuns: Nothing;
    /** The COM class of IMofCompiler can't be had. Bites in every step that is to compile by it. */
    compilerApiMissing: Nothing;
    /** Before the step of that number, from 0, of a list of steps the repository is rebuilt. */
    repositoryRebuiltBeforeStep: { readonly step: number };
    /** Before the step of that number, from 0, of a list of steps the WMI service goes down: `wmiDown` is on from then. */
    wmiStopsBeforeStep: { readonly step: number };
}
