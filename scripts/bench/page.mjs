import { readFileSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { REPOSITORY } from "../repository.mjs";
import { growthPlot } from "./plot.mjs";

const PAGE = join(REPOSITORY, "docs", "performance.md");
const PLOT = join(REPOSITORY, "docs", "performance.svg");
/** The table whose growth is drawn. */
const PLOTTED = "compared";

/**
 * Puts a run into its section of the page, and draws the plot if it is about the whole comparison.
 * @param {string} table
 * @param {string} report
 * @param {readonly import("./run.mjs").Row[]} rows
 */
export function writePage(table, report, rows) {
    const isPlotted = table === PLOTTED;
    if (isPlotted) writeFileSync(PLOT, growthPlot(rows));
    const picture = `![Seconds of the first up over the number of hosts](${basename(PLOT)})`;
    writeFileSync(PAGE, withSection(readFileSync(PAGE, "utf8"), table, isPlotted ? `${report}\n\n${picture}` : report));
}

/**
 * Replaces what stands between the marks of a table.
 * @param {string} page @param {string} table @param {string} report
 */
export function withSection(page, table, report) {
    const begin = `<!-- bench: ${table} -->`;
    const end = "<!-- end -->";
    const from = page.indexOf(begin);
    const to = page.indexOf(end, from);
    if (from < 0 || to < 0) throw new Error(`docs/performance.md has no ${begin} with an ${end} after it`);
    return `${page.slice(0, from)}${begin}\n\n${report}\n\n${page.slice(to)}`;
}
