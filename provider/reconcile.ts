import { describeItem, inOrderOfRelease, itemName, observeRequestFor } from "./core/items/item";
import type { Item } from "./core/items/kind";
import { type ItemValue, stepKind } from "./core/items/kinds";
import type { Claim } from "./core/ledger/claim";
import { refuseToUndoOthers } from "./core/ledger/conflicts";
import { type Declaration, satisfies } from "./core/ledger/declaration";
import { join } from "./core/ledger/join";
import { orphansIn, stillOwnerError } from "./core/ledger/orphans";
import type { Memory, Plan } from "./core/ledger/plan";
import { type RecordedState, recordedState, recordOf } from "./core/ledger/record";
import { handOver, leave, release } from "./core/ledger/release";
import { Report } from "./core/ledger/report";
import { refuseToOverfill } from "./core/ledger/room";
import { stoppedError } from "./core/ledger/stoppedError";
import { CONTRADICTION, unmetError } from "./core/ledger/unmetError";
import { machineIdentity } from "./core/wire/machine";
import type { Observation } from "./core/wire/observation";
import type { WindowsHost } from "./hosts/windowsHost";

/**
 * What happens to an item that its last owner releases. `restore`: its original value is restored. `leave`: it stays as it is, and the
 * original value is forgotten. `handOver`: it stays as it is, and its entry stays without an owner, so that the next one still knows the
 * original value. If the entry is lost, one is made from the state.
 */
export type OnDelete = "restore" | "leave" | "handOver";

export interface ReconcileRequest {
    /** What the owner declares; empty for a delete. */
    readonly declarations: readonly Declaration[];
    /** Items that the owner declared before and does not declare any more. */
    readonly dropped: readonly Item[];
    /** Declared, but left as they are: neither joined nor released. */
    readonly leftAlone: readonly Item[];
    readonly claim: Omit<Claim, "machine">;
    /** Also releases what other lives of the owner left behind. False for a delete while a program runs: a successor may be in force. */
    readonly superseded: boolean;
    readonly onDelete: OnDelete;
    /** What the state remembers about items on a machine, by item name; empty for a machine that the state does not know. */
    readonly memoryOn: (machine: string) => ReadonlyMap<string, Memory>;
    /** Called before a write is sent; may reject to prevent it. */
    readonly onWrite: (machine: string) => Promise<void>;
    /** Called if the write announced by `onWrite` wrote nothing after all: another run was faster, at the very first step. */
    readonly onNothingWritten?: () => void;
    /** Called once at the end, even before an error: what was carried out is reported in any case. */
    readonly onReport: (report: Report) => Promise<void>;
}

export interface Reconciled {
    readonly machine: string;
    /** What the host has now, for the declared items and those that are left alone. */
    readonly seen: Observation;
    /** The values before our policy, by item name, for declared items that have an entry. */
    readonly before: Readonly<Record<string, ItemValue>>;
}

/**
 * Somebody may change the host between our read and our write: then we read and plan again. In each round one of the competing runs
 * succeeds, so resources that share an item all finish. If something keeps changing the item, we stop with an error.
 */
const ATTEMPTS = 10;

/**
 * Observes, plans, and writes what differs: one request if there is nothing to do, two otherwise. One more observation if the ledger has
 * items of this owner that nobody declares any more; two more requests each time somebody changed the host meanwhile.
 *
 * @throws WmisecError; nothing was written if `onWrite` was not called, or if `onNothingWritten` was called after it
 */
export async function reconcile(host: WindowsHost, request: ReconcileRequest): Promise<Reconciled> {
    const reconciliation = new Reconciliation(host, request);
    try {
        return await reconciliation.run();
    } finally {
        await request.onReport(reconciliation.report);
    }
}

class Reconciliation {
    readonly report = new Report();
    private wrote = false;

    constructor(
        private readonly host: WindowsHost,
        private readonly request: ReconcileRequest,
    ) {}

    async run(): Promise<Reconciled> {
        const { host, request } = this;
        const machine = machineIdentity(await host.machine());
        const claim: Claim = { ...request.claim, machine };
        const declared = request.declarations.map(({ item }) => item);
        const keep = new Set([...declared, ...request.leftAlone].map(itemName));
        let releases = inOrderOfRelease(request.dropped.filter((item) => !keep.has(itemName(item))));
        let items = [...declared, ...request.leftAlone, ...releases];
        let seen = await host.observe(observeRequestFor(items));

        const orphans = orphansIn(seen, claim, request, new Set([...keep, ...releases.map(itemName)]));
        if (orphans.length > 0) {
            releases = inOrderOfRelease([...releases, ...orphans]);
            items = [...items, ...orphans];
            seen = await host.observe(observeRequestFor(items));
        }
        const memory = new Map(request.memoryOn(machine));

        for (let attempt = 1; ; attempt += 1) {
            const joinPlans = request.declarations.map((declaration): Planned => {
                const { item } = declaration;
                return { item, plan: join(declaration, recordedState(item, seen), claim, memory.get(itemName(item))) };
            });
            const releasePlans = releases.map((item): Planned => {
                if (request.onDelete === "leave") return { item, plan: leave(recordOf(item, seen), claim, request) };
                const remembered = memory.get(itemName(item));
                if (request.onDelete === "handOver") return { item, plan: handOver(recordOf(item, seen), claim, request, remembered) };
                return { item, plan: release(recordedState(item, seen, "release"), claim, request, remembered) };
            });
            const planned = [...joinPlans, ...releasePlans];
            const steps = planned.flatMap(({ plan }) => plan.steps);
            refuseToUndoOthers(steps, seen, claim);
            // Items that are handed over keep an entry, as declared ones do.
            const keeping = request.onDelete === "handOver" ? planned : joinPlans;
            refuseToOverfill(
                keeping.flatMap(({ plan }) => plan.steps),
                seen.ledger,
            );
            if (steps.length > 0) {
                await request.onWrite(machine);
                const applied = await host.apply(steps, observeRequestFor(items));
                seen = applied.observation;
                this.wrote ||= applied.done > 0 || applied.stopped?.reason !== "unexpected";
                if (!this.wrote) request.onNothingWritten?.();
                for (const { item, plan } of carriedOut(planned, applied.done)) {
                    this.report.add(item, plan);
                    // A released item has no entry any more, but that entry was not lost.
                    if (!keep.has(itemName(item))) memory.delete(itemName(item));
                }
                if (applied.stopped?.reason === "unexpected" && attempt < ATTEMPTS) continue;
                if (applied.stopped !== null) throw stoppedError(steps, applied.stopped, applied.done, ATTEMPTS);
                const released = new Set(releases.map(itemName));
                const notReleased = stillOwnerError(orphansIn(seen, claim, request, keep).filter((item) => released.has(itemName(item))));
                if (notReleased !== undefined) throw notReleased;
            }
            const unmet =
                steps.length === 0 ? undefined : request.declarations.find((one) => !satisfies(one, recordedState(one.item, seen)));
            // A step that also sets other namespaces may have changed the flag of a declared one.
            if (unmet !== undefined && attempt < ATTEMPTS && steps.some((step) => stepKind(step)?.alsoSets !== undefined)) continue;
            for (const { item, plan } of planned) this.report.add(item, plan);
            for (const item of request.onDelete === "restore" ? releases : [])
                if (recordedState(item, seen).contradictory) this.report.warn(`${describeItem(item)}: ${CONTRADICTION}`);
            if (unmet !== undefined) throw unmetError(unmet, recordedState(unmet.item, seen));
            const states = declared.map((item) => recordedState(item, seen));
            return { machine, seen, before: beforeOf(states) };
        }
    }
}

interface Planned {
    readonly item: Item;
    readonly plan: Plan;
}

/** The plans whose steps are all among the first `done`. */
function carriedOut(planned: readonly Planned[], done: number): Planned[] {
    let end = 0;
    return planned.filter(({ plan }) => {
        end += plan.steps.length;
        return plan.steps.length > 0 && end <= done;
    });
}

function beforeOf(states: readonly RecordedState[]): Record<string, ItemValue> {
    return Object.fromEntries(states.flatMap(({ item, entry }) => (entry === undefined ? [] : [[itemName(item), entry.before]])));
}
