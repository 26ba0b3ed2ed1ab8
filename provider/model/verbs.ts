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
import { type Halt, type StepContext, unexpected } from "./stepContext";
import { agentFailure, failureOf, WindowsException } from "./windowsException";

/**
 * The agent's verbs, played on the model. The one place that says what they mean for it: a host in memory and the simulator's
 * agent both call these.
 */

export interface ApplyArguments {
    readonly steps: readonly Step[];
    readonly observe: ObserveRequest;
    readonly mutexTimeoutMs: number;
    /** Leaves temporary MOF files where they are, as `kept-*.mof`. @default false */
    readonly keepMof?: boolean;
    /** Aborted when the process that asked is gone: it does not get its turn any more. */
    readonly signal?: AbortSignal;
    /** How the process goes through the steps. @default at once, and to the end */
    readonly pace?: ApplyPace;
}

/** The process that carries steps out. When one of these throws, it is dead: it tidies nothing, and its mutex is abandoned. */
export interface ApplyPace {
    /** Before each step, and after the last one with the number of steps. */
    beforeStep(index: number): Promise<void>;
    /** In each step that found what it expected, before its last effect. */
    halfway(index: number): void;
}

/** What can be asked about, with how it is read, and what is taken away before a list of steps that asks for it. */
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
const STEPS: { readonly [Do in Step["do"]]: (context: StepContext, step: StepOf<Do>) => Halt | null } = {
    setLedger,
    compileMof,
    setValue,
    registerMof,
    unregisterMof,
    editDefinition,
    restoreDefinition,
};

/** Looks at the whole ledger, then at everything that is asked for. Trouble with one thing is that thing's answer. */
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

function orFailed<Reading>(look: () => Reading, failed: (failure: HostFailure) => Reading): Reading {
    try {
        return look();
    } catch (error) {
        return failed(failureOf(error));
    }
}

/**
 * Carries steps out under the machine's mutex, in order, until one of them meets what it does not expect; then looks.
 * @throws WindowsException `Busy` when the mutex was not to be had in time, `StillCompiling`, and what a look at the ledger meets
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
            somethingHappens(machine, index);
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

function somethingHappens(machine: MachineState, index: number): void {
    const now = ({ step }: { readonly step: number }) => step === index;
    if (machine.faults.bite("repositoryRebuiltBeforeStep", now)) rebuildRepository(machine);
    if (machine.faults.bite("wmiStopsBeforeStep", now)) machine.faults.on("wmiDown", {});
}

/** @returns null when it was carried out */
function carryOut(context: StepContext, step: Step): Halt | null {
    try {
        return play(context, step);
    } catch (error) {
        return { reason: "failed", failure: failureOf(error) };
    }
}

/** The table gives each step what is its own. */
const play = <Do extends Step["do"]>(context: StepContext, step: StepOf<Do>): Halt | null => STEPS[step.do as Do](context, step);

const tidy = <L extends List>(machine: MachineState, list: L, asked: ObserveRequest[L][number]): void =>
    MODELS[list].tidy?.(machine, asked);
