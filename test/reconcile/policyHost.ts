import { isWmisecError, type WmisecError } from "../../provider/core/errors";
import { itemName, itemNamed } from "../../provider/core/items/item";
import { describeLive } from "../../provider/core/items/itemValue";
import type { Item } from "../../provider/core/items/kind";
import type { ItemValue } from "../../provider/core/items/kinds";
import type { Declaration } from "../../provider/core/ledger/declaration";
import { formatEntry, type LedgerEntry, parseEntry } from "../../provider/core/ledger/entry";
import type { Memory } from "../../provider/core/ledger/plan";
import type { Report } from "../../provider/core/ledger/report";
import { AUTORECOVER_LIST } from "../../provider/core/mof/autorecover";
import { describeValue, type RegistryValue } from "../../provider/core/registry";
import type { Observation, ObserveRequest } from "../../provider/core/wire/observation";
import type { Applied, Step } from "../../provider/core/wire/step";
import { MemoryHost } from "../../provider/hosts/memoryHost";
import { WindowsMachine, type WindowsMachineOptions } from "../../provider/model/windowsMachine";
import type { Write } from "../../provider/model/writeLog";
import { type Reconciled, type ReconcileRequest, reconcile } from "../../provider/reconcile";
import { entryOf, MACHINE, mine } from "./entries";

type Request = Omit<Partial<ReconcileRequest>, "claim"> & {
    readonly claim?: Partial<ReconcileRequest["claim"]>;
    /** What the state remembers, by item. */
    readonly memory?: readonly (readonly [Item, Memory])[];
};

/** What became of a run. */
export interface Outcome {
    /** What the host was told to write, in order, in words. */
    readonly written: readonly string[];
    readonly warnings: readonly string[];
    readonly notes: readonly string[];
    /** What was released with other lives of the owner. */
    readonly lifeNotices: Report["lifeNotices"];
    readonly error: WmisecError | undefined;
    readonly before: Reconciled["before"];
}

/** One host in memory with a ledger, and the policy of one owner that is carried out there. */
export class PolicyHost {
    readonly machine: WindowsMachine;
    /** Called once, between the look and the first write. */
    meanwhile: () => void = () => undefined;
    /** What the host says instead of what it sees. */
    says: (seen: Observation) => Observation = (seen) => seen;
    readonly asked: ObserveRequest[] = [];

    constructor(options: WindowsMachineOptions = {}) {
        this.machine = new WindowsMachine({ machineGuid: "m1", smbiosUuid: "m1", ...options });
    }

    /** Puts an entry into the ledger. */
    remembers(item: Item, entry: Partial<LedgerEntry> | undefined): this {
        if (entry !== undefined) this.machine.behindOurBack.setLedger(itemName(item), formatEntry(entryOf(entry)));
        return this;
    }

    entry(item: Item): LedgerEntry | undefined {
        const parsed = parseEntry(this.machine.ledger()[itemName(item)]);
        return parsed.state === "entry" ? parsed.entry : undefined;
    }

    declare(declaration: Declaration, request: Request = {}): Promise<Outcome> {
        return this.run({ declarations: [declaration], ...request });
    }

    /** As a delete while a program runs does. */
    release(item: Item, request: Request = {}): Promise<Outcome> {
        return this.run({ dropped: [item], ...request });
    }

    async run({ claim, memory = [], ...request }: Request): Promise<Outcome> {
        this.machine.writes.clear();
        let report: Report | undefined;
        const outcome = await reconcile(this.host(), {
            declarations: [],
            dropped: [],
            leftAlone: [],
            claim: { owner: ME.owner, stamp: ME.stamp, now: "2026-01-02T03:04:05Z", evict: new Set(), compiler: "mofcomp", ...claim },
            superseded: false,
            onDelete: "restore",
            memoryOn: () => new Map(memory.map(([item, remembered]) => [itemName(item), remembered])),
            onWrite: async () => undefined,
            onReport: async (told) => {
                report = told;
            },
            ...request,
        }).catch((error: unknown) => {
            if (isWmisecError(error)) return error;
            throw error;
        });
        if (report === undefined) throw new Error("the run ended without a word");
        const { warnings, notes, lifeNotices } = report;
        const failed = isWmisecError(outcome);
        return {
            written: this.machine.writes.all.filter(({ by }) => by === "agent").map(inWords),
            warnings,
            notes,
            lifeNotices,
            error: failed ? outcome : undefined,
            before: failed ? {} : outcome.before,
        };
    }

    private host(): MemoryHost {
        const { machine, asked } = this;
        const says = (seen: Observation) => this.says(seen);
        const meanwhile = () => {
            const work = this.meanwhile;
            this.meanwhile = () => undefined;
            work();
        };
        return new (class extends MemoryHost {
            override async observe(request: ObserveRequest): Promise<Observation> {
                asked.push(request);
                return says(await super.observe(request));
            }
            override apply(steps: readonly Step[], request: ObserveRequest): Promise<Applied> {
                meanwhile();
                return super.apply(steps, request);
            }
        })(machine);
    }
}

const ME = mine(true);

/** A write as a reader would tell it: entries by what they say, files by their names and the hashes of what is in them. */
function inWords(write: Write): string {
    switch (write.kind) {
        case "ledger":
            return write.to === null ? "entry gone" : `entry ${said(write.name, write.to)}`;
        case "namespace":
            return `${write.name} ${String(write.to).toUpperCase()}`;
        case "value":
            return write.name.endsWith(`\\${AUTORECOVER_LIST.name}`) ? listed(write.from, write.to) : `value ${describeValue(write.to)}`;
        case "file":
            return `${baseName(write.name)} ${write.to === null ? "gone" : write.to.slice(0, 6)}`;
    }
}

function said(name: string, text: string): string {
    const item = itemNamed(name);
    const parsed = parseEntry(text);
    if (item === undefined || parsed.state !== "entry") return `that can't be read: ${text}`;
    const { machine, before, written, writing, owners } = parsed.entry;
    return [
        ...(machine === MACHINE ? [] : [`machine=${machine}`]),
        `before=${short(item, before)}`,
        ...(written === undefined ? [] : [`written=${short(item, written)}`]),
        ...(writing === undefined ? [] : [`writing=${short(item, writing)}`]),
        `owners=${owners.map(({ owner, stamp, wants }) => `${owner}#${stamp}:${describeLive(item, wants)}`).join(",")}`,
    ].join(" ");
}

const short = (item: Item, value: ItemValue): string =>
    typeof value === "object" && "sha256" in value ? value.sha256.slice(0, 6) : describeLive(item, value);

function listed(from: RegistryValue, to: RegistryValue): string {
    const [old, now] = [from, to].map((value) => (value !== "absent" && value.kind === "REG_MULTI_SZ" ? value.value : []));
    const added = now?.find((file) => !old?.includes(file));
    const removed = old?.find((file) => !now?.includes(file));
    return added === undefined ? `list without ${baseName(removed ?? "")}` : `list with ${baseName(added)}`;
}

const baseName = (file: string): string => file.slice(file.lastIndexOf("\\") + 1);
