import type { RegistryValue } from "../core/registry";
import { namespaceKey } from "./namespaceTree";

/** The flag on a namespace's `__SystemSecurity` singleton; null: no qualifier. */
export type FlagState = boolean | null | "missing";

/** One write, with the state before and after it. A write that changes nothing counts, too. */
export type Write = {
    /** Counts all writes to the machine, from 1. */
    readonly order: number;
    /** `agent`: by the agent's verbs or mofcomp. `somebody`: by anybody else. */
    readonly by: "agent" | "somebody";
} & (
    | { readonly kind: "namespace"; readonly name: string; readonly from: FlagState; readonly to: FlagState }
    /** `name` is `KEY\NAME`, in the writer's spelling. */
    | { readonly kind: "value"; readonly name: string; readonly from: RegistryValue; readonly to: RegistryValue }
    /** `name` is the file's path; `from` and `to` are the SHA-256 of its bytes in lower-case hex, null if there is no file. */
    | { readonly kind: "file"; readonly name: string; readonly from: string | null; readonly to: string | null }
    /** `name` is the item; `from` and `to` are the entry's text. */
    | { readonly kind: "ledger"; readonly name: string; readonly from: string | null; readonly to: string | null }
);

type Entry = Write extends infer W ? (W extends Write ? Omit<W, "order"> : never) : never;

/** All writes to one machine, in order. */
export class WriteLog {
    private readonly written: Write[] = [];
    private cleared = 0;

    /** All writes, including those of others. */
    get all(): readonly Write[] {
        return this.written;
    }

    /**
     * The agent's writes to namespaces, registry values and files that policy governs (registered MOF files, definitions, their backups):
     * those that a plan must announce. MOF files that their step removes again are not included.
     */
    get items(): readonly Write[] {
        return this.written.filter(({ by, kind }) => by === "agent" && kind !== "ledger");
    }

    /** The agent's writes to its own ledger. */
    get ledger(): readonly Write[] {
        return this.written.filter(({ by, kind }) => by === "agent" && kind === "ledger");
    }

    /**
     * Every state of a namespace's flag, in order, from before the first write to after the last. Empty if nobody ever wrote it.
     * @param path in any spelling
     */
    flagHistory(path: string): readonly FlagState[] {
        const own = this.written.flatMap((write) => (write.kind === "namespace" && write.name === namespaceKey(path) ? [write] : []));
        return own.flatMap(({ from, to }, index) => (index === 0 || own[index - 1]?.to !== from ? [from, to] : [to]));
    }

    /** Forgets all writes so far; `order` continues. */
    clear(): void {
        this.cleared += this.written.length;
        this.written.length = 0;
    }

    /** For the model only. */
    add(entry: Entry): void {
        this.written.push({ ...entry, order: this.cleared + this.written.length + 1 } as Write);
    }
}
