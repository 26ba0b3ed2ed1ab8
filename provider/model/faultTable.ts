/** What the named fault needs to know, and how often it still bites. */
interface Lit {
    readonly detail: unknown;
    left: number;
}

/**
 * Named faults that can be switched on. Whoever does the thing that a fault is about asks the table at the place where it
 * bites; the table only remembers. A new fault is one line in a type and one question at its place.
 *
 * @typeParam Faults name of each fault, and what it needs to know when it is switched on
 */
export class FaultTable<Faults extends object> {
    private readonly lit = new Map<PropertyKey, Lit>();

    /**
     * @param detail what the fault needs to know; `{}` where it needs nothing
     * @param times how often it bites before it goes out by itself. Default: until `off`.
     */
    on<Name extends keyof Faults>(name: Name, detail: Faults[Name], times = Number.POSITIVE_INFINITY): void {
        this.lit.set(name, { detail, left: times });
    }

    /** Switches one fault off, or all of them. */
    off(name?: keyof Faults): void {
        if (name === undefined) this.lit.clear();
        else this.lit.delete(name);
    }

    /** Whether it is on, without counting as a bite: for states, which nobody uses up by looking. */
    has(name: keyof Faults): boolean {
        return this.lit.has(name);
    }

    /**
     * Asked where the fault bites.
     * @param here whether this is the place that the detail names; only then a bite is counted
     * @returns the detail, or undefined when the fault is off or not about this place
     */
    bite<Name extends keyof Faults>(name: Name, here: (detail: Faults[Name]) => boolean = () => true): Faults[Name] | undefined {
        const lit = this.lit.get(name);
        if (lit === undefined) return undefined;
        const detail = lit.detail as Faults[Name];
        if (!here(detail)) return undefined;
        lit.left -= 1;
        if (lit.left <= 0) this.lit.delete(name);
        return detail;
    }
}
