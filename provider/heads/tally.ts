import { listed } from "../core/listed";
import type { Condition } from "../handlers/condition";

interface Noted {
    readonly host: string;
    readonly condition: Condition;
}

const WORDS: Readonly<Record<Exclude<Condition, "asDeclared">, string>> = {
    drifted: "drifted",
    denied: "denied",
    unfinished: "unfinished",
    unreachable: "unreachable",
    putOff: "unreachable with changes put off",
    failed: "failed",
};

/** How each resource stands that this process had to do with, as of the last operation on it. */
export class Tally {
    private readonly resources = new Map<string, Noted>();
    private readonly kinds = new Set<"read" | "write">();

    /** An operation that asks a host begins; `write`: a create, an update, a delete. */
    began(kind: "read" | "write"): void {
        this.kinds.add(kind);
    }

    get asked(): boolean {
        return this.kinds.size > 0;
    }

    get wrote(): boolean {
        return this.kinds.has("write");
    }

    /**
     * @param resource what tells it from others
     * @param host as the program names it
     */
    note(resource: string, host: string, condition: Condition): void {
        this.resources.set(resource, { host, condition });
    }

    /** It is deleted. */
    drop(resource: string): void {
        this.resources.delete(resource);
    }

    /**
     * `wmisec: 47 resources as declared, 2 drifted (web-03, web-04), 1 unreachable (web-50)`.
     * @returns undefined when all are as declared
     */
    get line(): string | undefined {
        const all = [...this.resources.values()];
        const fine = all.filter(({ condition }) => condition === "asDeclared").length;
        if (fine === all.length) return undefined;
        const others = Object.entries(WORDS).flatMap(([condition, words]) => {
            const hosts = all.filter((one) => one.condition === condition).map(({ host }) => host);
            return hosts.length === 0 ? [] : [`${hosts.length} ${words} (${listed([...new Set(hosts)].sort())})`];
        });
        return `wmisec: ${[`${fine} ${fine === 1 ? "resource" : "resources"} as declared`, ...others].join(", ")}`;
    }
}
