/** Tells whether a name is in a group. A `Set` qualifies. */
export interface Names {
    has(name: string): boolean;
}

/** Names that an administrator gave for one run. Tracks which of them were used, so that the others can be reported. */
export class GivenNames implements Names {
    private readonly used = new Set<string>();

    constructor(private readonly names: ReadonlySet<string>) {}

    has(name: string): boolean {
        if (!this.names.has(name)) return false;
        this.used.add(name);
        return true;
    }

    /** The names that were not used so far, in the order given. */
    get unused(): readonly string[] {
        return [...this.names].filter((name) => !this.used.has(name));
    }
}
