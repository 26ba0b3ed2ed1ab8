import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { withoutComments } from "./withoutComments";

/** A text of ours as it is sent: scripts without their comment lines. */
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
        bootstrapText(),
        "utf16le",
    ).toString("base64")}`;
    return command;
}

/** The bootstrap as it is sent. Its first line stays: it names the product to whoever reads a host's log. */
export const bootstrapText = (): string => {
    const text = script("bootstrap.ps1");
    return text.slice(0, text.indexOf("\n") + 1) + withoutComments(text);
};

/** The core, which every host gets, in the order of sending: the last one starts the loop. */
export const CORE_SCRIPTS = [
    "registry.ps1",
    "files.ps1",
    "folder.ps1",
    "mofcomp.ps1",
    "compile.ps1",
    "windows.ps1",
    "request.ps1",
] as const;

/** Stands behind the core, and starts the loop. */
export const LOOP_SCRIPT = "protocol.ps1";

/** What only a host gets that is asked for something that needs it: each one script, in the order in which they are sent. */
export const AGENT_PARTS = ["trust", "registration", "definition", "compilerApi", "events"] as const;
export type AgentPart = (typeof AGENT_PARTS)[number];

/** All of them. */
export const AGENT_SCRIPTS = [...AGENT_PARTS.map((part) => `${part}.ps1` as const), ...CORE_SCRIPTS, LOOP_SCRIPT];

/**
 * What follows the header on standard input: a table of the parts' hashes, and the core. So the core's own hash stands for all that
 * the agent may ever run.
 */
export function agentText(): AgentText {
    agent ??= textOf(composed(CORE_SCRIPTS.map(sentScript), sentScript(LOOP_SCRIPT)));
    return agent;
}

/** The core's functions are a block, so that PowerShell makes them in the one runspace where they run. */
export const composed = (core: readonly string[], loop: string): string => `${partsTable()}$WmisecCore = {\n${core.join("")}}\n${loop}`;

/** A part of the agent as it is sent. */
export function partText(part: AgentPart): AgentText {
    const known = parts.get(part) ?? textOf(sentScript(`${part}.ps1`));
    parts.set(part, known);
    return known;
}

/** Reads all that may be sent. Done before hosts are opened: later this process may have no file handles left for it. */
export function readAgent(): void {
    agentCommand();
    agentText();
}

/** The first line of the core. */
export const partsTable = (): string =>
    `$WmisecParts = @{ ${AGENT_PARTS.map((part) => `${part} = '${partText(part).sha256.toLowerCase()}'`).join("; ")} }\n`;

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

/** A script as it is sent. */
const sentScript = (name: string): string => withoutComments(script(name));

let command: string | undefined;
let agent: AgentText | undefined;
const parts = new Map<AgentPart, AgentText>();
