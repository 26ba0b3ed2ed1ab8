import { closeSync, openSync } from "node:fs";
import { devNull } from "node:os";
import { type ErrorDetails, WmisecError } from "../core/errors";

/**
 * What the machine that runs pulumi lacks. `exhausted`: what gets free again when others end, such as file handles;
 * `network`: its network or its name servers; `lasting`: anything that waiting does not mend.
 */
export type FaultKind = "exhausted" | "network" | "lasting";

/**
 * A fault of the machine that runs pulumi. Its code is `invalidInput`, because a code of silence would let
 * `unreachable: "keep"`, `onDelete: "leave"` and WMISEC_FORGET pass over it: of the host it says nothing.
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

/** Codes of the system that say that something of ours, and not the host's, is used up. */
const EXHAUSTED: Readonly<Record<string, string>> = {
    EMFILE: "this process may open no more files",
    ENFILE: "the machine that runs pulumi can open no more files",
    ENOBUFS: "the machine that runs pulumi has no more memory for connections",
    ENOMEM: "the machine that runs pulumi has no more memory",
    EADDRNOTAVAIL: "the machine that runs pulumi has no free port, or no address of this kind",
    EADDRINUSE: "the machine that runs pulumi has no free port",
};

/** EAGAIN of a program that can't be started: no more processes. Of anything else it means something else. */
const NO_PROCESS = "the account that runs pulumi may have no more processes";

const MORE =
    "raise what the account that runs pulumi may have (ulimit -n for files, ulimit -u for processes), or see what else on that machine uses it up; fewer hosts at once (pulumi's --parallel) need less";

/**
 * @param code of the system, such as `EMFILE`
 * @param doing what can't be done, for the summary: "connect to web-07 port 22"
 * @returns undefined when the code says nothing of that kind
 */
export function exhausted(code: string | undefined, doing: string, cause?: unknown): ControllerFault | undefined {
    const why = EXHAUSTED[code ?? ""];
    return why === undefined ? undefined : exhaustedBy(`${why} (${code})`, doing, cause);
}

/** The same of a program that could not be started. */
export const programExhausted = (code: string | undefined, doing: string, cause?: unknown): ControllerFault | undefined =>
    code === "EAGAIN" ? exhaustedBy(`${NO_PROCESS} (${code})`, doing, cause) : exhausted(code, doing, cause);

/** Why no file can be opened now, where that is so: the system's look-up of names does not say so itself. */
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
