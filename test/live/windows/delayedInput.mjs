/**
 * `node test/live/windows/delayedInput.mjs [PROGRAM]`: what Windows PowerShell does with input that comes late over a pipe as Windows' sshd
 * makes them (overlapped). Starts our agent, waits before the header and before each request, and prints a line of JSON a case.
 * Needs dist/ (npm run build). Ends with 0 whatever happens: it asks, it does not judge.
 */
import { spawn } from "node:child_process";
import { createRequire } from "node:module";

const require = createRequire(import.meta.url);
const { startAgent } = require("../../../dist/provider/agent/client.js");
const { agentCommand } = require("../../../dist/provider/agent/command.js");
const { LEDGER_ONLY } = require("../../../dist/provider/core/wire/observation.js");

const PROGRAM = process.argv[2] ?? "powershell.exe";
/** Milliseconds. */
const DELAY = Number(process.env.WMISEC_PROBE_DELAY_MS ?? 5000);
const LIMIT = 120_000;

/** `overlapped` is what sshd gives its children; on other systems than Windows both are the same. @type {("pipe" | "overlapped")[]} */
const PIPES = ["pipe", "overlapped"];

for (const pipe of PIPES)
    for (const [when, beforeHeader, beforeRequest] of /** @type {[string, number, number][]} */ ([
        ["at once", 0, 0],
        ["header late", DELAY, 0],
        ["request late", 0, DELAY],
    ]))
        console.log(JSON.stringify({ pipe, when, ...(await outcome(pipe, beforeHeader, beforeRequest)) }));
process.exit(0);

/**
 * @param {"pipe" | "overlapped"} pipe
 * @param {number} beforeHeader
 * @param {number} beforeRequest
 */
async function outcome(pipe, beforeHeader, beforeRequest) {
    const [, ...args] = agentCommand().split(" ");
    const child = spawn(PROGRAM, args, { stdio: [pipe, "pipe", "pipe"], windowsVerbatimArguments: true });
    const session = sessionOf(child);
    const start = performance.now();
    try {
        await pause(beforeHeader);
        const agent = await startAgent(session, { handshakeTimeoutMs: LIMIT });
        const handshakeMs = Math.round(performance.now() - start) - beforeHeader;
        await pause(beforeRequest);
        const asked = performance.now();
        await agent.ask("observe", LEDGER_ONLY, LIMIT);
        const requestMs = Math.round(performance.now() - asked);
        await agent.close();
        return { handshakeMs, requestMs };
    } catch (error) {
        return { failed: String(error).slice(0, 500), afterMs: Math.round(performance.now() - start) };
    } finally {
        child.kill("SIGKILL");
    }
}

/** @param {import("node:child_process").ChildProcess} child */
function sessionOf(child) {
    const ended = new Promise((resolve) => {
        child.once("exit", (code) => resolve(new Error(`the process ended with ${code}`)));
        child.once("error", resolve);
    });
    child.stdin?.on("error", () => undefined);
    return {
        /** @param {string} text */
        send: (text) => void child.stdin?.write(text, "ascii"),
        endInput: () => void child.stdin?.end(),
        /** @param {(chunk: Buffer) => void} listener */
        onOutput: (listener) => void child.stdout?.on("data", listener),
        /** @param {(chunk: Buffer) => void} listener */
        onErrorOutput: (listener) => void child.stderr?.on("data", listener),
        /** @param {(reason: unknown) => void} listener */
        onEnd: (listener) => void ended.then(listener),
        close: async () => {
            child.stdin?.end();
            child.kill();
        },
    };
}

/** @param {number} ms */
function pause(ms) {
    return new Promise((resolve) => setTimeout(resolve, ms));
}
