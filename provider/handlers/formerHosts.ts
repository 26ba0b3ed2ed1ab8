import { describeItem, itemName, observeRequestFor, spelledAs } from "../core/items/item";
import { describeLive } from "../core/items/itemValue";
import { movesIn, moveUnfinishedError } from "../core/ledger/begunMove";
import { entriesOf } from "../core/ledger/orphans";
import { DEFAULT_COMPILER } from "../core/wire/compiler";
import { machineIdentity } from "../core/wire/machine";
import type { Observation } from "../core/wire/observation";
import { type OnDelete, reconcile } from "../reconcile";
import type { AbandonedHost, FormerHost } from "../resources/commonOutputs";
import { NO_OWNER } from "../resources/resource";
import { isUnreachable } from "./isUnreachable";
import { Moves } from "./moves";
import { asError, combinedError, hostText, withGoneHint, withHost, withRecordedConnectionHint } from "./naming";
import { type Runtime, reporterFor } from "./runtime";
import { itemsOf, memoryOf, wantedItems } from "./state";

export interface Release {
    readonly onDelete: OnDelete;
    /** Also releases other lives of the owner. */
    readonly superseded: boolean;
    /** Machines that the state knows: a move to one of them is complete. */
    readonly known: ReadonlySet<string>;
    /** The machine that the state will know if this run succeeds. */
    readonly current?: string;
}

/** What lets a host that does not answer stay as it is. */
const WHY_LEFT: Readonly<Record<OnDelete, string | undefined>> = {
    restore: undefined,
    leave: 'onDelete: "leave"',
    handOver: 'whenHostLeaves: "leave"',
};

/** A ledger may name any number of lives. */
const MOST_LIVES_REPORTED = 10;

/** Releases hosts: the one of a deleted resource, and those that a resource has moved away from. */
export class FormerHosts {
    private readonly moves: Moves;

    constructor(private readonly runtime: Runtime) {
        this.moves = new Moves(runtime);
    }

    /**
     * Removes the owner from the ledger of a host that the resource moved away from. The last owner restores what was there before. If
     * another machine answers, nothing is released: it may be the new machine under the old one's name. A host that does not answer is an
     * error. If nothing is to be restored there, or the host is to be forgotten, it is a warning that says what stays.
     * @returns what is left behind if another machine answers
     * @throws WmisecError that names the host; moveUnfinished if its ledger records a move to a machine that nobody knows
     */
    async release(id: string, former: FormerHost, how: Release): Promise<AbandonedHost | undefined> {
        const machine = await this.releaseOwner(id, former, how, (machine) => machine === former.machine);
        return machine === undefined ? undefined : this.abandonIfReplaced(machine, former);
    }

    /**
     * Releases the resource's present host and all that it moved away from, each of them even if another fails. Also releases other lives
     * of the resource that can't be in force: see `Lives`.
     * @throws WmisecError of the first failure; it lists the others
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
     * Like `release`, for the resource's present host. It releases this life of the resource on whatever machine answers: a run may have
     * died after it repaired a rebuilt host and before the state was written.
     */
    private async releaseCurrent(id: string, current: FormerHost, how: Release): Promise<void> {
        const machine = await this.releaseOwner(id, current, how, () => true);
        if (machine !== undefined) await this.abandonIfReplaced(machine, current);
    }

    private async mayReleaseOthers(owner: string): Promise<boolean> {
        const { lives, evict } = this.runtime;
        return lives !== undefined && (evict.has(owner) || !(await lives.programRuns()));
    }

    /** Reports what a delete leaves to another life of the owner that the engine has not asked about. */
    private reportOtherLives({ ledger }: Observation, machine: string, id: string, { owner, connection, spelled }: FormerHost): void {
        const { lives } = this.runtime;
        const reported = new Set<string>();
        for (const { item, entry } of entriesOf(ledger, machine)) {
            const other = entry.owners.find((one) => one.owner === owner && one.stamp !== id);
            // One item per life is enough: the remedy is the same for all.
            if (other === undefined || reported.has(other.stamp) || lives?.isOn(other.stamp, machine) !== false) continue;
            if (reported.size === MOST_LIVES_REPORTED) return;
            reported.add(other.stamp);
            lives.reportAtEnd(
                other.stamp,
                `${hostText({ connection, owner })}: ${describeItem(spelledAs(item, spelled?.[itemName(item)]))} stays as it is: wanted as ${describeLive(item, other.wants)} by another life of ${owner} (${other.stamp}, since ${entry.since}) ` +
                    "that this state does not know: a replacement was killed, or an older state was imported. To restore what was there before: run pulumi up with the resource in the program and its connection set to this host, then pulumi destroy",
            );
        }
    }

    /**
     * Checks whether the host still answers, so that it can be released later. Called before anything is written elsewhere.
     * @param mayBeGone whether an error may mean a host that will never be contacted again
     * @returns undefined if it answers; else `abandoned`: what is left behind there, if anything may be
     * @throws WmisecError that names the host
     */
    async abandonIfGone(
        former: FormerHost,
        mayBeGone: (error: unknown) => boolean,
    ): Promise<{ readonly abandoned: readonly AbandonedHost[] } | undefined> {
        const { connection } = former;
        try {
            const host = this.runtime.host(connection);
            const machine = machineIdentity(await host.machine());
            if (machine !== former.machine) {
                const left = await this.abandonIfReplaced(machine, former);
                return { abandoned: left === undefined ? [] : [left] };
            }
            await host.observe(observeRequestFor(itemsOf(former)));
            return undefined;
        } catch (error) {
            if (!mayBeGone(error)) throw isUnreachable(error) ? withGoneHint(withHost(connection, error)) : withHost(connection, error);
            await this.runtime.log.warn(
                `${hostText(former)}: did not answer, and this resource moves away from it: it is left as it is for good (output abandoned). If it comes back, ${ledgerText(former)}`,
            );
            return { abandoned: [asAbandoned(former)] };
        }
    }

    /** Warns if another machine answers than the one in the state. @returns what is left behind on that one */
    async abandonIfReplaced(machine: string, former: FormerHost): Promise<AbandonedHost | undefined> {
        if (machine === former.machine || !mayHoldPolicy(former)) return undefined;
        const { host } = former.connection;
        await this.runtime.log.warn(
            `${hostText(former)}: another machine answers as ${host}; ${former.machine} was not released: ${ledgerText(former)}. If it was rebuilt or is gone for good, there is nothing to do`,
        );
        return asAbandoned(former);
    }

    /** @returns the machine that answered; undefined if the host was unreachable and is given up */
    private async releaseOwner(
        id: string,
        former: FormerHost,
        { onDelete, superseded, known, current }: Release,
        mayRelease: (machine: string) => boolean,
    ): Promise<string | undefined> {
        const { connection } = former;
        const { lives } = this.runtime;
        let sent = false;
        try {
            const host = this.runtime.host(connection);
            const machine = machineIdentity(await host.machine());
            if (!mayRelease(machine)) return machine;
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
                onReport: reporterFor(this.runtime, hostText(former)),
            });
            this.reportOtherLives(outcome.seen, outcome.machine, id, former);
            const claim = { owner: former.owner, stamp: id, machine: outcome.machine, lives };
            const [move] = await this.moves.settle(host, movesIn(outcome.seen.ledger, claim, { superseded }), known, current);
            if (move !== undefined) throw moveUnfinishedError(move);
            return outcome.machine;
        } catch (error) {
            const why = this.runtime.forget.has(connection.host) ? "WMISEC_FORGET" : WHY_LEFT[onDelete];
            if (!isUnreachable(error)) throw withRecordedConnectionHint(withHost(connection, error));
            if (why === undefined) throw withGoneHint(withRecordedConnectionHint(withHost(connection, error)));
            const how = sent
                ? "stopped answering after a write was sent; it is not known what was carried out. It is left like that"
                : "did not answer; it is left as it is";
            const then = sent ? `${ledgerText(former)}, unless the write was carried out` : ledgerText(former);
            await this.runtime.log.warn(`${hostText(former)}: ${how}, as ${why} says. If it comes back, ${then}`);
            return undefined;
        }
    }
}

const asAbandoned = (former: FormerHost): AbandonedHost => ({
    host: former.connection.host,
    machine: former.machine,
    items: wantedItems(former),
});

/** May our policy be in force there? */
const mayHoldPolicy = (former: FormerHost): boolean => former.incomplete === true || wantedItems(former).length > 0;

function ledgerText(former: FormerHost): string {
    const owner = former.owner === NO_OWNER ? "this resource" : former.owner;
    const items = wantedItems(former);
    return items.length === 0 ? `its ledger may still name ${owner}` : `its ledger still names ${owner} for ${items.join(", ")}`;
}
