import { type ChildProcessByStdio, execFileSync, spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import type { Readable, Writable } from "node:stream";
import { agentCommand, agentText } from "../../../provider/agent/command";
import { agentHeader, asciiJson } from "../../../provider/agent/protocol";
import type { SimulatedHost } from "../../../provider/simulator";

const REPOSITORY = join(__dirname, "../../..");

/** A Python with the peers, or why there is none. Made when it is first asked for: half a minute, once. */
const made = JSON.parse(
    execFileSync(process.execPath, [join(REPOSITORY, "scripts/winrmPeers.mjs")], { encoding: "utf8", timeout: 600_000 }),
) as { readonly python: string } | { readonly missing: string };

/** Runs where the peers are; else one skipped test with the reason takes the place of all. */
export function describeWithPeers(title: string, tests: () => void): void {
    if ("python" in made) describe(title, tests);
    else test.skip(`${title} [skipped: ${made.missing}]`, () => undefined);
}

/** Names in talk.py. */
export const LIBRARIES = ["pywinrm", "pypsrp"] as const;
export type Library = (typeof LIBRARIES)[number];

export interface Step {
    readonly send: string | null;
    readonly end?: boolean;
    /** What must have come before the next step: a text, so many times in all; or the end of the process. */
    readonly until?: readonly [text: string, times: number] | "done";
}

export interface Asked {
    readonly library: Library;
    readonly auth: "basic" | "ntlm";
    /** @default that of the host's connection */
    readonly password?: string;
    /** Whether it binds the login to the certificate. @default true */
    readonly binding?: boolean;
    /** Whether it seals what it sends over HTTP. @default true */
    readonly sealed?: boolean;
    /** @default the host's own place */
    readonly url?: string;
    /** Seconds of a Receive. @default 20 */
    readonly timeout?: number;
    /** @default that of our agent */
    readonly command?: string;
    readonly steps: readonly Step[];
    /** PEM. @default the host's own */
    readonly trusted?: string;
}

export interface Said {
    readonly output: string;
    readonly errorOutput: string;
    readonly exit: number | null;
    /** How many Receives ended without anything. */
    readonly waits: number;
    /** Characters that had come after each step. */
    readonly heard: readonly number[];
    readonly error: string | null;
}

/** Talks to a host by a client that nobody here wrote. */
export async function talk(host: SimulatedHost, { steps, trusted = host.certificate, ...asked }: Asked): Promise<Said> {
    if (!("python" in made)) throw new Error(made.missing);
    const folder = mkdtempSync(join(tmpdir(), "wmisec-peer-"));
    const { user, password } = host.connection;
    try {
        const certificate = join(folder, "host.pem");
        if (trusted !== undefined) writeFileSync(certificate, trusted);
        return await answerOf(made.python, {
            url: `${host.certificate === undefined ? "http" : "https"}://${host.address}:${host.port}/wsman`,
            user,
            password,
            binding: true,
            sealed: true,
            timeout: 20,
            command: agentCommand(),
            ...(trusted === undefined ? {} : { certificate }),
            ...asked,
            steps: steps.map(({ send, end = false, until }) => ({
                send: send === null ? null : Buffer.from(send, "latin1").toString("base64"),
                end,
                until,
            })),
        });
    } finally {
        rmSync(folder, { recursive: true, force: true });
    }
}

/** One Python for all: to start one and let it load the libraries takes a second. */
let python: { readonly child: ChildProcessByStdio<Writable, Readable, null>; readonly lines: AsyncIterator<string> } | undefined;

async function answerOf(program: string, asked: object): Promise<Said> {
    if (python === undefined) {
        const child = spawn(program, [join(__dirname, "talk.py")], { stdio: ["pipe", "pipe", "inherit"] });
        python = { child, lines: createInterface({ input: child.stdout })[Symbol.asyncIterator]() };
    }
    python.child.stdin.write(`${JSON.stringify(asked)}\n`);
    const { value, done } = await python.lines.next();
    if (done === true) throw new Error("talk.py ended");
    return JSON.parse(value) as Said;
}

/** After the last test. */
export function endPeers(): void {
    python?.child.stdin.end();
    python = undefined;
}

export const NONCE = "0123456789abcdef0123456789abcdef";

/** Our agent, in two pieces. */
export function agentInPieces(): readonly [string, string] {
    const { text, sha256, length } = agentText();
    const whole = agentHeader(length, sha256, NONCE) + text;
    return [whole.slice(0, 40_000), whole.slice(40_000)];
}

export const request = (id: number, verb: string, args: object): string => `${asciiJson({ id, verb, timeoutMs: 10_000, args })}\n`;

/** What stands between the nonces, parsed. */
export const framesIn = (output: string): unknown[] =>
    output
        .split(NONCE)
        .filter((_, index) => index % 2 === 1)
        .map((frame) => JSON.parse(frame));
