import { itemNamed } from "../../provider/core/items/item";
import { describeLive } from "../../provider/core/items/itemValue";
import type { Item } from "../../provider/core/items/kind";
import type { ItemValue } from "../../provider/core/items/kinds";
import type { Claim } from "../../provider/core/ledger/claim";
import { formatEntry, type LedgerEntry, type Owner, parseEntry } from "../../provider/core/ledger/entry";
import type { Plan } from "../../provider/core/ledger/plan";
import type { LedgerRecord } from "../../provider/core/wire/observation";
import type { Step } from "../../provider/core/wire/step";

export const ME: Claim = {
    owner: "org/me",
    stamp: "s1",
    machine: "m1",
    now: "2026-01-02T03:04:05Z",
    evict: new Set(),
    compiler: "mofcomp",
};

export const mine = (wants: Owner["wants"]): Owner => ({ owner: "org/me", stamp: "s1", wants });
export const yours = (wants: Owner["wants"]): Owner => ({ owner: "org/you", stamp: "s9", wants });

export const entryOf = (fields: Partial<LedgerEntry>): LedgerEntry => ({
    v: 1,
    machine: "m1",
    before: "absent",
    owners: [],
    since: "2026-01-01T00:00:00Z",
    ...fields,
});

export const ledgerWith = (item: string, entry: LedgerEntry | undefined): LedgerRecord[] =>
    entry === undefined ? [] : [{ item, text: formatEntry(entry) }];

/** The steps as a reader would tell them: entries by what they say, compiles by the flag that the MOF sets, files by their hashes. */
export const told = ({ steps }: Pick<Plan, "steps">): string[] => steps.map(toldStep);

function toldStep(step: Step): string {
    switch (step.do) {
        case "compileMof":
            return `compile ${flagIn(step.mof)}`;
        case "registerMof":
            return `register ${flagIn(step.mof)}`;
        case "unregisterMof":
            return "unregister";
        case "setValue":
            return `set ${step.data === null ? "absent" : `${step.data.kind} ${step.data.value}`}`;
        case "setLedger":
            return step.expect === null && step.text === null ? "see that there is no entry" : note(step.item, step.text);
        case "editDefinition":
            return `edit ${step.expect.slice(0, 6)} to say ${flagIn(Buffer.from(step.content, "base64").toString("latin1"))}`;
        case "restoreDefinition":
            return `restore ${step.backup.slice(0, 6)} over ${step.expect.slice(0, 6)}`;
    }
}

const flagIn = (mof: string) => /\((TRUE|FALSE)\)/.exec(mof)?.[1];

function note(name: string, text: string | null): string {
    const item = itemNamed(name);
    const parsed = parseEntry(text ?? undefined);
    if (parsed.state !== "entry" || item === undefined) return "forget";
    const { machine, before, written, writing, owners } = parsed.entry;
    if (JSON.stringify(writing) === JSON.stringify(before)) return "note that it is put back";
    return [
        `note ${machine} before=${short(item, before)}`,
        ...(written === undefined ? [] : [`written=${short(item, written)}`]),
        ...(writing === undefined ? [] : [`writing=${short(item, writing)}`]),
        `owners=${owners.map(({ owner, stamp, wants }) => `${owner}#${stamp}:${describeLive(item, wants)}`).join(",")}`,
    ].join(" ");
}

const short = (item: Item, value: ItemValue) =>
    typeof value === "object" && "sha256" in value ? value.sha256.slice(0, 6) : describeLive(item, value);
