import yoctoSpinner from "yocto-spinner";

/** Whether standard output supports colours and the user wants them (NO_COLOR). styleText has the same rule. */
export const hasColors = () => process.stdout.isTTY && process.stdout.hasColors();

/**
 * Shows that something takes long, and for how long. On a terminal: one line that counts the time, below all other output. Elsewhere, and in the
 * log of a CI system: a line at the beginning, every 30 s and at the end.
 * @param {string} title
 * @param {{ plain?: (line: string) => void, handleSignals?: boolean }} options `plain`: prints the lines where there is no terminal; `handleSignals`: a
 *   signal ends the process, and the line with it
 * @returns {(outcome?: "done" | "failed") => void} ends the display; without an outcome it leaves nothing on a terminal
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
