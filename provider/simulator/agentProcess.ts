import { createHash } from "node:crypto";
import { setTimeout as setTimeoutPromise } from "node:timers/promises";
import { agentText } from "../agent/command";
import {
    type Answer,
    asciiJson,
    BOOTSTRAP_STOP,
    type BOOTSTRAP_STOP_WORDS,
    MAX_REQUEST,
    type Request,
    requestSchema,
    VERBS,
    type Verb,
} from "../agent/protocol";
import type { HostFailure } from "../core/hostFailure";
import { readEvents } from "../model/eventReading";
import type { FaultTable } from "../model/faultTable";
import { apply, observe } from "../model/verbs";
import { agentFailure, failureOf } from "../model/windowsException";
import type { WindowsMachine } from "../model/windowsMachine";
import type { Counters } from "./counters";
import type { SimulatorFaults } from "./faults";
import type { InputBytes } from "./inputBytes";
import { BETWEEN_FRAMES, CLIXML, PREAMBLE, wrapped } from "./noise";

/** What a PowerShell process on a simulated host is given. */
export interface AgentSurroundings {
    readonly machine: WindowsMachine;
    readonly faults: FaultTable<SimulatorFaults>;
    readonly counters: Counters;
    readonly input: InputBytes;
    readonly noise: boolean;
    /** Milliseconds from the start to the first byte read. */
    readonly startupMs: number;
    /** Milliseconds that each verb takes. */
    readonly verbMs: number;
    /** Aborted when the host is switched off: the process is gone at once. */
    readonly signal: AbortSignal;
    output(bytes: Buffer | string): void;
    errorOutput(text: string): void;
    /** The connection breaks; `politely`: after what was written. */
    drop(politely: boolean): void;
}

/** The bootstrap reads on to a newline however long that takes; this is only where the model gives up. */
const HEADER_LIMIT = 1 << 20;
const HEADER = /^(\d{1,7}) ([0-9A-F]{64}) ([0-9a-f]{32})$/;
/** As in the bootstrap. */
const STOP_EXITS: Readonly<Record<(typeof BOOTSTRAP_STOP_WORDS)[number], number>> = {
    languageMode: 64,
    ended: 65,
    header: 66,
    hash: 67,
    error: 70,
};
/** The agent finds the number of a request, also of one that it can't read, at its beginning only. */
const REQUEST_ID = /^\{"id":([0-9]{1,9}),/;
/** How a process looks that ended itself by `Process.Kill`. */
const KILLED = 0xffffffff;

/**
 * Plays bootstrap and agent, from the first byte of standard input to the end of the process.
 * @returns the exit code
 * @throws AbortError when the host was switched off meanwhile
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
    // A real PowerShell would run whatever this is; the model knows one agent only.
    if (text.toString("latin1") !== agentText().text) return stopped(around, "error", " System.Management.Automation.ParseException");
    return converse(around, nonce);
}

/** Says why the process stops. @returns the exit code */
function stopped(around: AgentSurroundings, why: keyof typeof STOP_EXITS, detail = ""): number {
    around.output(`${BOOTSTRAP_STOP}${why}${detail}\r\n`);
    return STOP_EXITS[why];
}

async function converse(around: AgentSurroundings, nonce: string): Promise<number> {
    const send = (answer: Answer): void => {
        const frame = `${nonce}${asciiJson(answer)}${nonce}`;
        around.output(around.noise ? `${BETWEEN_FRAMES}${wrapped(frame)}\r\n` : `${frame}\n`);
    };
    if (around.faults.bite("dropsAtStart") !== undefined) {
        around.drop(false);
        return 1;
    }
    try {
        send({ id: 0, ok: true, value: around.machine.facts() });
    } catch (error) {
        send({ id: 0, ok: false, failure: failureOf(error) });
    }
    for (;;) {
        const line = await around.input.line(MAX_REQUEST);
        if (line === "ended") return 0;
        // The agent lets the error end it.
        if (line === "tooLong") return stopped(around, "error", " System.InvalidOperationException");
        const request = parsedRequest(line.text);
        if (request === undefined) {
            const id = Number(REQUEST_ID.exec(line.text)?.[1] ?? 0);
            send({ id, ok: false, failure: agentFailure("badRequest", "the request names no verb of this agent").failure });
            continue;
        }
        around.counters.requests[request.verb] += 1;
        const drop = around.faults.bite("connectionDrops", ({ verb }) => verb === undefined || verb === request.verb);
        if (drop?.when === "beforeVerb") {
            around.drop(false);
            return 1;
        }
        const answer = await answerInTime(around, request);
        if (drop?.when === "beforeAnswer") {
            around.drop(false);
            return 1;
        }
        send(answer);
        if (drop?.when === "afterAnswer") around.drop(true);
        if (request.verb === "bye") return 0;
        // The verb still hangs in its runspace: only the end of the process ends it.
        if (!answer.ok && answer.failure.type === TIMEOUT.type) return KILLED;
    }
}

const TIMEOUT: HostFailure = {
    ...agentFailure("timeout", "no answer from this host's own interfaces in time").failure,
    hresult: "0x00000000",
};

function parsedRequest(line: string): Request | undefined {
    if (!REQUEST_ID.test(line)) return undefined;
    try {
        const parsed = requestSchema.safeParse(JSON.parse(line));
        return parsed.success ? parsed.data : undefined;
    } catch (error) {
        if (error instanceof SyntaxError) return undefined;
        throw error;
    }
}

/** The verb's answer, or the failure `Timeout` when it does not come in time. */
async function answerInTime(around: AgentSurroundings, request: Request): Promise<Answer> {
    const over = new AbortController();
    const { signal } = over;
    const switchedOff = () => over.abort();
    around.signal.addEventListener("abort", switchedOff);
    if (around.signal.aborted) switchedOff();
    const deadline = sleep(request.timeoutMs, signal).then((): Answer => ({ id: request.id, ok: false, failure: TIMEOUT }));
    const work = carryOut(around, request, signal).then(
        (value): Answer => ({ id: request.id, ok: true, value }),
        (error: unknown): Answer => ({ id: request.id, ok: false, failure: failureOf(error) }),
    );
    // Whichever is late is cut off, and how it ends is of no interest; the first one's end goes through the race.
    for (const one of [deadline, work]) one.catch(() => undefined);
    try {
        return await Promise.race([deadline, work]);
    } finally {
        around.signal.removeEventListener("abort", switchedOff);
        over.abort();
    }
}

async function carryOut(around: AgentSurroundings, { verb, args }: Request, signal: AbortSignal): Promise<unknown> {
    const { machine } = around;
    const hang = around.faults.bite("verbHangs", (detail) => detail.verb === undefined || detail.verb === verb);
    if (hang?.when === "before") await forEver(signal);
    await sleep(around.verbMs, signal);
    const value = await played(verb);
    if (hang !== undefined) await forEver(signal);
    return value;

    async function played(name: Verb): Promise<unknown> {
        if (name === "observe") return observe(machine, checked("observe", args));
        if (name === "apply") return apply(machine, { ...checked("apply", args), signal });
        if (name === "readEvents") return readEvents(machine, checked("readEvents", args));
        checked("bye", args);
        return null;
    }
}

/** As strictly as the agent: what does not fit the verb is refused whole. */
function checked<V extends Verb>(verb: V, args: unknown) {
    const parsed = VERBS[verb].args.safeParse(args);
    if (!parsed.success) throw agentFailure("badRequest", `arguments of ${verb}: ${parsed.error.issues[0]?.path.join(".")}`);
    return parsed.data as ReturnType<(typeof VERBS)[V]["args"]["parse"]>;
}

const forEver = (signal: AbortSignal): Promise<void> => sleep(2 ** 31 - 1, signal);

/** @throws AbortError when the signal comes first */
function sleep(ms: number, signal: AbortSignal): Promise<void> {
    if (ms <= 0 && !signal.aborted) return Promise.resolve();
    return setTimeoutPromise(ms, undefined, { signal });
}
