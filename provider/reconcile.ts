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
import { leave, release } from "./core/ledger/release";
import { Report } from "./core/ledger/report";
import { refuseToOverfill } from "./core/ledger/room";
import { stoppedError } from "./core/ledger/stoppedError";
import { CONTRADICTION, unmetError } from "./core/ledger/unmetError";
import { machineIdentity } from "./core/wire/machine";
import type { Observation } from "./core/wire/observation";
import type { WindowsHost } from "./hosts/windowsHost";

export interface ReconcileRequest {
    /** What the owner wants; empty for a delete. */
    readonly declarations: readonly Declaration[];
    /** What the owner wanted before and does not want any more. */
    readonly dropped: readonly Item[];
    /** Declared, but to be left as it is: neither joined nor released. */
    readonly leftAlone: readonly Item[];
    readonly claim: Omit<Claim, "machine">;
    /** Releases what other lives of the owner left behind, too. False for a delete while a program runs: a successor may be in force. */
    readonly superseded: boolean;
    readonly onDelete: "restore" | "leave";
    /** What the state remembers of items on the machine, by item name. Empty for another machine than the state's. */
    readonly memoryOn: (machine: string) => ReadonlyMap<string, Memory>;
    /** Called before the first byte of a write is sent; may reject to stop it. */
    readonly onWrite: (machine: string) => Promise<void>;
    /** Called when what `onWrite` announced has written nothing after all: somebody was faster, at the very first step. */
    readonly onNothingWritten?: () => void;
    /** Called once, at the end, also before an error: what was carried out is told in any case. */
    readonly tell: (report: Report) => Promise<void>;
}

export interface Reconciled {
    readonly machine: string;
    /** What the host has now: the declared items and those that are left alone. */
    readonly seen: Observation;
    /** What stood there before, by item name, of the declared items that have an entry. */
    readonly before: Readonly<Record<string, ItemValue>>;
}

/**
 * Somebody may change the host between our look and our write: then we look and plan again. In each round somebody gets
 * through, so resources that share an item come to an end; somebody who keeps changing it does not, and that is told.
 */
const ATTEMPTS = 10;

/**
 * Looks, plans, and writes what differs: one request when there is nothing to do, two otherwise. One more look when the ledger
 * shows items of this owner that nobody declares any more, and two requests more each time that somebody changed the host meanwhile.
 *
 * @throws WmisecError; nothing was written if `onWrite` was not called, or `onNothingWritten` was called after it.
 */
export async function reconcile(host: WindowsHost, request: ReconcileRequest): Promise<Reconciled> {
    const reconciliation = new Reconciliation(host, request);
    try {
        return await reconciliation.run();
    } finally {
        await request.tell(reconciliation.report);
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
            const joins = request.declarations.map((declaration): Planned => {
                const { item } = declaration;
                return { item, plan: join(declaration, recordedState(item, seen), claim, memory.get(itemName(item))) };
            });
            const leaves = releases.map((item): Planned => {
                if (request.onDelete === "leave") return { item, plan: leave(recordOf(item, seen), claim, request) };
                return { item, plan: release(recordedState(item, seen, "release"), claim, request, memory.get(itemName(item))) };
            });
            const planned = [...joins, ...leaves];
            const steps = planned.flatMap(({ plan }) => plan.steps);
            refuseToUndoOthers(steps, seen, claim);
            refuseToOverfill(
                joins.flatMap(({ plan }) => plan.steps),
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
                    // What is released has no entry any more, and none was lost.
                    if (!keep.has(itemName(item))) memory.delete(itemName(item));
                }
                if (applied.stopped?.reason === "unexpected" && attempt < ATTEMPTS) continue;
                if (applied.stopped !== null) throw stoppedError(steps, applied.stopped, applied.done, ATTEMPTS);
                const released = new Set(releases.map(itemName));
                const still = stillOwnerError(orphansIn(seen, claim, request, keep).filter((item) => released.has(itemName(item))));
                if (still !== undefined) throw still;
            }
            const unmet =
                steps.length === 0 ? undefined : request.declarations.find((one) => !satisfies(one, recordedState(one.item, seen)));
            // A step that sets other namespaces, too, may have set the flag of one that is declared.
            if (unmet !== undefined && attempt < ATTEMPTS && steps.some((step) => stepKind(step)?.alsoSets !== undefined)) continue;
            for (const { item, plan } of planned) this.report.add(item, plan);
            for (const item of request.onDelete === "leave" ? [] : releases)
                if (recordedState(item, seen).differs) this.report.warn(`${describeItem(item)}: ${CONTRADICTION}`);
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

/** Those whose steps are all among the first `done`. */
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
