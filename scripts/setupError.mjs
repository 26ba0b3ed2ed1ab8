/**
 * A set-up step that failed, told the way the provider tells its errors: what was said, what was tried, what to do.
 */
export class SetupError extends Error {
    /**
     * @param {string} summary one line
     * @param {{ said?: string | undefined, tried?: string[] | undefined, remedy: string }} parts
     *   `said`: the failing program's own words, may have several lines
     */
    constructor(summary, { said, tried, remedy }) {
        const block = (/** @type {string} */ label, /** @type {string} */ text) =>
            `  ${label.padEnd(7)}${text.trimEnd().split("\n").join("\n         ")}`;
        super(
            [
                summary,
                ...(said?.trim() ? [block("said:", said)] : []),
                ...(tried ?? []).map((text) => block("tried:", text)),
                block("do:", remedy),
            ].join("\n"),
        );
        this.name = "SetupError";
        this.summary = summary;
        this.said = said;
    }
}

/**
 * What a script's main part ends with when it throws: a SetupError is a message for a person, anything else is a bug and keeps its stack.
 * @param {unknown} error
 */
export function reportAndFail(error) {
    console.error(error instanceof SetupError ? `\n${error.message}\n` : error);
    process.exitCode = 1;
}
