/** For a fault that needs no details. */
export type NoDetails = Record<string, never>;

/** Faults of a machine, and what each one affects. */
export interface MachineFaults {
    /** The session's account is not an elevated administrator. Affects the handshake; WMI also refuses mofcomp. */
    notElevated: NoDetails;
    /** A 32-bit process on 64-bit Windows. Affects the handshake. */
    process32Bit: NoDetails;
    /** PowerShell's language mode, such as `ConstrainedLanguage`. Affects the bootstrap. */
    languageMode: { readonly mode: string };
    /** The WMI service can't be started. Affects reading namespaces, the handshake (SMBIOS UUID) and mofcomp. */
    wmiDown: NoDetails;
    /** Access to these namespaces is denied, in any spelling. Affects reads and mofcomp. */
    namespaceDenied: { readonly paths: readonly string[] };
    /** The RequiresEncryption qualifier of these namespaces is a string instead of a boolean. Affects reads. */
    flagNotBoolean: { readonly paths: readonly string[] };
    /** Registry keys that can't be opened, including their subkeys; without `keys`, all. Affects reads and writes. */
    registryDenied: { readonly keys?: readonly string[] };
    /** Registry keys that can be read but not written, including their subkeys; without `keys`, all. */
    registryWriteDenied: { readonly keys?: readonly string[] };
    /** The Application log can't be opened. Affects reading events. */
    eventLogDenied: NoDetails;
    /** The event log service does not answer. Affects reading events. */
    eventLogDown: NoDetails;
    /** The key of a value is missing when the value is written, although it existed when it was read; without `keys`, any key. */
    keyMissingAtWrite: { readonly keys?: readonly string[] };
    /**
     * Files that can be neither read nor written; without `files`, all. Affects reading existing files, and writes, including those of
     * temporary files.
     */
    fileDenied: { readonly files?: readonly string[] };
    /** Files that can be read but neither written nor deleted; without `files`, all. */
    fileWriteDenied: { readonly files?: readonly string[] };
    /** Read-only files; without `files`, all. Affects steps that would replace or delete them, before anything is changed. */
    fileReadOnly: { readonly files?: readonly string[] };
    /**
     * Accounts other than administrators may write to our folder for MOF files. Affects every step that writes a file there or runs
     * mofcomp, and reading a registration whose file exists.
     */
    mofFolderUnsafe: NoDetails;
    /**
     * Accounts other than administrators may change these definition files or their backups; without `files`, all. Affects reading them,
     * and their steps.
     */
    definitionUnsafe: { readonly files?: readonly string[] };
    /** mofcomp ends with this exit code and does nothing. `output` defaults to a text that matches the code; without `during`, any run. */
    mofcompExit: { readonly exit: number; readonly output?: string; readonly during?: "check" | "compile" };
    /** A policy of the host blocks mofcomp.exe. */
    mofcompBlocked: NoDetails;
    /** mofcomp reports success and has stored nothing. Affects compiles. */
    mofcompStoresNothing: NoDetails;
    /** mofcomp reports success and ends with 1; `stored` says whether it has stored anything. Affects compiles. */
    mofcompSaysDoneButFails: { readonly stored: boolean };
    /** mofcomp does not end before the caller's deadline, and is killed. It has stored nothing. */
    mofcompHangs: NoDetails;
    /** A mofcomp whose agent was killed keeps running, longer than anybody waits. Affects every list of steps. */
    compilerStillRuns: NoDetails;
    /** The COM class of IMofCompiler is not available. Affects every step that compiles with it. */
    compilerApiMissing: NoDetails;
    /** The repository is rebuilt before this step (from 0) of a list of steps. */
    repositoryRebuiltBeforeStep: { readonly step: number };
    /** The WMI service goes down before this step (from 0) of a list of steps: `wmiDown` is on from then. */
    wmiStopsBeforeStep: { readonly step: number };
}
