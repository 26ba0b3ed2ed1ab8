import { type AgentPart, partText } from "../agent/command";
import { neededParts } from "../agent/neededParts";
import type { Answer, Request, Verb } from "../agent/protocol";
import type { HostFailure } from "../core/wire/hostFailure";
import { machineIdentity } from "../core/wire/machine";
import { readEvents } from "../model/eventReading";
import { type ApplyPace, apply, observe } from "../model/verbs";
import { agentFailure, failureOf } from "../model/windowsException";
import { type AgentSurroundings, sleep } from "./agentSurroundings";
import { checkedArgs } from "./checkedArgs";
import { hostileValue } from "./hostileValue";

/** The simulated process was killed. */
export class ProcessKilled extends Error {
    constructor() {
        super("the process was killed");
        this.name = "ProcessKilled";
    }
}

/** The answer if a verb takes too long. The process ends with it. */
export const TIMEOUT: HostFailure = {
    ...agentFailure("timeout", "no answer from this host's own interfaces in time").failure,
    hresult: "0x00000000",
};

/**
 * The verb's answer, or the failure `Timeout` if it takes too long.
 * @param loaded parts of the agent that the host has
 * @param diesAfter after so many steps of an `apply` the process dies in the next one
 * @throws ProcessKilled when it does
 */
export async function answerInTime(
    around: AgentSurroundings,
    request: Request,
    diesAfter: number | undefined,
    loaded: ReadonlySet<AgentPart>,
): Promise<Answer> {
    const over = new AbortController();
    const { signal } = over;
    const switchedOff = () => over.abort();
    around.signal.addEventListener("abort", switchedOff);
    if (around.signal.aborted) switchedOff();
    const deadline = sleep(request.timeoutMs, signal).then((): Answer => ({ id: request.id, ok: false, failure: TIMEOUT }));
    const work = carryOut(around, request, signal, diesAfter, loaded).then(
        (value): Answer => ({ id: request.id, ok: true, value }),
        (error: unknown): Answer => ({ id: request.id, ok: false, failure: failureOf(error) }),
    );
    // The later one is aborted, and its result does not matter. The race reports the first one.
    for (const one of [deadline, work]) one.catch(() => undefined);
    try {
        return await Promise.race([deadline, work]);
    } finally {
        around.signal.removeEventListener("abort", switchedOff);
        over.abort();
    }
}

async function carryOut(
    around: AgentSurroundings,
    { verb, args }: Request,
    signal: AbortSignal,
    diesAfter: number | undefined,
    loaded: ReadonlySet<AgentPart>,
): Promise<unknown> {
    const { machine } = around;
    const hang = around.faults.bite("verbHangs", (detail) => detail.verb === undefined || detail.verb === verb);
    if (hang?.when === "before") await forever(signal);
    await sleep(around.verbMs, signal);
    const value = hostileValue(around, verb, args) ?? (await played(verb));
    if (hang !== undefined) await forever(signal);
    return value;

    async function played(name: Verb): Promise<unknown> {
        refuseWithoutParts(name, args, loaded);
        if (name === "observe") {
            await slowDown(around, signal);
            return observe(machine, checkedArgs("observe", args));
        }
        if (name === "apply") {
            const checked = checkedArgs("apply", args);
            const identity = machineIdentity(machine.facts());
            if (identity !== checked.machine) throw agentFailure("otherMachine", `this machine is ${identity}`);
            return apply(machine, { ...checked, signal, pace: paceOf(around, signal, checked.steps.length, diesAfter) });
        }
        if (name === "readEvents") {
            await slowDown(around, signal);
            return readEvents(machine, checkedArgs("readEvents", args));
        }
        checkedArgs("bye", args);
        return null;
    }
}

/** Adds a part of the agent that a client sends. */
export function load(request: Request, loaded: Set<AgentPart>): Answer {
    try {
        const { part, text } = checkedArgs("load", request.args);
        if (text !== partText(part).text) throw agentFailure("badRequest", "the text is no part of this agent");
        loaded.add(part);
        return { id: request.id, ok: true, value: null };
    } catch (error) {
        return { id: request.id, ok: false, failure: failureOf(error) };
    }
}

/** Like the agent: it refuses a request if it lacks a part for it. */
function refuseWithoutParts(verb: Verb, args: unknown, loaded: ReadonlySet<AgentPart>): void {
    const missing = neededParts(verb, checkedArgs(verb, args)).find((part) => !loaded.has(part));
    if (missing !== undefined) throw agentFailure("badRequest", `the request needs the part ${missing} of the agent`);
}

function paceOf(around: AgentSurroundings, signal: AbortSignal, steps: number, diesAfter: number | undefined): ApplyPace {
    return {
        async beforeStep(index) {
            await slowDown(around, signal);
            if (index === steps && diesAfter !== undefined) throw new ProcessKilled();
        },
        halfway(index) {
            if (diesAfter !== undefined && index >= diesAfter) throw new ProcessKilled();
        },
    };
}

async function slowDown({ faults }: AgentSurroundings, signal: AbortSignal): Promise<void> {
    const slow = faults.bite("slow");
    if (slow !== undefined) await sleep(slow.ms, signal);
}

const forever = (signal: AbortSignal): Promise<void> => sleep(2 ** 31 - 1, signal);
