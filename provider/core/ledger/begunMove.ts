import { z } from "zod";
import { WmisecError } from "../errors";
import { MAX_OWNER } from "../limits";
import { LEDGER_KEY } from "../registry";
import { sha256 } from "../sha256";
import { oneLine } from "../text/oneLine";
import { parsedJson } from "../text/parsedJson";
import type { LedgerRecord } from "../wire/observation";
import type { Step } from "../wire/step";
import { type Claim, isReleased, type ReleaseScope } from "./claim";

const schema = z.strictObject({
    v: z.literal(1),
    /** The machine that the resource leaves; this record is in its ledger. In a clone it names another machine. */
    machine: oneLine(300),
    owner: oneLine(MAX_OWNER),
    stamp: oneLine(100),
    /** `host` is the program's name for it: for people to read, never an address to connect to, because a ledger is untrusted. */
    to: z.strictObject({ host: oneLine(2000), machine: oneLine(300) }),
    /** ISO 8601, the controller's clock. */
    since: oneLine(40),
});
/**
 * The note that a resource began to move to another machine. It is written before the first write there, into the ledger of the machine
 * that the state knows, and removed once the state knows the new one. Its name is not an item's name, so releases ignore it.
 */
export type BegunMove = z.infer<typeof schema>;

export interface MoveRecord extends LedgerRecord {
    readonly move: BegunMove;
}

const MOVE = "move:";

/** One note for each life of an owner and each target machine: `move:STAMP:` and 16 hex digits. */
const moveName = (stamp: string, machine: string): string => `${MOVE}${stamp}:${sha256(machine).slice(0, 16)}`;

/** Writes the note, unless there is one. */
export function announceMove({ machine, owner, stamp, to, since }: Omit<BegunMove, "v">): Extract<Step, { do: "setLedger" }> {
    const text = JSON.stringify({ v: 1, machine, owner, stamp, to: { host: to.host, machine: to.machine }, since });
    return { do: "setLedger", item: moveName(stamp, to.machine), expect: null, text };
}

/** Whether the step only writes or removes such a note. */
export const isMoveNote = (step: Step): boolean => step.do === "setLedger" && step.item.startsWith(MOVE);

export const forgetMove = ({ item, text }: LedgerRecord): Step => ({ do: "setLedger", item, expect: text, text: null });

/**
 * The moves that this owner began from that machine.
 * @throws WmisecError ledgerGarbled if one of this life of the owner can't be read
 */
export function movesIn(
    ledger: readonly LedgerRecord[],
    claim: Pick<Claim, "owner" | "stamp" | "machine" | "lives">,
    scope: ReleaseScope,
): MoveRecord[] {
    return ledger.flatMap((record) => {
        if (!record.item.startsWith(MOVE)) return [];
        const move = parsed(record.text);
        if (move === undefined) {
            if (record.item.startsWith(`${MOVE}${claim.stamp}:`)) throw garbled(record);
            return [];
        }
        return move.machine === claim.machine && isReleased(move, claim, scope) ? [{ ...record, move }] : [];
    });
}

const parsed = (text: string | null): BegunMove | undefined => schema.safeParse(parsedJson(text ?? "")).data;

const garbled = ({ item, text }: LedgerRecord): WmisecError =>
    new WmisecError("ledgerGarbled", "the ledger's note about a move that this resource began can't be read", {
        said: text ?? "a value that is not REG_SZ",
        remedy: `look at the value ${item} in HKLM\\${LEDGER_KEY}: it names the machine; delete the value once our policy is removed from that machine, then run again`,
    });

/** The remedy for a move whose outcome nobody knows. */
export function finishMoveRemedy({ to: { host } }: Pick<BegunMove, "to">): string {
    const forget = /^[\w.:-]+$/.test(host) ? `WMISEC_FORGET=${host}` : "WMISEC_FORGET set to that name";
    return `set the program's connection to ${host} and run pulumi up, which takes over what is there; after that change it back, or destroy. If that machine is gone for good, or has nothing of ours, run pulumi up or destroy once with ${forget}`;
}

/** A delete, or a move to a third machine, would forget the machine. */
export const moveUnfinishedError = ({ to, since }: BegunMove): WmisecError =>
    new WmisecError("moveUnfinished", `a move of this resource to ${to.host} was begun and never finished`, {
        said: `begun ${since}; the machine there was ${to.machine}`,
        tried: "to release this host: its items are released, and this note about the move stays; the other machine was not contacted",
        remedy: `our policy may still be in force there: ${finishMoveRemedy({ to })}`,
    });
