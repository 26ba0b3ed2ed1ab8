import { ratios } from "./ratios.mjs";
import { PHASES } from "./scenarios/scenario.mjs";

/** @typedef {import("./run.mjs").Row} Row */

const KIB = 1024;
const MIB = KIB * KIB;
const NOT_THERE = "";

/**
 * A run for people: what ran where, the table, the ratios, and what was not measured.
 * @param {object} run
 * @param {readonly Row[]} run.rows
 * @param {string} run.command
 * @param {string} run.machine
 */
export function markdown({ rows, command, machine }) {
    const measured = rows.filter((row) => row.skipped === undefined);
    const columns = COLUMNS.filter(([, cell, isOptional]) => !isOptional || measured.some((row) => cell(row) !== NOT_THERE));
    return [
        `\`${command}\` on ${machine}.`,
        table(
            columns.map(([title]) => title),
            measured.map((row) => columns.map(([, cell]) => cell(row))),
        ),
        table(["ratio", "hosts", "start-up, ms", "measured", "target"], ratios(rows)),
        list("Not measured:", leftOut(rows)),
    ]
        .filter((part) => part !== "")
        .join("\n\n");
}

/** @type {readonly [title: string, cell: (row: Row) => string, isOptional?: boolean][]} */
const COLUMNS = [
    ["hosts", ({ hosts }) => numberOf(hosts)],
    ["start-up, ms", ({ startupMs }) => numberOf(startupMs)],
    ["what", ({ title }) => title],
    ...PHASES.map(
        (phase) => /** @type {[string, (row: Row) => string]} */ ([`${phase}, s`, ({ phases }) => seconds(phases[phase]?.seconds)]),
    ),
    ["CPU, s", (row) => seconds(first(row)?.cpuSeconds)],
    ["peak, MiB", (row) => rounded(first(row)?.peakBytes, MIB)],
    ["connections", (row) => numberOf(first(row)?.counts.connections)],
    ["processes", (row) => numberOf(first(row)?.counts.processes)],
    ["KiB up", (row) => rounded(first(row)?.counts.up, KIB)],
    ["KiB down", (row) => rounded(first(row)?.counts.down, KIB)],
    ["state, KiB", (row) => rounded(first(row)?.stateBytes, KIB)],
    ["plugin, KiB", (row) => rounded(first(row)?.pluginBytes, KIB), true],
];

/** @param {Row} row */
const first = ({ phases }) => phases["first up"];

/** What was not measured, and why: one line for all places with the same reason. @param {readonly Row[]} rows */
function leftOut(rows) {
    /** @type {Map<string, string[]>} */
    const places = new Map();
    for (const { title, hosts, startupMs, skipped } of rows) {
        if (skipped === undefined) continue;
        const what = `${title}: ${skipped}`;
        const parts = [
            ...(hosts === undefined ? [] : [`${numberOf(hosts)} hosts`]),
            ...(startupMs === undefined ? [] : [`${startupMs} ms`]),
        ];
        places.set(what, [...(places.get(what) ?? []), parts.join(" at ")]);
    }
    const unmeasured = rows.some((row) => row.phases["first up"] && row.phases["first up"].cpuSeconds === undefined);
    return [
        ...[...places].map(([what, where]) => `${what} (${where.join(", ")})`),
        ...(unmeasured ? ["CPU and memory: only Linux tells them"] : []),
    ];
}

const numberOf = (/** @type {number | undefined} */ number) => number?.toLocaleString("en") ?? NOT_THERE;
const seconds = (/** @type {number | undefined} */ number) => number?.toFixed(1) ?? NOT_THERE;
const rounded = (/** @type {number | undefined} */ bytes, /** @type {number} */ unit) =>
    numberOf(bytes === undefined ? undefined : Math.round(bytes / unit));

/** @param {readonly string[]} head @param {readonly (readonly string[])[]} rows */
function table(head, rows) {
    if (rows.length === 0) return "";
    const line = (/** @type {readonly string[]} */ cells) => `| ${cells.join(" | ")} |`;
    return [line(head), line(head.map(() => "---")), ...rows.map(line)].join("\n");
}

/** @param {string} title @param {readonly string[]} lines */
const list = (title, lines) => (lines.length === 0 ? "" : [title, "", ...lines.map((line) => `- ${line}`)].join("\n"));
