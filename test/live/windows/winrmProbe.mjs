/**
 * `node test/live/windows/winrmProbe.mjs`: what documents leave open about WinRM on Windows, asked of the host that WMISEC_TEST_HOST and the
 * other variables name (docs/live-tests.md). Prints a line of JSON a case; docs/windows-unknowns.md says which question each answers.
 * Needs dist/ (npm run build). Ends with 0 whatever happens: it asks, it does not judge. It changes nothing on the host.
 */
import { createRequire } from "node:module";
import { homedir } from "node:os";

const require = createRequire(import.meta.url);
const { startAgent } = require("../../../dist/provider/agent/client.js");
const { agentCommand } = require("../../../dist/provider/agent/command.js");
const { LEDGER_ONLY } = require("../../../dist/provider/core/wire/observation.js");
const { makeServices } = require("../../../dist/provider/sessions/services.js");
const { WinrmSessions } = require("../../../dist/provider/sessions/winrm/winrmSessions.js");

/** Milliseconds. */
const DELAY = Number(process.env.WMISEC_PROBE_DELAY_MS ?? 5000);
/** http.sys closes connections that are idle for 120 s. Ours wait for output that long. */
const SILENCE = Number(process.env.WMISEC_PROBE_SILENCE_MS ?? 130_000);
const LIMIT = 120_000;
/** More than Windows lets one account have by default (MaxShellsPerUser: 30). */
const SHELLS = Number(process.env.WMISEC_PROBE_SHELLS ?? 32);
/** Shells as the service sees them: ours among them, with the idle time that it keeps. */
const LIST_SHELLS =
    'powershell.exe -NoProfile -NonInteractive -Command "Get-WSManInstance -ResourceURI shell -Enumerate | Select-Object IdleTimeOut,MaxIdleTimeOut,State,ProcessId | ConvertTo-Json"';

const {
    WMISEC_TEST_HOST: host = "",
    WMISEC_TEST_USER: user = "",
    WMISEC_TEST_PORT,
    WMISEC_TEST_SCHEME,
    WMISEC_TEST_CERTIFICATE,
} = process.env;
const connection = {
    transport: "winrm",
    host,
    user,
    scheme: WMISEC_TEST_SCHEME || "https",
    dialErrorLimit: 0,
    ...(WMISEC_TEST_PORT && { port: Number(WMISEC_TEST_PORT) }),
    ...(process.env.WMISEC_TEST_PASSWORD && { password: { env: "WMISEC_TEST_PASSWORD" } }),
    ...(WMISEC_TEST_CERTIFICATE && { serverCertificate: WMISEC_TEST_CERTIFICATE }),
};

for (const [when, beforeHeader, beforeRequest] of /** @type {[string, number, number][]} */ ([
    ["at once", 0, 0],
    ["header late", DELAY, 0],
    ["request late", 0, DELAY],
    ["request after a long silence", 0, SILENCE],
]))
    await print("input", { when, ...(await talk(beforeHeader, beforeRequest)) });
await print("shells as the service sees them", await outputOf(LIST_SHELLS));
await print("shells at once", await shellsAtOnce());
process.exit(0);

/** @param {string} probe @param {object} answer */
async function print(probe, answer) {
    console.log(JSON.stringify({ probe, ...answer }));
}

/** @param {number} beforeHeader @param {number} beforeRequest milliseconds */
async function talk(beforeHeader, beforeRequest) {
    return withSessions(async (sessions) => {
        const start = performance.now();
        const session = await sessions.open(connection, agentCommand());
        const openMs = Math.round(performance.now() - start);
        await pause(beforeHeader);
        const begun = performance.now();
        const agent = await startAgent(session, { handshakeTimeoutMs: LIMIT });
        const handshakeMs = Math.round(performance.now() - begun);
        await pause(beforeRequest);
        const asked = performance.now();
        await agent.ask("observe", LEDGER_ONLY, LIMIT);
        const requestMs = Math.round(performance.now() - asked);
        await agent.close();
        const { elevated, process64Bit, os64Bit } = agent.machine;
        return { openMs, handshakeMs, requestMs, elevated, process64Bit, os64Bit };
    });
}

/** @param {string} command */
async function outputOf(command) {
    return withSessions(async (sessions) => {
        const session = await sessions.open(connection, command);
        let output = "";
        session.onOutput((/** @type {Buffer} */ chunk) => {
            output += chunk.toString("latin1");
        });
        const ended = await Promise.race([new Promise((resolve) => session.onEnd(resolve)), pause(LIMIT)]);
        return { output: output.slice(0, 4000), ended: String(ended).slice(0, 300) };
    });
}

/** Opens sessions until one is refused, or there are more than Windows lets one account have. */
async function shellsAtOnce() {
    return withSessions(async (sessions) => {
        let open = 0;
        try {
            for (; open < SHELLS; open++) await sessions.open(connection, agentCommand());
            return { open };
        } catch (error) {
            return { open, refused: String(error).slice(0, 500) };
        }
    });
}

/** @param {(sessions: InstanceType<typeof WinrmSessions>) => Promise<object>} work */
async function withSessions(work) {
    const start = performance.now();
    const sessions = new WinrmSessions(makeServices({ env: process.env, home: homedir(), warn: console.error }));
    try {
        return await work(sessions);
    } catch (error) {
        return { failed: String(error).slice(0, 500), afterMs: Math.round(performance.now() - start) };
    } finally {
        await sessions.closeAll();
    }
}

/** @param {number} ms */
function pause(ms) {
    return new Promise((resolve) => setTimeout(resolve, ms));
}
