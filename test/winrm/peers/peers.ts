import { type ChildProcessByStdio, execFileSync, spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import type { Readable, Writable } from "node:stream";
import { agentCommand } from "../../../provider/agent/command";
import type { SimulatedHost } from "../../../provider/simulator";
import { encoded, type Said, type Step } from "./conversation";

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
            steps: encoded(steps),
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
