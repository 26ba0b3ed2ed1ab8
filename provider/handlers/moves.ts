import { WmisecError } from "../core/errors";
import { announceMove, type BegunMove, finishMoveRemedy, forgetMove, type MoveRecord } from "../core/ledger/begunMove";
import { LEDGER_ONLY, type LedgerRecord } from "../core/wire/observation";
import type { WindowsHost } from "../hosts/windowsHost";
import type { FormerHost } from "../resources/commonOutputs";
import { hostText, withHost } from "./naming";
import type { Runtime } from "./runtime";

/** The note about one move. */
export interface MoveNote {
    /**
     * Writes the note to the ledger of the machine that the resource leaves, before the first write on the other one. One request. If the
     * note exists, nothing changes.
     * @throws WmisecError that names the host
     */
    readonly announce: (machine: string) => Promise<void>;
    /** Removes the note if this run wrote it: nothing was written on the other machine after all. */
    readonly withdraw: () => Promise<void>;
}

/**
 * Moves to other machines, as recorded in the ledger of the machine that the resource leaves. A run may be killed after it wrote to the new
 * machine and before the state was written: then only this note says where to look.
 */
export class Moves {
    constructor(private readonly runtime: Runtime) {}

    /**
     * @param mayBeGone whether an error from the machine that the resource leaves means that it is unreachable and deserves only a warning
     */
    note(id: string, former: FormerHost, host: string, mayBeGone: (error: unknown) => boolean): MoveNote {
        let noted: LedgerRecord | undefined;
        return {
            announce: async (machine) => {
                noted ??= await this.announce(id, former, { host, machine }, mayBeGone);
            },
            withdraw: async () => {
                if (noted === undefined) return;
                try {
                    await this.runtime.beforeWrite();
                    await this.runtime.host(former.connection).apply([forgetMove(noted)], LEDGER_ONLY);
                } catch {
                    // The update's own error is what the user must see. The next read reports a note that stays.
                }
            },
        };
    }

    /** @returns the note; undefined if there is one already, which may belong to a run that did write, or if none could be written */
    private async announce(
        id: string,
        former: FormerHost,
        to: BegunMove["to"],
        mayBeGone: (error: unknown) => boolean,
    ): Promise<LedgerRecord | undefined> {
        const { connection, owner, machine } = former;
        const step = announceMove({ machine, owner, stamp: id, to, since: this.runtime.now() });
        try {
            const { stopped, observation } = await this.runtime.host(connection).apply([step], LEDGER_ONLY);
            if (stopped === null) return step;
            const exists = observation.ledger.some(({ item }) => item === step.item);
            if (stopped.reason === "unexpected" && exists) return undefined;
            if (stopped.reason === "unexpected") {
                await this.runtime.log.warn(
                    `${hostText(former)}: the move to ${to.host} could not be noted in the ledger there (${stopped.found}). ${ifKilled(to)}`,
                );
                return undefined;
            }
            throw new WmisecError("hostError", `the move to ${to.host} could not be noted in the ledger`, {
                said: stopped.reason === "failed" ? stopped.failure.message : stopped.reason,
                tried: "before the first write on the new machine; nothing was written there",
                remedy: "make sure that administrators may write below HKLM\\SOFTWARE on this host, then run again",
            });
        } catch (error) {
            if (!mayBeGone(error)) throw withHost(connection, error);
            await this.runtime.log.warn(
                `${hostText(former)}: stopped answering before the move to ${to.host} could be noted there. ${ifKilled(to)}`,
            );
            return undefined;
        }
    }

    /**
     * Removes the notes about moves that are complete: the state knows the machine, another life of the resource is on it, or it is to be
     * forgotten. One request, if there are any.
     * @param current a machine that the state will know if this run succeeds. If another move is not complete, this run fails, so the note
     *     about `current` stays
     * @returns the moves that are not complete
     */
    async settle(host: WindowsHost, records: readonly MoveRecord[], known: ReadonlySet<string>, current?: string): Promise<BegunMove[]> {
        const { forget, lives } = this.runtime;
        const isOver = ({ move: { owner, to } }: MoveRecord) =>
            known.has(to.machine) || to.machine === current || new Set(lives?.machinesOf(owner)).has(to.machine) || forget.has(to.host);
        const open = records.filter((record) => !isOver(record));
        const over = records.filter(
            (record) => isOver(record) && (open.length === 0 || known.has(record.move.to.machine) || record.move.to.machine !== current),
        );
        // If somebody else has removed a note in the meantime, that is fine, too.
        if (over.length > 0) {
            await this.runtime.beforeWrite();
            await host.apply(over.map(forgetMove), LEDGER_ONLY);
        }
        return open.map(({ move }) => move);
    }

    /** Warns about moves that an update does not complete. */
    async warnUnfinished(host: string, moves: readonly BegunMove[]): Promise<void> {
        for (const move of moves) await this.runtime.log.warn(`${host}: ${unfinishedText(move)}`);
    }
}

export const unfinishedText = (move: BegunMove): string =>
    `a move of this resource to ${move.to.host} was begun ${move.since} and never finished; our policy may still be in force there: ${finishMoveRemedy(move)}`;

const ifKilled = ({ host }: BegunMove["to"]): string =>
    `If this run is killed now, set the program's connection to ${host} for the next pulumi up`;
