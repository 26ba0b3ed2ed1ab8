import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { type AgentText, agentCommand, CORE_SCRIPTS, composed, LOOP_SCRIPT, PART_SCRIPTS, textOf } from "../../provider/agent/command";
import { Conversation } from "../../provider/agent/conversation";
import { agentHeader, asciiJson } from "../../provider/agent/protocol";
import { script } from "../../provider/agent/scriptText";
import { WmisecError } from "../../provider/core/errors";
import type { Session } from "../../provider/core/session";
import { failure } from "../errors";
import { compiled } from "../powershell/compiled";
import { PWSH } from "../powershell/pwsh";

/** Bootstrap and loop under a real PowerShell, with stand-ins for what only Windows has. A test file's agents end with it. */

const STAND_INS = PWSH === undefined ? "" : compiled([join(__dirname, "standins.cs")], PWSH);

export const NONCE = "00112233445566778899aabbccddeeff";
const [, ...ARGUMENTS] = agentCommand().split(" ");

/** The core, every part, and stand-ins for some of it as one text. The stand-ins call commands of their own. */
export function textWith(commands: readonly string[], ...standins: readonly string[]): string {
    const functions = [...PART_SCRIPTS, ...CORE_SCRIPTS].map(script);
    const loop = script(LOOP_SCRIPT).replace("'Start-Sleep')", `'Start-Sleep', ${commands.map((name) => `'${name}'`).join(", ")})`);
    return composed([...functions, ...standins.map((text) => `${text}\n`)], loop);
}

/** A file of stand-ins beside this one. */
export const standIn = (name: string): string => readFileSync(join(__dirname, name), "ascii").replaceAll("\r\n", "\n");

const COMMANDS = [
    "Add-Member",
    "Sort-Object",
    "Write-Error",
    "Write-Host",
    "Write-Information",
    "Write-Progress",
    "Write-Verbose",
    "Write-Warning",
];
export const agentWith = (...standins: readonly string[]): AgentText => textOf(textWith(COMMANDS, ...standins));
export const AGENT = agentWith(standIn("standins.ps1"));
export const AGENT_WITH_FILES = agentWith(standIn("standins.ps1"), standIn("standinFiles.ps1"));
export const AGENT_WITH_MOF = agentWith(standIn("standins.ps1"), standIn("standinFiles.ps1"), standIn("standinMof.ps1"));

export class Process implements Session {
    readonly child: ChildProcessWithoutNullStreams = spawn("pwsh", ARGUMENTS, {
        stdio: "pipe",
        env: { ...process.env, ...PWSH?.environment, WMISEC_STAND_INS: STAND_INS },
    });
    readonly exit: Promise<number | null> = new Promise((resolve) => this.child.on("close", resolve));
    output = "";

    constructor() {
        this.child.stdin.on("error", () => undefined /* It has ended; `exit` says so. */);
        this.child.stdout.on("data", (chunk: Buffer) => {
            this.output += chunk.toString("latin1");
        });
    }
    send(text: string): void {
        this.child.stdin.write(text);
    }
    endInput(): void {
        this.child.stdin.end();
    }
    onOutput(listener: (chunk: Buffer) => void): void {
        this.child.stdout.on("data", listener);
    }
    onErrorOutput(listener: (chunk: Buffer) => void): void {
        this.child.stderr.on("data", listener);
    }
    onEnd(listener: (reason: WmisecError) => void): void {
        this.exit.then((code) => listener(new WmisecError("processEnded", `exit code ${code}`, { remedy: "see above" })));
    }
    async close(): Promise<void> {
        this.endInput();
        await this.exit;
    }
}

const processes: Process[] = [];
export function startProcess(): Process {
    const started = new Process();
    processes.push(started);
    return started;
}
afterEach(async () => {
    for (const { child, exit } of processes.splice(0)) {
        child.kill("SIGKILL");
        await exit;
    }
});

export async function start(agent: AgentText = AGENT) {
    return talkTo(startProcess(), agent);
}

/** An agent that many tests ask, one after another: none of them ends it. */
const shared = new Map<AgentText, { readonly running: Process; readonly talk: ReturnType<typeof talkTo> }>();
export function sharedAgent(agent: AgentText): ReturnType<typeof talkTo> {
    const known = shared.get(agent);
    if (known !== undefined) return known.talk;
    const running = new Process();
    const talk = talkTo(running, agent);
    shared.set(agent, { running, talk });
    return talk;
}
afterAll(async () => {
    for (const { running } of shared.values()) {
        running.child.kill("SIGKILL");
        await running.exit;
    }
});

async function talkTo(running: Process, agent: AgentText) {
    const conversation = new Conversation(running, NONCE);
    let lastId = 0;
    const ask = (id: number, text: string): Promise<unknown> =>
        conversation.ask({
            id,
            text,
            schema: z.unknown(),
            what: "the stand-in",
            deadlineMs: 80_000,
            late: () => new WmisecError("timeout", "pwsh is silent", { remedy: "see why" }),
        });
    const machine = await ask(0, agentHeader(agent.length, agent.sha256, NONCE) + agent.text);
    const verb = (name: string, args: unknown = {}, timeoutMs = 60_000) => {
        lastId++;
        return ask(lastId, `${asciiJson({ id: lastId, verb: name, timeoutMs, args })}\n`);
    };
    return { running, ask, verb, machine };
}

/** What the host said. */
export async function said(work: Promise<unknown>): Promise<string> {
    const { code, details } = await failure(work);
    return `${code}: ${details.said}`;
}
