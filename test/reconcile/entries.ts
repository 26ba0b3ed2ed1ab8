import type { LedgerEntry, Owner } from "../../provider/core/ledger/entry";

/** The identity of the host's machine, as the model's two parts make it. */
export const MACHINE = "m1/m1";
/** The machine that a clone was copied from. */
export const ORIGINAL_MACHINE = "m0/m0";

/** Whose policy is carried out, by the life that carries it out. */
export const mine = (wants: Owner["wants"]): Owner => ({ owner: "org/me", stamp: "s1", wants });
/** An earlier life of the same owner. */
export const formerlyMine = (wants: Owner["wants"]): Owner => ({ ...mine(wants), stamp: "s0" });
export const yours = (wants: Owner["wants"]): Owner => ({ owner: "org/you", stamp: "s9", wants });

export const entryOf = (fields: Partial<LedgerEntry>): LedgerEntry => ({
    v: 1,
    machine: MACHINE,
    before: "absent",
    owners: [],
    since: "2026-01-01T00:00:00Z",
    ...fields,
});
