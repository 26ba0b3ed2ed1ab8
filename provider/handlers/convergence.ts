import { movesIn } from "../core/ledger/begunMove";
import { DEFAULT_COMPILER } from "../core/wire/compiler";
import { type Reconciled, type ReconcileRequest, reconcile } from "../reconcile";
import type { AbandonedHost, FormerHost } from "../resources/commonOutputs";
import type { CommonInputs, ResourceSpec } from "../resources/resource";
import type { Evidence } from "./evidence";
import { foundItems } from "./findings";
import type { FormerHosts } from "./formerHosts";
import type { MoveNote, Moves } from "./moves";
import { hostText, withHost } from "./naming";
import { PartialFailure } from "./partialFailure";
import { type Runtime, reporterFor } from "./runtime";
import {
    appliedBy,
    formatState,
    itemsOf,
    machinesOf,
    memoryOf,
    type Remembered,
    type State,
    type Stored,
    unfinishedMovesOf,
} from "./state";

/** What is known before an operation. */
export interface Past {
    /** What the state remembers about the host that is to be made as declared. */
    readonly host: FormerHost | undefined;
    /** What the state keeps if a write fails. */
    readonly kept: Pick<Stored, "outputs"> & { readonly memory: Omit<Remembered, "machine"> & { readonly machine?: string } };
    readonly unreleased: readonly FormerHost[];
    readonly abandoned: readonly AbandonedHost[];
    /** The move to note before the first write. */
    readonly move?: MoveNote;
}

export const NO_PAST: Past = { host: undefined, kept: { outputs: {}, memory: { applied: {}, before: {} } }, unreleased: [], abandoned: [] };

/** What a convergence leaves to others. */
interface Helpers {
    readonly former: FormerHosts;
    readonly moves: Moves;
    readonly evidence: Evidence;
}

/** Makes one host as a resource declares it, and says what the state is to remember of that. */
export class Convergence {
    constructor(
        private readonly spec: ResourceSpec,
        private readonly runtime: Runtime,
        private readonly helpers: Helpers,
    ) {}

    /**
     * @returns the state
     * @throws WmisecError if no write began; PartialFailure if one did, with the state to keep
     */
    async run(id: string, inputs: CommonInputs, past: Past): Promise<Stored> {
        let written: string | undefined;
        const request: ReconcileRequest = {
            ...this.request(id, inputs, past),
            onWrite: async (machine) => {
                await this.runtime.beforeWrite();
                await past.move?.announce(machine);
                written = machine;
            },
            onNothingWritten: () => {
                written = undefined;
            },
        };
        try {
            return await this.remember(id, inputs, past, await reconcile(this.runtime.host(inputs.connection), request));
        } catch (error) {
            const failure = withHost(inputs.connection, error);
            if (written === undefined) {
                await past.move?.withdraw();
                throw failure;
            }
            const { kept, unreleased, abandoned } = past;
            const memory: Remembered = { machine: written, ...kept.memory, unreleased, abandoned, incomplete: true };
            throw new PartialFailure(id, formatState(this.spec, { inputs, outputs: kept.outputs, memory }), failure);
        }
    }

    private request(id: string, inputs: CommonInputs, past: Past): Omit<ReconcileRequest, "onWrite" | "onNothingWritten"> {
        const declared = this.spec.declared(inputs);
        const known = knownHosts(past);
        return {
            declarations: declared.flatMap(({ declaration }) => (typeof declaration === "string" ? [] : [declaration])),
            dropped: past.host === undefined ? [] : itemsOf(past.host),
            leftAlone: declared.flatMap(({ item, declaration }) => (typeof declaration === "string" ? [item] : [])),
            claim: {
                owner: inputs.owner,
                stamp: id,
                now: this.runtime.now(),
                evict: this.runtime.evict,
                compiler: inputs.compiler ?? DEFAULT_COMPILER,
                lives: this.runtime.lives,
            },
            superseded: true,
            onDelete: inputs.onDelete ?? "restore",
            memoryOn: (machine) => memoryOf(machine, known),
            onReport: reporterFor(this.runtime, hostText(inputs)),
        };
    }

    private async remember(id: string, inputs: CommonInputs, past: Past, { machine, seen, before }: Reconciled): Promise<Stored> {
        const { former, moves, evidence } = this.helpers;
        const applied = appliedBy(this.spec, inputs);
        const left = past.host === undefined ? undefined : await former.abandonIfReplaced(machine, past.host);
        const claim = { owner: inputs.owner, stamp: id, machine, lives: this.runtime.lives };
        const unfinished = await moves.settle(
            this.runtime.host(inputs.connection),
            movesIn(seen.ledger, claim, { superseded: true }),
            machinesOf({ machine, unreleased: past.unreleased, abandoned: past.abandoned }),
        );
        await moves.warnUnfinished(hostText(inputs), unfinished);
        return {
            inputs,
            outputs: {
                ...this.spec.toOutputs(inputs, foundItems(this.spec, inputs, { applied }, seen)),
                ...(await evidence.gather(inputs)).outputs,
            },
            memory: {
                applied,
                before: { ...keptBefore(knownHosts(past), machine, applied), ...before },
                machine,
                unfinishedMoves: unfinishedMovesOf(unfinished),
                // This machine is neither to be released nor abandoned, whatever name led to it before.
                unreleased: past.unreleased.filter((one) => one.machine !== machine),
                abandoned: [...past.abandoned.filter((one) => one.machine !== machine), ...(left === undefined ? [] : [left])],
            },
        };
    }
}

const knownHosts = ({ host, unreleased }: Past): readonly FormerHost[] => [...(host === undefined ? [] : [host]), ...unreleased];

/** `before` of items that are left alone: they were not joined, so no entry was read for them. */
function keptBefore(known: readonly FormerHost[], machine: string, applied: State["applied"]): State["before"] {
    const before = known.find((one) => one.machine === machine)?.before ?? {};
    return Object.fromEntries(Object.entries(before).filter(([name]) => name in applied));
}
