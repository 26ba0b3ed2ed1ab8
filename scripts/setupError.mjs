/** A step that failed. Its message has the form of the provider's errors: what was said, what was tried, what to do. */
export class SetupError extends Error {
    /**
     * @param {string} summary one line
     * @param {{ said?: string | undefined, tried?: string[] | undefined, remedy: string }} parts `said`: the output of the program that failed
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
 * Prints the error that ends a script. A SetupError is a message for a person. Anything else is a bug, and is printed with its stack.
 * @param {unknown} error
 */
export function reportAndFail(error) {
    console.error(error instanceof SetupError ? `\n${error.message}\n` : error);
    process.exitCode = 1;
}
