interface Edge {
    readonly label: string;
    readonly to: Node;
}

interface Node {
    readonly edges: Map<number, Edge>;
    /** A pattern ends here. */
    ends: boolean;
}

const node = (ends: boolean): Node => ({ edges: new Map(), ends });

/** Searches for many patterns at once. The cost depends on what matches, not on the number of patterns. */
export class PrefixTree {
    readonly #root = node(false);
    /** Indexed by the first character of a pattern. */
    readonly #begins = new Uint8Array(0x10000);

    add(pattern: string): void {
        if (pattern === "") return;
        this.#begins[pattern.charCodeAt(0)] = 1;
        let at = this.#root;
        let rest = pattern;
        while (rest !== "") {
            const edge = at.edges.get(rest.charCodeAt(0));
            if (edge === undefined) {
                at.edges.set(rest.charCodeAt(0), { label: rest, to: node(true) });
                return;
            }
            const shared = sharedLength(edge.label, rest);
            at = shared === edge.label.length ? edge.to : split(at, edge, shared);
            rest = rest.slice(shared);
        }
        at.ends = true;
    }

    /** Can a pattern begin with this character? */
    begins(code: number): boolean {
        return this.#begins[code] === 1;
    }

    /**
     * Finds the longest pattern that begins at `start`.
     * @param least shorter patterns do not count
     * @param mayBeCut also accept a pattern that the end of the text cuts off after `least` characters or more
     * @returns where the pattern ends; undefined if there is none
     */
    match(text: Uint16Array, start: number, least: number, mayBeCut: boolean): number | undefined {
        let end: number | undefined;
        let at = start;
        let place = this.#root;
        for (;;) {
            const edge = at < text.length ? place.edges.get(text[at] ?? -1) : undefined;
            if (edge === undefined) return mayBeCut && at === text.length && place.edges.size > 0 && at - start >= least ? at : end;
            const { label, to } = edge;
            let index = 0;
            while (index < label.length && at < text.length && label.charCodeAt(index) === text[at]) {
                index++;
                at++;
            }
            if (index < label.length) return mayBeCut && at === text.length && at - start >= least ? at : end;
            if (to.ends && at - start >= least) end = at;
            place = to;
        }
    }
}

function sharedLength(a: string, b: string): number {
    const most = Math.min(a.length, b.length);
    let shared = 0;
    while (shared < most && a.charCodeAt(shared) === b.charCodeAt(shared)) shared++;
    return shared;
}

/** Splits an edge. @returns the new node in the middle */
function split(from: Node, { label, to }: Edge, at: number): Node {
    const middle = node(false);
    middle.edges.set(label.charCodeAt(at), { label: label.slice(at), to });
    from.edges.set(label.charCodeAt(0), { label: label.slice(0, at), to: middle });
    return middle;
}
