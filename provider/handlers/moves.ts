import { announceMove, type BegunMove, finishMove, forgetMove, type MoveRecord } from "../core/begunMove";
import { WmisecError } from "../core/errors";
import { NOTHING_BUT_LEDGER } from "../core/observation";
import type { WindowsHost } from "../hosts/windowsHost";
import { hostText, named } from "./naming";
import type { Runtime } from "./runtime";
import type { FormerHost } from "./state";

/**
 * Moves to other machines, as the ledger of the machine that is left tells of them. A run may be killed after it wrote to the new machine
 * and before the state knows of that: then only this note says where to look.
 */
export class Moves {
    constructor(private readonly runtime: Runtime) {}

    /**
     * Notes the move in the ledger of the machine that is left. One request; nothing where the note stands there already.
     * @param mayBeGone whether an error may be taken for a host that is silent, and nothing is to come of that but a warning
     * @throws WmisecError that names the host
     */
    async announce(id: string, former: FormerHost, to: BegunMove["to"], mayBeGone: (error: unknown) => boolean): Promise<void> {
        const { connection, owner, machine } = former;
        const step = announceMove({ machine, owner, stamp: id, to, since: this.runtime.now() });
        try {
            const { stopped } = await this.runtime.host(connection).apply([step], NOTHING_BUT_LEDGER);
            if (stopped === null || stopped.reason === "unexpected") return;
            throw new WmisecError("hostError", `the move to ${to.host} could not be noted in the ledger`, {
                said: stopped.reason === "failed" ? stopped.failure.message : stopped.reason,
                tried: "before the first write on the new machine; nothing was written there",
                remedy: "see that administrators may write below HKLM\\SOFTWARE on this host, then run again",
            });
        } catch (error) {
            if (!mayBeGone(error)) throw named(connection, error);
            await this.runtime.log.warn(
                `${hostText(former)}: stopped answering before the move to ${to.host} could be noted there. If this run is killed now, let the program's connection name ${to.host} in the next pulumi up`,
            );
        }
    }

    /**
     * Takes out the notes of moves that are over: the state knows the machine, another life of the resource is on it, or it is to be forgotten. One request, where there are any.
     * @returns those that are not over
     */
    async settle(host: WindowsHost, records: readonly MoveRecord[], known: ReadonlySet<string>): Promise<BegunMove[]> {
        const { forget, lives } = this.runtime;
        const isOver = ({ move: { owner, to } }: MoveRecord) =>
            known.has(to.machine) || new Set(lives?.machinesOf(owner)).has(to.machine) || forget.has(to.host);
        const over = records.filter(isOver);
        // A note that somebody took out in the meantime is out.
        if (over.length > 0) await host.apply(over.map(forgetMove), NOTHING_BUT_LEDGER);
        return records.filter((record) => !over.includes(record)).map(({ move }) => move);
    }

    /** Of moves that an update leaves as they are. */
    async tell(host: string, moves: readonly BegunMove[]): Promise<void> {
        for (const move of moves) await this.runtime.log.warn(`${host}: ${unfinishedText(move)}`);
    }
}

export const unfinishedText = (move: BegunMove): string =>
    `a move of this resource to ${move.to.host} was begun ${move.since} and never finished; our policy may still stand there: ${finishMove(move)}`;
