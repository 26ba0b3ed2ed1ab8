/** A fault that is on: its details, and how often it will still occur. */
interface ActiveFault {
    readonly detail: unknown;
    left: number;
}

/**
 * Named faults that can be switched on. The code that a fault affects asks this table at the point where it occurs; the table only keeps
 * count. A new fault needs one line in a type and one question at that point.
 *
 * @typeParam Faults the name of each fault, and the details that it needs
 */
export class FaultTable<Faults extends object> {
    private readonly active = new Map<PropertyKey, ActiveFault>();

    /**
     * @param detail the fault's details; `{}` if it needs none
     * @param times how often it occurs before it switches itself off. Default: until `off`.
     */
    on<Name extends keyof Faults>(name: Name, detail: Faults[Name], times = Number.POSITIVE_INFINITY): void {
        this.active.set(name, { detail, left: times });
    }

    /** Switches off one fault, or all. */
    off(name?: keyof Faults): void {
        if (name === undefined) this.active.clear();
        else this.active.delete(name);
    }

    /** Whether the fault is on. Does not count as an occurrence: for lasting conditions. */
    has(name: keyof Faults): boolean {
        return this.active.has(name);
    }

    /**
     * Asked at the point where the fault occurs.
     * @param here whether the details name this place; only then is the occurrence counted
     * @returns the details; undefined if the fault is off or does not concern this place
     */
    bite<Name extends keyof Faults>(name: Name, here: (detail: Faults[Name]) => boolean = () => true): Faults[Name] | undefined {
        const active = this.active.get(name);
        if (active === undefined) return undefined;
        const detail = active.detail as Faults[Name];
        if (!here(detail)) return undefined;
        active.left -= 1;
        if (active.left <= 0) this.active.delete(name);
        return detail;
    }
}
