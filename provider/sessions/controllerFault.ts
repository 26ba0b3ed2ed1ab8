import { closeSync, openSync } from "node:fs";
import { devNull } from "node:os";
import { type ErrorDetails, WmisecError } from "../core/errors";

/**
 * What the machine that runs pulumi lacks. `exhausted`: a resource that others may free, such as file handles;
 * `network`: its network or its name servers; `lasting`: anything that waiting does not fix.
 */
export type FaultKind = "exhausted" | "network" | "lasting";

/**
 * A fault of the machine that runs pulumi. It says nothing about the host. Its code is `invalidInput`, because `unreachable` would let
 * `unreachable: "keep"`, `onDelete: "leave"` and WMISEC_FORGET hide it.
 */
export class ControllerFault extends WmisecError {
    constructor(
        readonly lack: FaultKind,
        summary: string,
        details: ErrorDetails,
    ) {
        super("invalidInput", summary, details);
    }
}

/** System error codes for a resource of this machine, not of the host, that has run out. */
const EXHAUSTED: Readonly<Record<string, string>> = {
    EMFILE: "this process may open no more files",
    ENFILE: "the machine that runs pulumi can open no more files",
    ENOBUFS: "the machine that runs pulumi has no more memory for connections",
    ENOMEM: "the machine that runs pulumi has no more memory",
    EADDRNOTAVAIL: "the machine that runs pulumi has no free port, or no address of this kind",
    EADDRINUSE: "the machine that runs pulumi has no free port",
};

/** EAGAIN at the start of a program means: no more processes. Elsewhere it means something else. */
const NO_PROCESS = "the account that runs pulumi may have no more processes";

const MORE =
    "raise the limits of the account that runs pulumi (ulimit -n for files, ulimit -u for processes), or find out what else on that machine uses so much; fewer hosts at once (pulumi's --parallel) need less";

/**
 * @param code the system's, such as `EMFILE`
 * @param doing what failed, for the summary: "connect to web-07 port 22"
 * @returns undefined for other codes
 */
export function exhausted(code: string | undefined, doing: string, cause?: unknown): ControllerFault | undefined {
    const why = EXHAUSTED[code ?? ""];
    return why === undefined ? undefined : exhaustedBy(`${why} (${code})`, doing, cause);
}

/** The same for a program that could not be started. */
export const programExhausted = (code: string | undefined, doing: string, cause?: unknown): ControllerFault | undefined =>
    code === "EAGAIN" ? exhaustedBy(`${NO_PROCESS} (${code})`, doing, cause) : exhausted(code, doing, cause);

/** A fault if no file can be opened now. The system's name look-up does not report that itself. */
export function noFreeHandles(doing: string): ControllerFault | undefined {
    try {
        closeSync(openSync(devNull, "r"));
        return undefined;
    } catch (error) {
        return exhausted((error as NodeJS.ErrnoException).code, doing, error);
    }
}

const exhaustedBy = (why: string, doing: string, cause: unknown): ControllerFault =>
    new ControllerFault("exhausted", `cannot ${doing}: ${why}`, { remedy: MORE, cause });
