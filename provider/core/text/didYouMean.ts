/**
 * The known word that a misspelt one most likely stands for: equal but for case, dashes and underscores; or a few edits away; or a prefix
 * or suffix of it.
 * @returns undefined if none is close
 */
export function nearest(word: string, known: readonly string[]): string | undefined {
    const bare = (text: string) => text.toLowerCase().replace(/[^a-z0-9]/g, "");
    const wanted = bare(word);
    const rated = known
        .map((one) => ({ one, edits: edits(wanted, bare(one)) }))
        .filter(({ one, edits }) => edits <= Math.max(1, Math.floor(bare(one).length / 3)))
        .sort((a, b) => a.edits - b.edits);
    const holds = (one: string) => one.length >= 4 && (wanted.startsWith(bare(one)) || wanted.endsWith(bare(one)));
    return rated[0]?.one ?? known.filter(holds).sort((a, b) => b.length - a.length)[0];
}

/** How many characters to insert, delete, replace or swap with the next one. Both words are short. */
function edits(a: string, b: string): number {
    const rows: number[][] = [Array.from({ length: b.length + 1 }, (_, index) => index)];
    const at = (row: number, column: number) => rows[row]?.[column] ?? Number.POSITIVE_INFINITY;
    for (let i = 1; i <= a.length; i += 1) {
        rows[i] = [i];
        for (let j = 1; j <= b.length; j += 1) {
            const same = a[i - 1] === b[j - 1];
            const swapped = a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1] ? at(i - 2, j - 2) + 1 : Number.POSITIVE_INFINITY;
            rows[i]?.push(Math.min(at(i - 1, j) + 1, at(i, j - 1) + 1, at(i - 1, j - 1) + (same ? 0 : 1), swapped));
        }
    }
    return at(a.length, b.length);
}
