import { printable } from "../core/errors";
import { namespacePath } from "../core/namespacePath";
import { listed } from "../core/text/listed";
import type { Condition } from "../handlers/condition";

interface Noted {
    readonly host: string;
    readonly condition: Condition;
    /** The status of each of its namespaces, by the program's key. */
    readonly namespaces: ReadonlyMap<string, unknown>;
}

/** A namespace with `whenMissing: "skip"` that some hosts lack. */
interface Skipped {
    /** As the program wrote it. */
    readonly name: string;
    /** The hosts without it. */
    readonly hosts: readonly string[];
    /** How many hosts have it. */
    readonly others: number;
}

/** With these statuses it is not known whether the host has the namespace. */
const UNKNOWN: ReadonlySet<unknown> = new Set(["unreachable", "denied"]);

/** At most so many namespaces are named in a line. */
const NAMED = 5;

const WORDS: Readonly<Record<Exclude<Condition, "asDeclared">, string>> = {
    drifted: "drifted",
    denied: "denied",
    unfinished: "unfinished",
    unreachable: "unreachable",
    deferred: "unreachable with changes put off",
    failed: "failed",
};

/** The condition of each resource of this process, as of its last operation. */
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
     * @param resource identifies it
     * @param host as the program names it
     */
    note(resource: string, host: string, condition: Condition, namespaces: ReadonlyMap<string, unknown> = new Map()): void {
        this.resources.set(resource, { host, condition, namespaces });
    }

    /** For a deleted resource. */
    drop(resource: string): void {
        this.resources.delete(resource);
    }

    /**
     * `wmisec: 47 as declared, 2 drifted (web-03, web-04), 1 unreachable (web-50), 1 namespace skipped (root/MicrosoftDNS: web-07)`.
     * @returns undefined when all are as declared and nothing is skipped
     */
    get line(): string | undefined {
        const all = [...this.resources.values()];
        const fine = all.filter(({ condition }) => condition === "asDeclared").length;
        const skipped = this.skipped;
        if (fine === all.length && skipped.length === 0) return undefined;
        const others = Object.entries(WORDS).flatMap(([condition, words]) => {
            const hosts = all.filter((one) => one.condition === condition).map(({ host }) => host);
            return hosts.length === 0 ? [] : [`${hosts.length} ${words} (${listed([...new Set(hosts)].sort())})`];
        });
        const where = skipped.slice(0, NAMED).map(({ name, hosts }) => `${name}: ${listed(hosts)}`);
        const more = skipped.length > NAMED ? [`and ${skipped.length - NAMED} more`] : [];
        const skips = `${skipped.length} ${skipped.length === 1 ? "namespace" : "namespaces"} skipped (${[...where, ...more].join("; ")})`;
        return `wmisec: ${[`${fine} as declared`, ...others, ...(skipped.length === 0 ? [] : [skips])].join(", ")}`;
    }

    /** One line for each namespace that no host of this run has: most likely a misspelling. */
    get missingEverywhere(): readonly string[] {
        const nowhere = this.skipped.filter(({ others }) => others === 0);
        const lines = nowhere
            .slice(0, NAMED)
            .map(
                ({ name, hosts }) =>
                    `wmisec: ${name} is skipped on every host of this run that declares it and answered (${listed(hosts)}): none of them has such a namespace. ` +
                    "Is the name misspelt? Nothing is required there",
            );
        return nowhere.length > NAMED ? [...lines, `wmisec: so are ${nowhere.length - NAMED} more`] : lines;
    }

    /** In the order in which they were met. */
    private get skipped(): readonly Skipped[] {
        const found = new Map<string, { readonly name: string; readonly hosts: Set<string>; readonly others: Set<string> }>();
        for (const { host, namespaces } of this.resources.values()) {
            for (const [name, status] of namespaces) {
                if (UNKNOWN.has(status)) continue;
                const key = namespacePath(name);
                const one = found.get(key) ?? { name, hosts: new Set(), others: new Set() };
                found.set(key, one);
                (status === "skipped" ? one.hosts : one.others).add(host);
            }
        }
        return [...found.values()]
            .filter(({ hosts }) => hosts.size > 0)
            .map(({ name, hosts, others }) => ({ name: printable(name, 300), hosts: [...hosts].sort(), others: others.size }));
    }
}
