import { createHash } from "node:crypto";
import { type AgentPart, agentText } from "../agent/command";
import { type Answer, BOOTSTRAP_STOP, type BOOTSTRAP_STOP_WORDS, type Request, requestSchema, type Verb } from "../agent/protocol";
import { MAX_REQUEST } from "../core/limits";
import { parsedJson } from "../core/text/parsedJson";
import { agentFailure, failureOf } from "../model/windowsException";
import { sendAnswer, sendFrame } from "./agentAnswers";
import { type AgentSurroundings, sleep } from "./agentSurroundings";
import { answerInTime, load, ProcessKilled, TIMEOUT } from "./agentVerbs";
import { CLIXML, PREAMBLE } from "./noise";

/** As in the bootstrap: a longer first line is not from our client. */
const HEADER_LIMIT = 200;
const HEADER = /^(\d{1,7}) ([0-9A-F]{64}) ([0-9a-f]{32})$/;
/** As in the bootstrap. */
const STOP_EXITS: Readonly<Record<(typeof BOOTSTRAP_STOP_WORDS)[number], number>> = {
    languageMode: 64,
    ended: 65,
    header: 66,
    hash: 67,
    waited: 68,
    error: 70,
};
/** The agent reads a request's id only at its beginning, even if it can't read the rest. */
const REQUEST_ID = /^\{"id":([0-9]{1,9}),/;
/** The exit code of a process that `Process.Kill` ended. */
const KILLED = 0xffffffff;

/**
 * Simulates bootstrap and agent, from the first byte of standard input to the end of the process.
 * @returns the exit code
 * @throws AbortError if the host was switched off meanwhile
 */
export async function playProcess(around: AgentSurroundings): Promise<number> {
    const { input, machine, noise } = around;
    if (noise) {
        around.output(PREAMBLE);
        around.errorOutput(CLIXML);
    }
    await sleep(around.startupMs, around.signal);

    const mode = machine.languageMode;
    if (mode !== "FullLanguage") return stopped(around, "languageMode", ` ${mode}`);
    const header = await input.line(HEADER_LIMIT);
    if (header === "ended") return stopped(around, "ended");
    const [, length, sha256, nonce] = (header === "tooLong" ? null : HEADER.exec(header.text)) ?? [];
    if (nonce === undefined) return stopped(around, "header");
    const text = await input.bytes(Number(length));
    if (text === "ended") return stopped(around, "ended");
    if (createHash("sha256").update(text).digest("hex").toUpperCase() !== sha256) return stopped(around, "hash");
    // A real PowerShell would run any text. The model knows only one agent.
    if (text.toString("latin1") !== agentText().text) return stopped(around, "error", " System.Management.Automation.ParseException");
    return converse(around, nonce);
}

/** Says why the process stops. @returns the exit code */
function stopped(around: AgentSurroundings, why: keyof typeof STOP_EXITS, detail = ""): number {
    around.output(`${BOOTSTRAP_STOP}${why}${detail}\r\n`);
    return STOP_EXITS[why];
}

async function converse(around: AgentSurroundings, nonce: string): Promise<number> {
    const { faults } = around;
    if (faults.bite("dropsAtStart") !== undefined) {
        around.drop(false);
        return 1;
    }
    try {
        sendFrame(around, nonce, { id: 0, ok: true, value: around.machine.facts() });
    } catch (error) {
        sendFrame(around, nonce, { id: 0, ok: false, failure: failureOf(error) });
    }
    const loaded = new Set<AgentPart>();
    for (;;) {
        const line = await around.input.lineOrBeginning(MAX_REQUEST);
        if (line === "ended") return 0;
        const request = parsedRequest(line.text);
        if (request === undefined) {
            const id = Number(REQUEST_ID.exec(line.text)?.[1] ?? 0);
            sendFrame(around, nonce, {
                id,
                ok: false,
                failure: agentFailure("badRequest", "the request names no verb of this agent").failure,
            });
            continue;
        }
        around.counters.requests[request.verb] += 1;
        if (request.verb === "load") {
            sendFrame(around, nonce, load(request, loaded));
            continue;
        }
        const ended = await serve(around, nonce, request, loaded);
        if (ended !== undefined) return ended;
    }
}

/** @returns the exit code if the process ends with this request */
async function serve(
    around: AgentSurroundings,
    nonce: string,
    request: Request,
    loaded: ReadonlySet<AgentPart>,
): Promise<number | undefined> {
    const here = ({ verb }: { readonly verb?: Verb }) => verb === undefined || verb === request.verb;
    const kill = around.faults.bite("agentKilled", here);
    const drop = around.faults.bite("connectionDrops", here);
    if (kill?.when === "before") return KILLED;
    if (drop?.when === "beforeVerb") {
        around.drop(false);
        return 1;
    }
    const diesAfter = kill?.when === "in" ? (kill.steps ?? 0) : undefined;
    const answer = await answerIfAlive(around, request, diesAfter, loaded);
    if (answer === undefined || kill !== undefined) return KILLED;
    if (drop?.when === "beforeAnswer") {
        around.drop(false);
        return 1;
    }
    if ((await sendAnswer(around, nonce, request, answer)) === "ends") return 1;
    if (drop?.when === "afterAnswer") around.drop(true);
    if (request.verb === "bye") return 0;
    // The verb still hangs in its runspace: only the end of the process ends it.
    return !answer.ok && answer.failure.type === TIMEOUT.type ? KILLED : undefined;
}

async function answerIfAlive(
    around: AgentSurroundings,
    request: Request,
    diesAfter: number | undefined,
    loaded: ReadonlySet<AgentPart>,
): Promise<Answer | undefined> {
    try {
        return await answerInTime(around, request, diesAfter, loaded);
    } catch (error) {
        if (error instanceof ProcessKilled) return undefined;
        throw error;
    }
}

function parsedRequest(line: string): Request | undefined {
    if (line.length > MAX_REQUEST) return undefined;
    if (!REQUEST_ID.test(line)) return undefined;
    return requestSchema.safeParse(parsedJson(line)).data;
}
