/** Says whether a name is among some; a `Set` is one. */
export interface Names {
    has(name: string): boolean;
}

/** Names that an administrator gave for one run. Knows which of them were asked for, so that the others can be told. */
export class GivenNames implements Names {
    private readonly met = new Set<string>();

    constructor(private readonly names: ReadonlySet<string>) {}

    has(name: string): boolean {
        if (!this.names.has(name)) return false;
        this.met.add(name);
        return true;
    }

    /** Those that nobody has asked for so far, in the order in which they were given. */
    get unmet(): readonly string[] {
        return [...this.names].filter((name) => !this.met.has(name));
    }
}
