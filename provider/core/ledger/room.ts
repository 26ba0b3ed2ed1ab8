import { WmisecError } from "../errors";
import { ESCAPED, MAX_LEDGER_BYTES, MAX_LEDGER_ENTRIES } from "../limits";
import { LEDGER_KEY } from "../registry";
import type { LedgerRecord } from "../wire/observation";
import type { Step } from "../wire/step";

const PLAIN = /[ !#-%(-;=?-[\]-~]/g;

/**
 * Bytes that one ledger entry may take in an answer, at most: letters, digits and most signs are themselves; quotes, and what some JSON
 * writers escape, count as `\u0022`.
 */
export function entryBytes(item: string, text: string): number {
    const characters = item.length + text.length;
    const plain = (item.match(PLAIN)?.length ?? 0) + (text.match(PLAIN)?.length ?? 0);
    return characters + (ESCAPED - 1) * (characters - plain) + 32;
}

interface Size {
    readonly entries: number;
    /** As an answer carries it. */
    readonly bytes: number;
}

/** What a ledger weighs. A value that is not ours is told as no text. */
const sizeOf = (ledger: readonly LedgerRecord[]): Size =>
    ledger.reduce<Size>(({ entries, bytes }, { item, text }) => ({ entries: entries + 1, bytes: bytes + entryBytes(item, text ?? "") }), {
        entries: 0,
        bytes: 0,
    });

/** What steps add to a ledger. */
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
 * The whole ledger travels with each answer: one that outgrew it could not be read by anybody, and nothing could be released any more.
 * So nothing is added to a ledger that would be too large then. Taking out is always possible.
 * @param joins what is to be written for what is declared
 * @throws WmisecError ledgerFull, before anything is written
 */
export function refuseToOverfill(joins: readonly Step[], ledger: readonly LedgerRecord[]): void {
    const growth = growthBy(joins);
    if (growth.entries <= 0 && growth.bytes <= 0) return;
    const now = sizeOf(ledger);
    const then = { entries: now.entries + growth.entries, bytes: now.bytes + growth.bytes };
    // What has too many entries already, from an older release, may still have them changed: policy is healed there.
    const tooMany = growth.entries > 0 && then.entries > MAX_LEDGER_ENTRIES;
    const tooHeavy = growth.bytes > 0 && then.bytes > MAX_LEDGER_BYTES;
    if (!tooMany && !tooHeavy) return;
    throw new WmisecError("ledgerFull", "this host's ledger has no room left", {
        said: `it has ${now.entries} entries of ${now.bytes} bytes; ${describe(then)}`,
        tried: "to plan the ledger's next entries; nothing was written",
        remedy:
            "declare fewer namespaces on this host, or destroy what nobody needs any more, which is always possible; owners that no longer " +
            `exist (stacks that were thrown away without a destroy) stand in HKLM\\${LEDGER_KEY} on the host: run once with WMISEC_EVICT set to those, one a line`,
    });
}

/**
 * Asked on the host, under its mutex: somebody may have filled the ledger since the plan was made. Whoever hears this looks and plans
 * again, and `refuseToOverfill` has the last word.
 * @returns what there would be; undefined where these steps add no entry, or there is room
 */
export function overfilledBy(steps: readonly Step[], ledger: readonly LedgerRecord[]): string | undefined {
    const growth = growthBy(steps.filter((step) => step.do === "setLedger" && (step.expect === null || step.text === null)));
    if (growth.entries <= 0) return undefined;
    const now = sizeOf(ledger);
    const then = { entries: now.entries + growth.entries, bytes: now.bytes + growth.bytes };
    return isOver(then) ? `the ledger has no room left: ${describe(then)}` : undefined;
}
