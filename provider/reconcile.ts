import { refuseToUndoOthers } from "./core/bystanders";
import { WmisecError } from "./core/errors";
import { describeItem, type Item, inOrderOfRelease, itemName, itemNamed, lookAt } from "./core/item";
import { describeLive, type ItemValue } from "./core/itemValue";
import { type Claim, type Declaration, join, leave, type Memory, release, satisfies } from "./core/ledger";
import { parseEntry } from "./core/ledgerEntry";
import { describeFound, type Look, lookOf, recordOf } from "./core/look";
import { machineIdentity } from "./core/machine";
import type { Observation } from "./core/observation";
import { AUTORECOVER_LIST } from "./core/registration";
import { stoppedError } from "./core/stoppedError";
import type { WindowsHost } from "./hosts/windowsHost";

export interface ReconcileRequest {
    /** What the owner wants; empty for a delete. */
    readonly declarations: readonly Declaration[];
    /** What the owner wanted before and does not want any more. */
    readonly dropped: readonly Item[];
    /** Declared, but to be left as it is: neither joined nor released. */
    readonly leftAlone: readonly Item[];
    readonly claim: Omit<Claim, "machine">;
    /** Releases what former lives of the owner left behind, too. False for a delete: a successor may be in force. */
    readonly superseded: boolean;
    readonly onDelete: "restore" | "leave";
    /** What the state remembers of items on the machine, by item name. Empty for another machine than the state's. */
    readonly memoryOn: (machine: string) => ReadonlyMap<string, Memory>;
    /** Called before the first byte of a write is sent; may reject to stop it. */
    readonly onWrite: (machine: string) => Promise<void>;
    /** Called when what `onWrite` announced has written nothing after all: somebody was faster, at the very first step. */
    readonly onNothingWritten?: () => void;
}

export interface Reconciled {
    readonly machine: string;
    /** What the host has now: the declared items, those that are left alone, and those that were released. */
    readonly seen: Observation;
    /** What stood there before, by item name, of the declared items that have an entry. */
    readonly before: Readonly<Record<string, ItemValue>>;
    /** What somebody should look into. */
    readonly warnings: readonly string[];
    /** What is good to know. */
    readonly notes: readonly string[];
}

/**
 * Somebody may change the host between our look and our write: then we look and plan again. In each round somebody gets
 * through, so resources that share an item come to an end; somebody who keeps changing it does not, and that is told.
 */
const ATTEMPTS = 10;

/**
 * Looks, plans, and writes what differs: one request when there is nothing to do, two otherwise. A third when the ledger
 * shows items of this owner that nobody declares any more, and two more when somebody changed the host meanwhile.
 *
 * @throws WmisecError; nothing was written if `onWrite` was not called, or `onNothingWritten` was called after it.
 */
export async function reconcile(host: WindowsHost, request: ReconcileRequest): Promise<Reconciled> {
    const machine = machineIdentity(await host.machine());
    const claim: Claim = { ...request.claim, machine };
    const declared = request.declarations.map(({ item }) => item);
    const keep = new Set([...declared, ...request.leftAlone].map(itemName));
    let releases = inOrderOfRelease(request.dropped.filter((item) => !keep.has(itemName(item))));
    let items = [...declared, ...request.leftAlone, ...releases];
    let seen = await host.observe(lookAt(items));

    const orphans = orphansIn(seen, claim, request.superseded, new Set([...keep, ...releases.map(itemName)]));
    if (orphans.length > 0) {
        releases = inOrderOfRelease([...releases, ...orphans]);
        items = [...items, ...orphans];
        seen = await host.observe(lookAt(items));
    }
    const memory = request.memoryOn(machine);

    let wrote = false;
    for (let attempt = 1; ; attempt += 1) {
        const joins = request.declarations.map((declaration) =>
            join(declaration, lookOf(declaration.item, seen), claim, memory.get(itemName(declaration.item))),
        );
        const leaves = releases.map((item) =>
            request.onDelete === "leave"
                ? leave(recordOf(item, seen), claim, request)
                : release(lookOf(item, seen, "release"), claim, request, memory.get(itemName(item))),
        );
        const plans = [...joins, ...leaves];
        const steps = plans.flatMap((plan) => plan.steps);
        refuseToUndoOthers(steps, seen, claim);
        if (steps.length > 0) {
            await request.onWrite(machine);
            const applied = await host.apply(steps, lookAt(items));
            seen = applied.observation;
            wrote ||= applied.done > 0 || applied.stopped?.reason !== "unexpected";
            if (!wrote) request.onNothingWritten?.();
            if (applied.stopped?.reason === "unexpected" && attempt < ATTEMPTS) continue;
            if (applied.stopped !== null) throw stoppedError(steps, applied.stopped, applied.done, ATTEMPTS);
        }
        const looks = declared.map((item) => lookOf(item, seen));
        if (steps.length > 0) {
            const unmet = request.declarations.find((declaration) => !satisfies(declaration, lookOf(declaration.item, seen)));
            // All of a definition is compiled: it may have set the flag of another namespace that is declared, too.
            if (unmet !== undefined && attempt < ATTEMPTS && steps.some((step) => step.do === "editDefinition")) continue;
            if (unmet !== undefined) throw unmetError(unmet, lookOf(unmet.item, seen));
        }
        return {
            machine,
            seen,
            before: beforeOf(looks),
            notes: [
                ...plans.flatMap(({ notes = [] }) => notes),
                ...noteOfFalse(releases.filter((_, index) => leaves[index]?.falseForAbsent)),
            ],
            warnings: [
                ...plans.flatMap((plan) => plan.warnings),
                ...(request.onDelete === "leave" ? [] : releases)
                    .filter((item) => item.type === "namespace" && lookOf(item, seen).differs)
                    .map((item) => `${describeItem(item)}: ${CONTRADICTION}`),
            ],
        };
    }
}

function noteOfFalse(items: readonly Item[]): string[] {
    if (items.length === 0) return [];
    return [
        `${items.map(describeItem).join(", ")}: no RequiresEncryption qualifier before, FALSE now; mofcomp can't take a qualifier away`,
    ];
}

/** Items with an entry of this owner that nobody declares: a killed create, or a state file that was lost. */
function orphansIn(seen: Observation, claim: Claim, superseded: boolean, known: ReadonlySet<string>): Item[] {
    return seen.ledger.flatMap(({ item: name, text }) => {
        const parsed = parseEntry(text);
        const item = itemNamed(name);
        if (parsed.state !== "entry" || item === undefined || known.has(name) || parsed.entry.machine !== claim.machine) return [];
        const mine = parsed.entry.owners.some(({ owner, stamp }) => stamp === claim.stamp || (superseded && owner === claim.owner));
        return mine ? [item] : [];
    });
}

function beforeOf(looks: readonly Look[]): Record<string, ItemValue> {
    return Object.fromEntries(looks.flatMap(({ item, entry }) => (entry === undefined ? [] : [[itemName(item), entry.before]])));
}

const CONTRADICTION =
    "the parent's __Namespace instance and the __SystemSecurity singleton contradict each other; the WMI service may need a restart (Restart-Service winmgmt; it stops dependent services)";

function unmetError(declaration: Declaration, look: Look): WmisecError {
    const about = describeItem(declaration.item);
    if (look.differs) {
        return new WmisecError("readingsDiffer", `${about}: ${CONTRADICTION}`, {
            tried: `to put it to ${describeLive(declaration.want)}; mofcomp said that it is done`,
            remedy: "restart the service winmgmt at a quiet hour, then run again",
        });
    }
    return new WmisecError("readBackDiffers", `${about} is ${describeFound(look)} after a write that was reported as done`, {
        tried: `to put it to ${describeLive(declaration.want)}, then to read it back`,
        remedy:
            declaration.item.type === "registration"
                ? `see on the host what removes our file or takes it out of the list (HKLM\\${AUTORECOVER_LIST.key}, ${AUTORECOVER_LIST.name}); then run again`
                : "see on the host who sets it back (a group policy, a MOF that is recompiled, an installer); then run again",
    });
}
