/**
 * Every code an error of this provider can carry. Callers catch by code, never by text.
 * A code is a public promise: it may be added to, not renamed.
 */
export const ERROR_CODES = [
    /** The program's input is wrong, or the machine that runs pulumi lacks something. Of the host it says nothing. */
    "invalidInput",
    /** A secret could not be had from where its reference points. */
    "secretUnavailable",
    /** No connection: refused, no route, no such name, closed before we were logged in. Safe to try again. */
    "unreachable",
    /** A step outlived its deadline. After a write began it is not known whether it was carried out. */
    "timeout",
    /** The connection ended while an answer was owed. */
    "connectionLost",
    /** The process on the host ended while an answer was owed. */
    "processEnded",
    /** The run is being stopped (signal, or the engine is gone). */
    "cancelled",
    "hostKeyUnknown",
    "hostKeyMismatch",
    /** The host refused our credentials, or refused us the right to do something. Never tried again. */
    "denied",
    /** No key exchange, host key type, cipher, MAC or compression that both sides have. Never tried again. */
    "noCommonAlgorithm",
    /** The SSH server would not start our command or closed right after login, or PowerShell is not there. */
    "execRefused",
    "languageMode",
    "notElevated",
    /** 32-bit PowerShell on 64-bit Windows: it sees another registry. */
    "wrongBitness",
    /** Bytes that are not an answer of our agent. */
    "protocol",
    /** The agent reported an error that has no code of its own. */
    "hostError",
    "namespaceNotFound",
    "mofSyntax",
    "mofRejected",
    /** mofcomp could not be started or outlived its deadline. */
    "mofcompFailed",
    /** Another run held its turn on the host for longer than ours waits. Nothing was written. */
    "hostBusy",
    /** A mofcomp that an earlier, killed run started still runs on the host: what it stores late would undo ours. Nothing was written. */
    "compilerStillRuns",
    /** The folder for MOF files exists and is not what we would have made. */
    "mofFolderUnsafe",
    /** There is no MOF file where `definitionMof` points. */
    "definitionMissing",
    /** That file is too large, in an encoding that can't be kept, or not MOF. */
    "definitionUnreadable",
    /** Others than administrators may change that file: compiling it would give them the machine. */
    "definitionUnsafe",
    /** A file that is to be replaced or deleted is marked read-only. Nothing was changed. */
    "fileReadOnly",
    /** That file was declared for another namespace until now, and has to be put back before it is edited for this one. */
    "definitionHandedOver",
    /** A simulated host was asked for something that Windows does and the simulation does not. */
    "notSimulated",
    /** A value on the host that is of no kind we know how to read. */
    "unexpectedValue",
    /** After a write that was reported as done, the host still shows something else. */
    "readBackDiffers",
    /** The parent's `__Namespace` and the `__SystemSecurity` singleton disagree. */
    "readingsDiffer",
    "ownedByAnother",
    /** Somebody changed the host between our look and our write. */
    "changedMeanwhile",
    /** A ledger entry that is not one of ours. */
    "ledgerGarbled",
    /** A ledger entry written by a newer release of this package. */
    "ledgerTooNew",
    /** A ledger entry, or the whole ledger, would be larger than can be read back. */
    "ledgerFull",
    /** A run was killed in a move to another machine, where our policy may still stand. */
    "moveUnfinished",
] as const;

export type ErrorCode = (typeof ERROR_CODES)[number];

export interface ErrorDetails {
    /** The host as the program names it; absent for errors that are about no host. */
    readonly host?: string | undefined;
    /** What the other side said, as it said it: it is made printable where the message is made. */
    readonly said?: string | undefined;
    /** What was being done, as whom, over what. */
    readonly tried?: string | undefined;
    /** What the reader can do about it. */
    readonly remedy: string;
    readonly cause?: unknown;
}

/**
 * An error that an administrator can act on: a code, what was said, what was tried, what to do.
 * Its text never holds a secret: whoever builds one passes no secret in.
 */
export class WmisecError extends Error {
    readonly code: ErrorCode;
    readonly host: string | undefined;
    /** As it was given: made printable only in the message. */
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

    /** The same error, of which more is known. What is not given stays. */
    with({ summary = this.summary, ...details }: Partial<ErrorDetails> & { readonly summary?: string }): WmisecError {
        return new WmisecError(this.code, summary, { ...this.details, ...details });
    }

    /** The same error, said of a host: sessions and agents do not know the program's name for it. */
    on(host: string, tried?: string): WmisecError {
        return this.with({ host, tried: this.details.tried ?? tried });
    }

    /** The same error, with each of its texts changed by itself: put together they are cut. */
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

/** Whatever a part of an error came from, a terminal does not obey it. */
const indented = (text: string) => printable(text).replace(/\n/g, "\n         ");

/** By name and code, not by `instanceof`: two copies of this package may be loaded in one process. */
export function isWmisecError(error: unknown): error is WmisecError {
    return error instanceof Error && error.name === "WmisecError" && "code" in error;
}

/**
 * Text from a host, made safe to show: control and format characters (terminal escapes, direction marks) become spaces, newlines stay,
 * and at most `limit` characters are kept.
 */
export function printable(text: string, limit = 2000): string {
    // Cut first: a host may say megabytes.
    const clean = text
        .slice(0, 4 * limit)
        .replace(/\r\n?/g, "\n")
        .replace(/[\p{Zl}\p{Zp}]|[^\P{C}\n]/gu, " ")
        .trim();
    return clean.length > limit ? `${clean.slice(0, limit)} ... (${clean.length} characters)` : clean;
}
