import yoctoSpinner from "yocto-spinner";

/** Whether standard output takes colours, and its user wants them (NO_COLOR): what styleText goes by, too. */
export const hasColors = () => process.stdout.isTTY && process.stdout.hasColors();

/**
 * Tells that something takes long, and for how long: on a terminal a line that counts, below whatever else is printed. Elsewhere, and in the
 * log of a CI system, a line at the beginning, every 30 s and at the end.
 * @param {string} title
 * @param {{ plain?: (line: string) => void, handleSignals?: boolean }} options `plain`: prints the lines of the second kind; `handleSignals`: a
 *   signal ends the process, and the line with it
 * @returns {(outcome?: "done" | "failed") => void} ends it; without an outcome nothing of it stays on a terminal
 */
export function showProgress(title, { plain = (line) => console.error(line), handleSignals = false } = {}) {
    const started = Date.now();
    const line = (word = "") => {
        const seconds = Math.floor((Date.now() - started) / 1000);
        return `${title} ... ${word}${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
    };
    const isLive = process.stderr.isTTY && process.env["TERM"] !== "dumb" && !process.env["CI"];
    const spinner = isLive ? yoctoSpinner({ text: title, handleSignals }).start() : undefined;
    const tell = (/** @type {string} */ text) => (spinner ? Object.assign(spinner, { text }) : plain(text));
    if (!spinner) plain(title);
    const ticking = setInterval(() => tell(line()), spinner ? 1_000 : 30_000);
    return (outcome) => {
        clearInterval(ticking);
        const last = line(outcome === "done" ? "done in " : "failed after ");
        if (!spinner) plain(last);
        else if (outcome) spinner[outcome === "done" ? "success" : "error"](last);
        else spinner.stop();
    };
}
