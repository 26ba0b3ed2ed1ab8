import { overfilledBy } from "../core/ledger/room";
import type { HostFailure } from "../core/wire/hostFailure";
import { byList, failedReading, LISTS, type List, type Observation, type ObserveRequest, type Readings } from "../core/wire/observation";
import type { Applied, Step, StepOf, Stopped } from "../core/wire/step";
import { editDefinition, readDefinition, removeBeside, restoreDefinition } from "./definitions";
import type { MachineState } from "./machineState";
import { removeLeftovers } from "./mofFolder";
import { compileMof, readNamespace } from "./namespaceFlags";
import { readRegistration, registerMof, unregisterMof } from "./registrations";
import { observeValue, readLedger, setLedger, setValue } from "./registryAccess";
import { rebuildRepository } from "./repositoryRebuild";
import { type StepContext, type StopReason, unexpected } from "./stepContext";
import { agentFailure, failureOf, WindowsException } from "./windowsException";

/** The agent's verbs on the model. The only place that defines their effect: a host in memory and the simulator's agent both call these. */

export interface ApplyArguments {
    readonly steps: readonly Step[];
    readonly observe: ObserveRequest;
    readonly mutexTimeoutMs: number;
    /** Leaves temporary MOF files in place, as `kept-*.mof`. @default false */
    readonly keepMof?: boolean;
    /** Aborted when the requesting process is gone: it no longer gets its turn. */
    readonly signal?: AbortSignal;
    /** How the process proceeds through the steps. @default at once, and to the end */
    readonly pace?: ApplyPace;
}

/**
 * The process that carries out the steps. If one of these throws, the process is dead: it cleans up nothing, and its mutex is abandoned.
 */
export interface ApplyPace {
    /** Called before each step, and after the last one with the number of steps. */
    beforeStep(index: number): Promise<void>;
    /** Called in each step that found what it expected, before its last effect. */
    halfway(index: number): void;
}

/** How each kind of thing is read, and what is removed before a list of steps that also observes it. */
const MODELS: {
    readonly [L in List]: {
        read(machine: MachineState, asked: ObserveRequest[L][number]): Readings[L][number];
        tidy?(machine: MachineState, asked: ObserveRequest[L][number]): void;
    };
} = {
    namespaces: { read: readNamespace },
    values: { read: observeValue },
    registrations: { read: readRegistration },
    definitions: { read: readDefinition, tidy: removeBeside },
};

/** What each step does. */
const STEPS: { readonly [Do in Step["do"]]: (context: StepContext, step: StepOf<Do>) => StopReason | null } = {
    setLedger,
    compileMof,
    setValue,
    registerMof,
    unregisterMof,
    editDefinition,
    restoreDefinition,
};

/** Reads the whole ledger, then everything that is asked for. A problem with one thing becomes that thing's answer. */
export function observe(machine: MachineState, request: ObserveRequest): Observation {
    const read = <L extends List>(list: L, asked: ObserveRequest[L][number]): Readings[L][number] =>
        orFailed(
            () => MODELS[list].read(machine, asked),
            (failure) => failedReading(list, asked, failure),
        );
    const ledger = readLedger(machine);
    const readings = byList<Readings>((list) => request[list].map((asked) => read(list, asked)) as Readings[List]);
    return { ...readings, ledger };
}

function orFailed<Reading>(read: () => Reading, failed: (failure: HostFailure) => Reading): Reading {
    try {
        return read();
    } catch (error) {
        return failed(failureOf(error));
    }
}

/**
 * Carries out steps under the machine's mutex, in order, until one finds something unexpected; then observes.
 * @throws WindowsException `Busy` if the mutex was not available in time, `StillCompiling`, and what reading the ledger throws
 */
export async function apply(
    machine: MachineState,
    { steps, observe: wanted, mutexTimeoutMs, keepMof = false, signal, pace }: ApplyArguments,
): Promise<Applied> {
    const release = await machine.mutex.acquire(mutexTimeoutMs, signal);
    if (release === undefined) throw agentFailure("busy", "another run of pulumi-wmisec is writing to this host");
    try {
        if (machine.faults.bite("compilerStillRuns"))
            throw agentFailure(
                "stillCompiling",
                "a mofcomp.exe that an earlier run started still runs: the file is being used by another process",
            );
        removeLeftovers(machine);
        for (const list of LISTS) for (const asked of wanted[list]) tidy(machine, list, asked);
        const overfilled = overfilledBy(steps, readLedger(machine));
        let stopped: Stopped | null = overfilled === undefined ? null : { ...unexpected(overfilled), step: 0 };
        let done = 0;
        for (const [index, step] of stopped === null ? steps.entries() : []) {
            await pace?.beforeStep(index);
            triggerFaults(machine, index);
            const halt = carryOut({ machine, keepMof, halfway: () => pace?.halfway(index) }, step);
            if (halt !== null) {
                stopped = { ...halt, step: index };
                break;
            }
            done += 1;
        }
        if (stopped === null) await pace?.beforeStep(steps.length);
        const observation = observe(machine, wanted);
        release();
        return { done, stopped, observation };
    } catch (error) {
        release(error instanceof WindowsException ? "released" : "abandoned");
        throw error;
    }
}

function triggerFaults(machine: MachineState, index: number): void {
    const now = ({ step }: { readonly step: number }) => step === index;
    if (machine.faults.bite("repositoryRebuiltBeforeStep", now)) rebuildRepository(machine);
    if (machine.faults.bite("wmiStopsBeforeStep", now)) machine.faults.on("wmiDown", {});
}

/** @returns null if the step was carried out */
function carryOut(context: StepContext, step: Step): StopReason | null {
    try {
        return play(context, step);
    } catch (error) {
        return { reason: "failed", failure: failureOf(error) };
    }
}

/** Typed access to the table of steps. */
const play = <Do extends Step["do"]>(context: StepContext, step: StepOf<Do>): StopReason | null => STEPS[step.do as Do](context, step);

const tidy = <L extends List>(machine: MachineState, list: L, asked: ObserveRequest[L][number]): void =>
    MODELS[list].tidy?.(machine, asked);
