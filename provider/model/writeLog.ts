import type { RegistryValue } from "../core/registry";
import { namespaceKey } from "./namespaceTree";

/** A namespace's flag as its `__SystemSecurity` singleton carries it; null: no qualifier. */
export type FlagState = boolean | null | "missing";

/** One write, what stood there before and what stands there after it. A write that changes nothing is a write too. */
export type Write = {
    /** Counts up from 1 over all writes of the machine, of whatever kind. */
    readonly order: number;
    /** `agent`: through the agent's verbs or mofcomp. `somebody`: behind our back. */
    readonly by: "agent" | "somebody";
} & (
    | { readonly kind: "namespace"; readonly name: string; readonly from: FlagState; readonly to: FlagState }
    /** `name` is `KEY\NAME`, as spelled by the writer. */
    | { readonly kind: "value"; readonly name: string; readonly from: RegistryValue; readonly to: RegistryValue }
    /** `name` is the file's path; from and to are the SHA-256 of its bytes in lower-case hex, null where there is no file. */
    | { readonly kind: "file"; readonly name: string; readonly from: string | null; readonly to: string | null }
    /** `name` is the item; from and to are the entry's text. */
    | { readonly kind: "ledger"; readonly name: string; readonly from: string | null; readonly to: string | null }
);

type Entry = Write extends infer W ? (W extends Write ? Omit<W, "order"> : never) : never;

/** All writes to one machine, in order. */
export class WriteLog {
    private readonly written: Write[] = [];
    private cleared = 0;

    /** Everything, also what was done behind our back. */
    get all(): readonly Write[] {
        return this.written;
    }

    /**
     * What the agent wrote to namespaces, values and files of policy (registered MOF files, definitions, their backups): the
     * writes that a plan must announce. A MOF file that is gone when its step ends is none of them.
     */
    get items(): readonly Write[] {
        return this.written.filter(({ by, kind }) => by === "agent" && kind !== "ledger");
    }

    /** What the agent wrote to its own record. */
    get ledger(): readonly Write[] {
        return this.written.filter(({ by, kind }) => by === "agent" && kind === "ledger");
    }

    /**
     * Every state that a namespace's flag was in, in order, from before the first write to after the last. Empty when nobody
     * ever wrote it.
     * @param path in any spelling
     */
    flagHistory(path: string): readonly FlagState[] {
        const own = this.written.flatMap((write) => (write.kind === "namespace" && write.name === namespaceKey(path) ? [write] : []));
        return own.flatMap(({ from, to }, index) => (index === 0 || own[index - 1]?.to !== from ? [from, to] : [to]));
    }

    /** Forgets what was written so far; `order` counts on. */
    clear(): void {
        this.cleared += this.written.length;
        this.written.length = 0;
    }

    /** For the model only. */
    add(entry: Entry): void {
        this.written.push({ ...entry, order: this.cleared + this.written.length + 1 } as Write);
    }
}
