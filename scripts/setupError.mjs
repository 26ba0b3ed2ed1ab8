/** A step that failed, told the way the provider tells its errors: what was said, what was tried, what to do. */
export class SetupError extends Error {
    /**
     * @param {string} summary one line
     * @param {{ said?: string | undefined, tried?: string[] | undefined, remedy: string }} parts `said`: the failing program's own words
     */
    constructor(summary, { said = "", tried = [], remedy }) {
        const parts = [["said:", said.trim()], ...tried.map((text) => ["tried:", text]), ["do:", remedy]].filter(([, text]) => text);
        const lines = parts.map(([label = "", text = ""]) => `  ${label.padEnd(7)}${text.split("\n").join("\n         ")}`);
        super([summary, ...lines].join("\n"));
        this.name = "SetupError";
        this.summary = summary;
        this.said = said;
    }
}

/**
 * What a script ends with when it throws: a SetupError is a message for a person, anything else is a bug and keeps its stack.
 * @param {unknown} error
 */
export function reportAndFail(error) {
    console.error(error instanceof SetupError ? `\n${error.message}\n` : error);
    process.exitCode = 1;
}
