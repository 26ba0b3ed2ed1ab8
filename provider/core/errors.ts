/**
 * Every code that an error of this provider can carry. Callers catch by code, never by text. Codes are a public promise: new ones may be
 * added, none may be renamed.
 */
export const ERROR_CODES = [
    /** The program's input is wrong, or the machine that runs pulumi lacks something. This says nothing about the host. */
    "invalidInput",
    /** A secret could not be read from where its reference points. */
    "secretUnavailable",
    /** No connection: refused, no route, no such name, or closed before login. Safe to retry. */
    "unreachable",
    /** A step exceeded its deadline. If a write had begun, nobody knows whether it was carried out. */
    "timeout",
    /** The connection ended before the answer came. */
    "connectionLost",
    /** The process on the host ended before the answer came. */
    "processEnded",
    /** The run is being stopped (signal, or the engine is gone). */
    "cancelled",
    "hostKeyUnknown",
    "hostKeyMismatch",
    /** The host refused our credentials or a permission. Never retried. */
    "denied",
    /** Client and server have no key exchange, host key type, cipher, MAC or compression in common. Never retried. */
    "noCommonAlgorithm",
    /** The SSH server did not start our command or closed right after login, or PowerShell is not there. */
    "execRefused",
    "languageMode",
    "notElevated",
    /** 32-bit PowerShell on 64-bit Windows: it sees a different view of the registry. */
    "wrongBitness",
    /** The bytes received are not an answer of our agent. */
    "protocol",
    /** The agent reported an error that has no code of its own. */
    "hostError",
    "namespaceNotFound",
    "mofSyntax",
    "mofRejected",
    /** mofcomp could not be started or exceeded its deadline. */
    "mofcompFailed",
    /** Another run held the host's mutex for longer than ours waits. Nothing was written. */
    "hostBusy",
    /**
     * A mofcomp that an earlier, killed run started is still running on the host. What it stores late would undo our write, so nothing was
     * written.
     */
    "compilerStillRuns",
    /** The folder for MOF files exists, and its permissions are not those that we would have set. */
    "mofFolderUnsafe",
    /** There is no MOF file at the path in `definitionMof`. */
    "definitionMissing",
    /** That file is too large, has an encoding that can't be preserved, or is not MOF. */
    "definitionUnreadable",
    /** Accounts other than administrators may change that file: compiling it would give them control of the machine. */
    "definitionUnsafe",
    /** A file to be replaced or deleted is read-only. Nothing was changed. */
    "fileReadOnly",
    /** The file was declared for another namespace until now. It must be restored before it is edited for this one. */
    "definitionHandedOver",
    /** The simulation lacks a feature of Windows that the request needs. */
    "notSimulated",
    /** A value on the host has a type that we can't read. */
    "unexpectedValue",
    /** The host reported a write as done but still shows something else. */
    "readBackDiffers",
    /** The parent's `__Namespace` and the `__SystemSecurity` singleton disagree. */
    "readingsDiffer",
    "ownedByAnother",
    /** Somebody changed the host between our read and our write. */
    "changedMeanwhile",
    /** A ledger entry is not one of ours. */
    "ledgerGarbled",
    /** A ledger entry was written by a newer release of this package. */
    "ledgerTooNew",
    /** A ledger entry, or the whole ledger, would be too large to be read back. */
    "ledgerFull",
    /** A run was killed while a resource moved to another machine. Our policy may still be in force there. */
    "moveUnfinished",
    /** Some hosts of a fleet could not be made as declared, could not be released, or did not answer. The others were done. */
    "hostsFailed",
    /** An update of a fleet would touch or weaken more hosts than the program allows. No host was contacted. */
    "planRefused",
    /** An update of a fleet was asked to stop after it asked the hosts. Nothing was written. */
    "previewedOnly",
] as const;

export type ErrorCode = (typeof ERROR_CODES)[number];

export interface ErrorDetails {
    /** The host as the program names it; absent if the error is not about a host. */
    readonly host?: string | undefined;
    /** What the other side said, unchanged. It is made printable when the message is built. */
    readonly said?: string | undefined;
    /** What was being done, under which account, over which transport. */
    readonly tried?: string | undefined;
    /** What the reader can do about it. */
    readonly remedy: string;
    readonly cause?: unknown;
}

/**
 * An error that an administrator can act on: a code, what was said, what was tried, what to do. Its text never holds a secret: callers must
 * not pass one in.
 */
export class WmisecError extends Error {
    readonly code: ErrorCode;
    readonly host: string | undefined;
    /** The raw text. Only the message is made printable. */
    readonly summary: string;
    readonly details: ErrorDetails;

    constructor(code: ErrorCode, summary: string, details: ErrorDetails) {
        super(render(summary, details), details.cause === undefined ? undefined : { cause: details.cause });
        this.name = "WmisecError";
        this.code = code;
        this.host = details.host;
        this.summary = summary;
        this.details = details;
    }

    /** A copy with more details. Details that are not given stay as they are. */
    with({ summary = this.summary, ...details }: Partial<ErrorDetails> & { readonly summary?: string }): WmisecError {
        return new WmisecError(this.code, summary, { ...this.details, ...details });
    }

    /** A copy that names the host: sessions and agents do not know what the program calls it. */
    on(host: string, tried?: string): WmisecError {
        return this.with({ host, tried: this.details.tried ?? tried });
    }

    /** A copy with each text changed separately: the combined message may already be truncated. */
    reworded(change: (text: string) => string): WmisecError {
        const { host, said, tried, remedy } = this.details;
        const texts = Object.entries({ host, said, tried }).flatMap(([name, text]) => (text === undefined ? [] : [[name, change(text)]]));
        return this.with({ summary: change(this.summary), ...Object.fromEntries(texts), remedy: change(remedy) });
    }
}

function render(summary: string, { host, said, tried, remedy }: ErrorDetails): string {
    return [
        printable(host === undefined ? summary : `${host}: ${summary}`),
        ...(said === undefined || said === "" ? [] : [`  said:  ${indented(said)}`]),
        ...(tried === undefined ? [] : [`  tried: ${indented(tried)}`]),
        `  do:    ${indented(remedy)}`,
    ].join("\n");
}

/** Wherever the text came from, it must not control the terminal. */
const indented = (text: string) => printable(text).replace(/\n/g, "\n         ");

/** Compares name and code instead of using `instanceof`: two copies of this package may be loaded in one process. */
export function isWmisecError(error: unknown): error is WmisecError {
    return error instanceof Error && error.name === "WmisecError" && "code" in error;
}

/**
 * Makes text from a host safe to show. Control and format characters (terminal escapes, direction marks) become spaces, newlines stay, and
 * at most `limit` characters are kept.
 */
export function printable(text: string, limit = 2000): string {
    // Truncate first: a host may send megabytes.
    const clean = text
        .slice(0, 4 * limit)
        .replace(/\r\n?/g, "\n")
        .replace(/[\p{Zl}\p{Zp}]|[^\P{C}\n]/gu, " ")
        .trim();
    return clean.length > limit ? `${clean.slice(0, limit)} ... (${clean.length} characters)` : clean;
}
