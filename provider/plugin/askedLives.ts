import type { LifeNotice } from "../core/ledger/plan";
import type { Properties } from "../handlers/handler";
import type { Lives } from "../handlers/runtime";

interface Known {
    /** Only of a life that the program declares and whose last create or update came to its end. */
    owner: string | undefined;
    readonly machines: Set<string>;
}

/** The resources' lives that this process was asked about. */
export class AskedLives implements Lives {
    private readonly known = new Map<string, Known>();
    private readonly atEnd: LifeNotice[] = [];

    /** @param programRuns what the engine says of that */
    constructor(readonly programRuns: Lives["programRuns"]) {}

    /**
     * @param outs as the state has them; none of a life that begins
     * @returns the id
     */
    add(id: string, { machine, unreleased }: Properties = {}): string {
        const life = this.known.get(id) ?? { owner: undefined, machines: new Set<string>() };
        for (const one of [machine, ...formerMachines(unreleased)]) if (typeof one === "string") life.machines.add(one);
        this.known.set(id, life);
        return id;
    }

    /**
     * As `add`, of a life that the program declares: one that was replaced, and is only to be deleted, takes over nothing. Nor does one
     * whose create or update failed: it may not have released what others left on its machine.
     */
    declares(id: string, outs: Properties): void {
        this.add(id, outs);
        const life = this.known.get(id);
        if (life !== undefined && typeof outs["owner"] === "string" && outs["incomplete"] !== true) life.owner = outs["owner"];
    }

    /** A life of which no machine is known yet is about to write to one. */
    isOn(stamp: string, machine: string): boolean {
        const life = this.known.get(stamp);
        return life !== undefined && (life.machines.size === 0 || life.machines.has(machine));
    }

    machinesOf(owner: string): string[] {
        return [...this.known.values()].flatMap((life) => (life.owner === owner ? [...life.machines] : []));
    }

    reportAtEnd(stamp: string, text: string): void {
        this.atEnd.push({ stamp, text });
    }

    /** What is to be told of lives that nobody has asked for until now. */
    get ofUnknown(): readonly string[] {
        return this.atEnd.filter(({ stamp }) => !this.known.has(stamp)).map(({ text }) => text);
    }
}

const formerMachines = (unreleased: unknown): unknown[] =>
    Array.isArray(unreleased) ? unreleased.map((one: { readonly machine?: unknown }) => one.machine) : [];
