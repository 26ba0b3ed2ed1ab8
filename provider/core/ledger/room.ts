import { WmisecError } from "../errors";
import { ESCAPED, MAX_LEDGER_BYTES, MAX_LEDGER_ENTRIES } from "../limits";
import { LEDGER_KEY } from "../registry";
import type { LedgerRecord } from "../wire/observation";
import type { Step } from "../wire/step";

const PLAIN = /[ !#-%(-;=?-[\]-~]+/g;

/**
 * Most bytes that a ledger entry takes in an answer. Letters, digits and most punctuation count as one byte; quotes, and whatever some JSON
 * writers escape, count as `\u0022`.
 */
export function entryBytes(item: string, text: string): number {
    const escaped = item.replace(PLAIN, "").length + text.replace(PLAIN, "").length;
    return item.length + text.length + (ESCAPED - 1) * escaped + 32;
}

interface Size {
    readonly entries: number;
    /** As counted in an answer. */
    readonly bytes: number;
}

/** The size of a ledger. A value that is not ours counts as one without text. */
const sizeOf = (ledger: readonly LedgerRecord[]): Size =>
    ledger.reduce<Size>(({ entries, bytes }, { item, text }) => ({ entries: entries + 1, bytes: bytes + entryBytes(item, text ?? "") }), {
        entries: 0,
        bytes: 0,
    });

/** How much steps add to a ledger. */
function growthBy(steps: readonly Step[]): Size {
    let entries = 0;
    let bytes = 0;
    for (const step of steps) {
        if (step.do !== "setLedger") continue;
        const { item, expect, text } = step;
        if (text !== null) bytes += entryBytes(item, text);
        if (expect !== null) bytes -= entryBytes(item, expect);
        entries += Number(text !== null) - Number(expect !== null);
    }
    return { entries, bytes };
}

const isOver = ({ entries, bytes }: Size): boolean => entries > MAX_LEDGER_ENTRIES || bytes > MAX_LEDGER_BYTES;

const describe = ({ entries, bytes }: Size): string =>
    `it would have ${entries} entries of ${bytes} bytes; at most ${MAX_LEDGER_ENTRIES} entries of ${MAX_LEDGER_BYTES} bytes are supported`;

/**
 * The whole ledger travels with each answer. If it outgrew an answer, nobody could read it, and nothing could be released any more. So
 * nothing is added that would make it too large. Removing entries is always possible.
 * @param joins the steps for what is declared
 * @throws WmisecError ledgerFull, before anything is written
 */
export function refuseToOverfill(joins: readonly Step[], ledger: readonly LedgerRecord[]): void {
    const growth = growthBy(joins);
    if (growth.entries <= 0 && growth.bytes <= 0) return;
    const now = sizeOf(ledger);
    const then = { entries: now.entries + growth.entries, bytes: now.bytes + growth.bytes };
    // An older release may have written too many entries. They may still be changed, so that policy can be repaired.
    const tooMany = growth.entries > 0 && then.entries > MAX_LEDGER_ENTRIES;
    const tooHeavy = growth.bytes > 0 && then.bytes > MAX_LEDGER_BYTES;
    if (!tooMany && !tooHeavy) return;
    throw new WmisecError("ledgerFull", "this host's ledger has no room left", {
        said: `it has ${now.entries} entries of ${now.bytes} bytes; ${describe(then)}`,
        tried: "to plan the ledger's next entries; nothing was written",
        remedy:
            "declare fewer namespaces on this host, or destroy what nobody needs any more, which is always possible. Owners that no longer " +
            `exist (stacks that were removed without a destroy) are listed in HKLM\\${LEDGER_KEY} on the host: run once with WMISEC_EVICT set to them, one per line`,
    });
}

/**
 * Checked on the host, under its mutex: another run may have filled the ledger since the plan was made. The caller then observes and plans
 * again, and `refuseToOverfill` decides.
 * @returns the size that there would be; undefined if these steps add no entry, or if there is room
 */
export function overfilledBy(steps: readonly Step[], ledger: readonly LedgerRecord[]): string | undefined {
    const growth = growthBy(steps.filter((step) => step.do === "setLedger" && (step.expect === null || step.text === null)));
    if (growth.entries <= 0) return undefined;
    const now = sizeOf(ledger);
    const then = { entries: now.entries + growth.entries, bytes: now.bytes + growth.bytes };
    return isOver(then) ? `the ledger has no room left: ${describe(then)}` : undefined;
}
