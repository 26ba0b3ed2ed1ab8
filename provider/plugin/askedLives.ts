import type { LifeNotice } from "../core/ledger/plan";
import type { Properties } from "../handlers/handler";
import type { Lives } from "../handlers/runtime";

interface Known {
    /** Set only if the program declares the life, and its last create or update finished. */
    owner: string | undefined;
    readonly machines: Set<string>;
}

/** The lives of resources that the engine asked this process about. A life lasts from a create to a delete; its id is its stamp. */
export class AskedLives implements Lives {
    private readonly known = new Map<string, Known>();
    private readonly atEnd: LifeNotice[] = [];
    private isDeclared = false;

    /** @param isToldOf asks the engine whether a program told it of its stack */
    constructor(private readonly isToldOf: () => Promise<boolean>) {}

    /** The engine checks inputs, which only a program can have declared. */
    checks(): void {
        this.isDeclared = true;
    }

    async programRuns(): Promise<boolean> {
        return this.isDeclared || (await this.isToldOf());
    }

    /**
     * @param outs from the state; a new life has none
     * @returns the id
     */
    add(id: string, { machine, unreleased }: Properties = {}): string {
        const life = this.known.get(id) ?? { owner: undefined, machines: new Set<string>() };
        for (const one of [machine, ...formerMachines(unreleased)]) if (typeof one === "string") life.machines.add(one);
        this.known.set(id, life);
        return id;
    }

    /**
     * As `add`, for a life that the program declares. Not for a replaced life that will only be deleted: it takes over nothing. A life whose
     * create or update failed takes over nothing either: it may not have released what others left on its machine.
     */
    declares(id: string, outs: Properties): void {
        this.add(id, outs);
        const life = this.known.get(id);
        if (life !== undefined && typeof outs["owner"] === "string" && outs["incomplete"] !== true) life.owner = outs["owner"];
    }

    /** A life without a known machine counts: it is about to write to one. */
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

    /** Notices about lives that the engine has not asked about until now. */
    get ofUnknown(): readonly string[] {
        return this.atEnd.filter(({ stamp }) => !this.known.has(stamp)).map(({ text }) => text);
    }
}

const formerMachines = (unreleased: unknown): unknown[] =>
    Array.isArray(unreleased) ? unreleased.map((one: { readonly machine?: unknown }) => one.machine) : [];
