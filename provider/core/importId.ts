/** What an import's id names. */
export interface ImportId {
    readonly host: string;
    /** What of the host, by names that the resource's type knows. */
    readonly names: readonly string[];
}

/** `HOST`, or `HOST,NAME,...`. */
export function parseImportId(id: string): ImportId {
    const [host = "", ...names] = id.split(",").map((part) => part.trim());
    return { host, names };
}
