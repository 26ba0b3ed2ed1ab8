import { createHash } from "node:crypto";
import { script } from "./scriptText";
import { withoutComments } from "./withoutComments";

/** Text that we send: scripts without their comment lines. */
export interface AgentText {
    /** ASCII, LF lines. */
    readonly text: string;
    /** Of `text`, upper-case hex. */
    readonly sha256: string;
    /** In bytes. */
    readonly length: number;
}

/**
 * The command line that starts the bootstrap, the same for every host and session. It works with cmd.exe and with PowerShell
 * as the default shell, because it has no special characters of either. No `-ExecutionPolicy`, because no script file runs.
 * It is well below cmd.exe's limit of 8,191 characters.
 */
export function agentCommand(): string {
    command ??= `powershell.exe -NoLogo -NoProfile -NonInteractive -OutputFormat Text -EncodedCommand ${Buffer.from(
        bootstrapText(),
        "utf16le",
    ).toString("base64")}`;
    return command;
}

/** The bootstrap as it is sent. It keeps its first line, which names the product in a host's log. */
export const bootstrapText = (): string => {
    const text = script("bootstrap.ps1");
    return text.slice(0, text.indexOf("\n") + 1) + withoutComments(text);
};

/** The core, which every host gets: what a look at namespaces and registry values needs. In the order of sending. */
export const CORE_SCRIPTS = ["registry.ps1", "ledger.ps1", "namespace.ps1", "windows.ps1", "request.ps1"] as const;

/** Follows the core, and starts the loop. */
export const LOOP_SCRIPT = "protocol.ps1";

/** Parts, each with its scripts, in the order of sending. A part is sent only with a request that needs it. */
const PARTS = {
    /** Files that only administrators may write. */
    trust: ["files.ps1", "folder.ps1", "trust.ps1"],
    /** The verb `apply`, and steps for the items that the core reads. */
    write: ["mofcomp.ps1", "compile.ps1", "registrySteps.ps1", "ledgerSteps.ps1", "apply.ps1"],
    registration: ["registration.ps1"],
    definition: ["definition.ps1"],
    compilerApi: ["compilerApi.ps1"],
    events: ["events.ps1"],
} as const satisfies Readonly<Record<string, readonly string[]>>;
export type AgentPart = keyof typeof PARTS;
export const AGENT_PARTS = Object.keys(PARTS) as readonly AgentPart[];

/** The scripts of all parts. */
export const PART_SCRIPTS: readonly string[] = AGENT_PARTS.flatMap((part) => PARTS[part]);

/** All of them. */
export const AGENT_SCRIPTS: readonly string[] = [...PART_SCRIPTS, ...CORE_SCRIPTS, LOOP_SCRIPT];

/**
 * The text after the header on standard input: a table of the parts' hashes, and the core. So the core's own hash covers all that
 * the agent can ever run.
 */
export function agentText(): AgentText {
    agent ??= textOf(composed(CORE_SCRIPTS.map(sentScript), sentScript(LOOP_SCRIPT)));
    return agent;
}

/** The core's functions are a block, so that PowerShell makes them in the one runspace where they run. */
export const composed = (core: readonly string[], loop: string): string => `${partsTable()}$WmisecCore = {\n${core.join("")}}\n${loop}`;

/** A part of the agent as it is sent. */
export function partText(part: AgentPart): AgentText {
    const known = parts.get(part) ?? textOf(PARTS[part].map(sentScript).join(""));
    parts.set(part, known);
    return known;
}

/** Reads all text to send. Called before hosts are opened: later this process may have no file handles left. */
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

/** A script as it is sent. */
const sentScript = (name: string): string => withoutComments(script(name));

let command: string | undefined;
let agent: AgentText | undefined;
const parts = new Map<AgentPart, AgentText>();
