import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";

/** The agent as it is sent: the files as they are reviewed, comments and all, so that a host's log shows what was reviewed. */
export interface AgentText {
    /** ASCII, LF lines. */
    readonly text: string;
    /** Of `text`, upper-case hex. */
    readonly sha256: string;
    /** In bytes. */
    readonly length: number;
}

/**
 * The command line that starts the bootstrap: the same for every host and session, and the same to cmd.exe and to PowerShell
 * as the default shell, because nothing in it means anything to either. No `-ExecutionPolicy`: no script file runs.
 * Well below the 8,191 characters that cmd.exe takes.
 */
export function agentCommand(): string {
    command ??= `powershell.exe -NoLogo -NoProfile -NonInteractive -OutputFormat Text -EncodedCommand ${Buffer.from(
        script("bootstrap.ps1"),
        "utf16le",
    ).toString("base64")}`;
    return command;
}

/** In the order of sending: the last one starts the loop. */
export const AGENT_SCRIPTS = [
    "registry.ps1",
    "files.ps1",
    "trust.ps1",
    "folder.ps1",
    "mofcomp.ps1",
    "compilerApi.ps1",
    "compile.ps1",
    "registration.ps1",
    "definition.ps1",
    "events.ps1",
    "windows.ps1",
    "protocol.ps1",
] as const;

/** What follows the header on standard input. */
export function agentText(): AgentText {
    agent ??= textOf(AGENT_SCRIPTS.map(script).join("\n"));
    return agent;
}

/** For tests that run the loop with other verbs. */
export function textOf(text: string): AgentText {
    return {
        text,
        sha256: createHash("sha256").update(text, "ascii").digest("hex").toUpperCase(),
        length: Buffer.byteLength(text, "ascii"),
    };
}

/** A script beside this file. LF lines whatever the checkout did: the hash must not depend on it. */
export const script = (name: string): string => readFileSync(join(__dirname, name), "ascii").replaceAll("\r\n", "\n");

let command: string | undefined;
let agent: AgentText | undefined;
