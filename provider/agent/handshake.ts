import { printable, WmisecError } from "../core/errors";
import type { Redaction } from "../core/redaction";
import type { MachineFacts } from "../core/wire/machine";
import { type AgentText, agentText } from "./command";
import type { Conversation } from "./conversation";
import { agentHeader, handshakeSchema } from "./protocol";
import { startError } from "./startError";

export interface AgentOptions {
    /** Milliseconds from the agent's text to its handshake: a cold PowerShell, a scan of our text, a first question to WMI. @default 75000 */
    readonly handshakeTimeoutMs?: number;
    /** Milliseconds that an answer may be later than its verb's own deadline on the host. @default 5000 */
    readonly graceMs?: number;
    /** Removes secrets from the host's output. @default none: there are no secrets */
    readonly redaction?: Redaction;
    /** The text to send. @default our agent; tests send one with other verbs */
    readonly agent?: AgentText;
}

export const DEFAULT_HANDSHAKE_MS = 75_000;
export const DEFAULT_GRACE_MS = 5000;

/**
 * The agent did not report, and sent nothing else. PowerShell hangs or is slow, or it gets its input only when that ends.
 */
export class SilentStart extends WmisecError {
    constructor(error: WmisecError) {
        super(error.code, error.summary, error.details);
    }
}

/**
 * The agent reported, but did not answer the first request at all, not even with a timeout. PowerShell may get no more of its input
 * until that ends.
 */
export class SilentRequest extends WmisecError {
    constructor(error: WmisecError) {
        super(error.code, error.summary, error.details);
    }
}

/**
 * Sends header and agent, and waits for the first answer. Refuses a machine that the agent can't work on.
 * @throws WmisecError as `startAgent` says; SilentStart.
 */
export async function handshake(
    conversation: Conversation,
    nonce: string,
    { agent = agentText(), handshakeTimeoutMs = DEFAULT_HANDSHAKE_MS }: AgentOptions,
): Promise<MachineFacts> {
    try {
        const machine = await conversation.ask({
            id: 0,
            text: agentHeader(agent.length, agent.sha256, nonce) + agent.text,
            schema: handshakeSchema,
            what: "the agent's report on the machine",
            deadlineMs: handshakeTimeoutMs,
            late: () =>
                new WmisecError("timeout", `our agent did not report within ${handshakeTimeoutMs / 1000} s`, {
                    remedy: "check how long PowerShell takes to start on this host, and that the service winmgmt runs and answers",
                }),
        });
        refuseUnfit(machine);
        return machine;
    } catch (error) {
        const { ended, printed, heard } = conversation;
        if (ended === undefined || error !== ended) throw error;
        const explained = startError(ended, printed);
        throw explained.code === "timeout" && !heard ? new SilentStart(explained) : explained;
    }
}

function refuseUnfit(machine: MachineFacts): void {
    const said = printable(`${machine.user} on ${machine.computerName}, Windows ${machine.osVersion}, PowerShell ${machine.psVersion}`);
    if (machine.os64Bit && !machine.process64Bit)
        throw new WmisecError("wrongBitness", "PowerShell is 32-bit on a 64-bit Windows, so it sees a different part of the registry", {
            said,
            remedy: "install the 64-bit OpenSSH server on the host, so that it starts the 64-bit PowerShell",
        });
    if (!machine.elevated)
        throw new WmisecError("notElevated", "the session does not have an administrator's full rights", {
            said,
            remedy: "use an account in the host's group Administrators; for a local account check LocalAccountTokenFilterPolicy",
        });
}
