import { z } from "zod";
import { WmisecError } from "../errors";
import { MAX_OWNER } from "../limits";
import { LEDGER_KEY } from "../registry";
import { sha256 } from "../sha256";
import { oneLine } from "../text/oneLine";
import type { LedgerRecord } from "../wire/observation";
import type { Step } from "../wire/step";
import { type Claim, type Leaving, leaves } from "./claim";

const schema = z.strictObject({
    v: z.literal(1),
    /** The machine that is moved away from, and in whose ledger this stands; a clone finds that of another machine. */
    machine: oneLine(300),
    owner: oneLine(MAX_OWNER),
    stamp: oneLine(100),
    /** `host` is as the program named it: for people to read, never an address to connect to, because a ledger is the host's word. */
    to: z.strictObject({ host: oneLine(2000), machine: oneLine(300) }),
    /** ISO 8601, the controller's clock. */
    since: oneLine(40),
});
/**
 * That a resource began to move to another machine: written before the first write there, into the ledger of the machine that the state
 * knows, and taken out once the state knows the other. Releases that know nothing of it pass over its name, which is no item's.
 */
export type BegunMove = z.infer<typeof schema>;

export interface MoveRecord extends LedgerRecord {
    readonly move: BegunMove;
}

/** One for each life of an owner and each machine moved to: `move:STAMP:` and 16 hex digits. */
const moveName = (stamp: string, machine: string): string => `move:${stamp}:${sha256(machine).slice(0, 16)}`;

/** Writes it, unless one stands there. */
export function announceMove({ machine, owner, stamp, to, since }: Omit<BegunMove, "v">): Extract<Step, { do: "setLedger" }> {
    const text = JSON.stringify({ v: 1, machine, owner, stamp, to: { host: to.host, machine: to.machine }, since });
    return { do: "setLedger", item: moveName(stamp, to.machine), expect: null, text };
}

export const forgetMove = ({ item, text }: LedgerRecord): Step => ({ do: "setLedger", item, expect: text, text: null });

/**
 * The moves that this owner began from that machine.
 * @throws WmisecError ledgerGarbled for one of this life of the owner that can't be read
 */
export function movesIn(
    ledger: readonly LedgerRecord[],
    claim: Pick<Claim, "owner" | "stamp" | "machine" | "lives">,
    leaving: Leaving,
): MoveRecord[] {
    return ledger.flatMap((record) => {
        if (!record.item.startsWith("move:")) return [];
        const move = parsed(record.text);
        if (move === undefined) {
            if (record.item.startsWith(`move:${claim.stamp}:`)) throw garbled(record);
            return [];
        }
        return move.machine === claim.machine && leaves(move, claim, leaving) ? [{ ...record, move }] : [];
    });
}

function parsed(text: string | null): BegunMove | undefined {
    try {
        return schema.safeParse(JSON.parse(text ?? "")).data;
    } catch {
        return undefined;
    }
}

const garbled = ({ item, text }: LedgerRecord): WmisecError =>
    new WmisecError("ledgerGarbled", "the ledger's note of a move that this resource began can't be read", {
        said: text ?? "a value that is not REG_SZ",
        remedy: `look at HKLM\\${LEDGER_KEY}, value ${item}: it says to which machine; delete it once nothing of ours stands there, then run again`,
    });

/** What to do about a move that nobody knows the end of. */
export function finishMove({ to: { host } }: Pick<BegunMove, "to">): string {
    const forget = /^[\w.:-]+$/.test(host) ? `WMISEC_FORGET=${host}` : "WMISEC_FORGET set to that name";
    return `let the program's connection name ${host} and run pulumi up, which takes over what stands there; after that go back, or destroy. If that machine is gone for good, or nothing of ours is there, run pulumi up or destroy once with ${forget}`;
}

/** A delete, or a move to a third machine, would forget the machine. */
export const moveUnfinished = ({ to, since }: BegunMove): WmisecError =>
    new WmisecError("moveUnfinished", `a move of this resource to ${to.host} was begun and never finished`, {
        said: `begun ${since}; the machine there was ${to.machine}`,
        tried: "to release this host: its items are released, and this note of the move stays; nothing was asked of the other machine",
        remedy: `our policy may still stand there: ${finishMove({ to })}`,
    });
