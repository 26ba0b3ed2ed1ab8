/**
 * What a program that failed said last, for the reason of a skipped test.
 * @param {unknown} error
 */
export function lastLineOf(error) {
    const said = error instanceof Error && "stderr" in error ? String(error.stderr) : String(error);
    return said.trim().split("\n").at(-1)?.slice(0, 200);
}
