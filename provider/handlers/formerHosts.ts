import { describeItem, itemName, observeRequestFor, spelledAs } from "../core/items/item";
import { describeLive } from "../core/items/itemValue";
import { movesIn, moveUnfinishedError } from "../core/ledger/begunMove";
import { entriesOf } from "../core/ledger/orphans";
import { DEFAULT_COMPILER } from "../core/wire/compiler";
import { machineIdentity } from "../core/wire/machine";
import type { Observation } from "../core/wire/observation";
import { reconcile } from "../reconcile";
import { NO_OWNER } from "../resources/resource";
import { isUnreachable } from "./isUnreachable";
import { Moves } from "./moves";
import { asError, combinedError, hostText, named, withGoneHint, withRecordedConnectionHint } from "./naming";
import { type Runtime, reporterFor } from "./runtime";
import { type AbandonedHost, type FormerHost, itemsOf, memoryOf, wantedItems } from "./state";

export interface Release {
    readonly onDelete: "restore" | "leave";
    /** Other lives of the owner leave, too. */
    readonly superseded: boolean;
    /** Machines of which the state knows: a move to one of them is over. */
    readonly known: ReadonlySet<string>;
    /** The one that the state will know if this run comes to its end. */
    readonly current?: string;
}

/** A ledger may name as many as it likes. */
const MOST_LIVES_TOLD = 10;

/** Releases hosts: the one of a resource that is deleted, and those that it has moved away from. */
export class FormerHosts {
    private readonly moves: Moves;

    constructor(private readonly runtime: Runtime) {
        this.moves = new Moves(runtime);
    }

    /**
     * Takes the owner out of the ledger of a host that was moved away from; the last owner puts back what stood there before.
     * Where another machine answers nothing is released: it may be the one that was moved to, under the old one's name.
     * A host that does not answer is an error, unless nothing is to be put back there, or it is one to forget: then a warning
     * tells what stays.
     * @returns what is left behind where another machine answers
     * @throws WmisecError that names the host; moveUnfinished where its ledger tells of a move to a machine that nobody knows
     */
    async release(id: string, former: FormerHost, how: Release): Promise<AbandonedHost | undefined> {
        const machine = await this.takeOut(id, former, how, (machine) => machine === former.machine);
        return machine === undefined ? undefined : this.leftBehindBy(machine, former);
    }

    /**
     * Releases the host that a resource is on and all that it has moved away from. Each is tried. Other lives of the resource are released
     * with it where they can't be in force: see `Lives`.
     * @throws WmisecError of the first that failed; it names the others
     */
    async releaseAll(id: string, current: FormerHost, others: readonly FormerHost[], onDelete: Release["onDelete"]): Promise<void> {
        const superseded = await this.mayReleaseOthers(current.owner);
        const how = { onDelete, superseded, known: new Set([current, ...others].map(({ machine }) => machine)) };
        const failures: Error[] = [];
        const attempt = (work: Promise<unknown>) => work.catch((error: unknown) => void failures.push(asError(error)));
        await attempt(this.releaseCurrent(id, current, how));
        for (const former of others) await attempt(this.release(id, former, how));
        const [first, ...more] = failures;
        if (first !== undefined) throw combinedError(first, more);
    }

    /**
     * As `release`, of the host that a resource is on. Whatever machine answers there, this life of the resource leaves it: a run
     * may have died as it healed a rebuilt host, before it could tell.
     */
    private async releaseCurrent(id: string, current: FormerHost, how: Release): Promise<void> {
        const machine = await this.takeOut(id, current, how, () => true);
        if (machine !== undefined) await this.leftBehindBy(machine, current);
    }

    private async mayReleaseOthers(owner: string): Promise<boolean> {
        const { lives, evict } = this.runtime;
        return lives !== undefined && (evict.has(owner) || !(await lives.programRuns()));
    }

    /** What a delete leaves to a life of the same owner that nobody has asked for so far. */
    private tellOfOthers({ ledger }: Observation, machine: string, id: string, { owner, connection, spelled }: FormerHost): void {
        const { lives } = this.runtime;
        const told = new Set<string>();
        for (const { item, entry } of entriesOf(ledger, machine)) {
            const other = entry.owners.find((one) => one.owner === owner && one.stamp !== id);
            // Of each life one item says enough: what is to be done is the same for all.
            if (other === undefined || told.has(other.stamp) || lives?.isOn(other.stamp, machine) !== false) continue;
            if (told.size === MOST_LIVES_TOLD) return;
            told.add(other.stamp);
            lives.reportAtEnd(
                other.stamp,
                `${hostText({ connection, owner })}: ${describeItem(spelledAs(item, spelled?.[itemName(item)]))} stays as it is: wanted as ${describeLive(item, other.wants)} by another life of ${owner} (${other.stamp}, since ${entry.since}), ` +
                    "of which this state knows nothing: a replacement was killed, or an older state was imported. To put back what stood there before: run pulumi up with the resource in the program and its connection naming this host, then pulumi destroy",
            );
        }
    }

    /**
     * Does the host still answer, so that it can be released later? Asked before anything is written elsewhere.
     * @param mayBeGone whether an error may be taken for a host that nobody will ask again
     * @returns undefined when it answers; `abandoned` is what is left behind there, where that may be anything
     * @throws WmisecError that names the host
     */
    async goneHost(
        former: FormerHost,
        mayBeGone: (error: unknown) => boolean,
    ): Promise<{ readonly abandoned: readonly AbandonedHost[] } | undefined> {
        const { connection } = former;
        try {
            const host = this.runtime.host(connection);
            const machine = machineIdentity(await host.machine());
            if (machine !== former.machine) {
                const left = await this.leftBehindBy(machine, former);
                return { abandoned: left === undefined ? [] : [left] };
            }
            await host.observe(observeRequestFor(itemsOf(former)));
            return undefined;
        } catch (error) {
            if (!mayBeGone(error)) throw isUnreachable(error) ? withGoneHint(named(connection, error)) : named(connection, error);
            await this.runtime.log.warn(
                `${hostText(former)}: did not answer, and this resource moves away from it: it is left as it is, for good (output abandoned). Should it come back, ${ledgerText(former)}`,
            );
            return { abandoned: [asAbandoned(former)] };
        }
    }

    /** Warns where another machine answers than the one that is remembered. @returns what is left behind on that one */
    async leftBehindBy(machine: string, former: FormerHost): Promise<AbandonedHost | undefined> {
        if (machine === former.machine || !mayHold(former)) return undefined;
        const { host } = former.connection;
        await this.runtime.log.warn(
            `${hostText(former)}: another machine answers as ${host}; ${former.machine} was not released: ${ledgerText(former)}. If it was rebuilt or is gone for good, nothing is to be done`,
        );
        return asAbandoned(former);
    }

    /** @returns the machine that answered; undefined for a silent one that is given up */
    private async takeOut(
        id: string,
        former: FormerHost,
        { onDelete, superseded, known, current }: Release,
        isToBeReleased: (machine: string) => boolean,
    ): Promise<string | undefined> {
        const { connection } = former;
        const { lives } = this.runtime;
        let sent = false;
        try {
            const host = this.runtime.host(connection);
            const machine = machineIdentity(await host.machine());
            if (!isToBeReleased(machine)) return machine;
            const outcome = await reconcile(host, {
                declarations: [],
                dropped: itemsOf(former),
                leftAlone: [],
                claim: {
                    owner: former.owner,
                    stamp: id,
                    now: this.runtime.now(),
                    evict: this.runtime.evict,
                    compiler: former.compiler ?? DEFAULT_COMPILER,
                    lives,
                },
                superseded,
                onDelete,
                memoryOn: (machine) => memoryOf(machine, [former]),
                onWrite: async () => {
                    await this.runtime.beforeWrite();
                    sent = true;
                },
                onNothingWritten: () => {
                    sent = false;
                },
                tell: reporterFor(this.runtime, hostText(former)),
            });
            this.tellOfOthers(outcome.seen, outcome.machine, id, former);
            const claim = { owner: former.owner, stamp: id, machine: outcome.machine, lives };
            const [move] = await this.moves.settle(host, movesIn(outcome.seen.ledger, claim, { superseded }), known, current);
            if (move !== undefined) throw moveUnfinishedError(move);
            return outcome.machine;
        } catch (error) {
            const why = this.runtime.forget.has(connection.host) ? "WMISEC_FORGET" : onDelete === "leave" ? 'onDelete: "leave"' : undefined;
            if (!isUnreachable(error)) throw withRecordedConnectionHint(named(connection, error));
            if (why === undefined) throw withGoneHint(withRecordedConnectionHint(named(connection, error)));
            const how = sent
                ? "stopped answering after a write was sent; it is not known what was carried out. Left at that"
                : "did not answer; left as it is";
            const then = sent ? `${ledgerText(former)}, if that is not done` : ledgerText(former);
            await this.runtime.log.warn(`${hostText(former)}: ${how}, as ${why} says. Should it come back, ${then}`);
            return undefined;
        }
    }
}

const asAbandoned = (former: FormerHost): AbandonedHost => ({
    host: former.connection.host,
    machine: former.machine,
    items: wantedItems(former),
});

/** May anything of ours stand there? */
const mayHold = (former: FormerHost): boolean => former.incomplete === true || wantedItems(former).length > 0;

function ledgerText(former: FormerHost): string {
    const owner = former.owner === NO_OWNER ? "this resource" : former.owner;
    const items = wantedItems(former);
    return items.length === 0 ? `its ledger may still name ${owner}` : `its ledger still names ${owner} for ${items.join(", ")}`;
}
