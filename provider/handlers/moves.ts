import { WmisecError } from "../core/errors";
import { announceMove, type BegunMove, finishMoveRemedy, forgetMove, type MoveRecord } from "../core/ledger/begunMove";
import { LEDGER_ONLY, type LedgerRecord } from "../core/wire/observation";
import type { WindowsHost } from "../hosts/windowsHost";
import { hostText, named } from "./naming";
import type { Runtime } from "./runtime";
import type { FormerHost } from "./state";

/** The note of one move. */
export interface MoveNote {
    /**
     * Makes it in the ledger of the machine that is left, before the first write on the other. One request; again, or where it stands there
     * already, it changes nothing.
     * @throws WmisecError that names the host
     */
    readonly announce: (machine: string) => Promise<void>;
    /** Takes it out, if it is of this run: nothing was written on the other machine after all. */
    readonly withdraw: () => Promise<void>;
}

/**
 * Moves to other machines, as the ledger of the machine that is left tells of them. A run may be killed after it wrote to the new machine
 * and before the state knows of that: then only this note says where to look.
 */
export class Moves {
    constructor(private readonly runtime: Runtime) {}

    /** @param mayBeGone whether an error of the machine that is left may be taken for silence, and nothing is to come of that but a warning */
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
                    // What the update failed with is what is to be told; the next read tells of a note that stays.
                }
            },
        };
    }

    /** @returns the note; undefined where one stands there already, which may be of a run that did write, and where none could be made */
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
            const stands = observation.ledger.some(({ item }) => item === step.item);
            if (stopped.reason === "unexpected" && stands) return undefined;
            if (stopped.reason === "unexpected") {
                await this.runtime.log.warn(
                    `${hostText(former)}: the move to ${to.host} could not be noted in the ledger there (${stopped.found}). ${ifKilled(to)}`,
                );
                return undefined;
            }
            throw new WmisecError("hostError", `the move to ${to.host} could not be noted in the ledger`, {
                said: stopped.reason === "failed" ? stopped.failure.message : stopped.reason,
                tried: "before the first write on the new machine; nothing was written there",
                remedy: "see that administrators may write below HKLM\\SOFTWARE on this host, then run again",
            });
        } catch (error) {
            if (!mayBeGone(error)) throw named(connection, error);
            await this.runtime.log.warn(
                `${hostText(former)}: stopped answering before the move to ${to.host} could be noted there. ${ifKilled(to)}`,
            );
            return undefined;
        }
    }

    /**
     * Takes out the notes of moves that are over: the state knows the machine, another life of the resource is on it, or it is to be forgotten. One request, where there are any.
     * @param current a machine that the state will know if this run comes to its end; where a move is not over it will not, and the note stays
     * @returns those that are not over
     */
    async settle(host: WindowsHost, records: readonly MoveRecord[], known: ReadonlySet<string>, current?: string): Promise<BegunMove[]> {
        const { forget, lives } = this.runtime;
        const isOver = ({ move: { owner, to } }: MoveRecord) =>
            known.has(to.machine) || to.machine === current || new Set(lives?.machinesOf(owner)).has(to.machine) || forget.has(to.host);
        const open = records.filter((record) => !isOver(record));
        const over = records.filter(
            (record) => isOver(record) && (open.length === 0 || known.has(record.move.to.machine) || record.move.to.machine !== current),
        );
        // A note that somebody took out in the meantime is out.
        if (over.length > 0) {
            await this.runtime.beforeWrite();
            await host.apply(over.map(forgetMove), LEDGER_ONLY);
        }
        return open.map(({ move }) => move);
    }

    /** Of moves that an update leaves as they are. */
    async tell(host: string, moves: readonly BegunMove[]): Promise<void> {
        for (const move of moves) await this.runtime.log.warn(`${host}: ${unfinishedText(move)}`);
    }
}

export const unfinishedText = (move: BegunMove): string =>
    `a move of this resource to ${move.to.host} was begun ${move.since} and never finished; our policy may still stand there: ${finishMoveRemedy(move)}`;

const ifKilled = ({ host }: BegunMove["to"]): string =>
    `If this run is killed now, let the program's connection name ${host} in the next pulumi up`;
