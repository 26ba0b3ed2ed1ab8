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
    return [
        `\`${command}\` on ${machine}.`,
        table(
            [
                "hosts",
                "start-up, ms",
                "what",
                ...PHASES.map((phase) => `${phase}, s`),
                "CPU, s",
                "peak, MiB",
                "connections",
                "processes",
                "KiB up",
                "KiB down",
                "state, KiB",
            ],
            rows.filter((row) => row.skipped === undefined).map(cellsOf),
        ),
        table(["ratio", "hosts", "start-up, ms", "measured", "target"], ratios(rows)),
        list("Not measured:", leftOut(rows)),
    ]
        .filter((part) => part !== "")
        .join("\n\n");
}

/** @param {Row} row */
function cellsOf({ hosts, startupMs, title, phases }) {
    const first = phases["first up"];
    return [
        numberOf(hosts),
        numberOf(startupMs),
        title,
        ...PHASES.map((phase) => seconds(phases[phase]?.seconds)),
        seconds(first?.cpuSeconds),
        rounded(first?.peakBytes, MIB),
        numberOf(first?.counts.connections),
        numberOf(first?.counts.processes),
        rounded(first?.counts.up, KIB),
        rounded(first?.counts.down, KIB),
        rounded(first?.stateBytes, KIB),
    ];
}

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
