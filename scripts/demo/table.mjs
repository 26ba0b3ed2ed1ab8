import { styleText } from "node:util";

const CIMOM = "SOFTWARE\\Microsoft\\WBEM\\CIMOM";
const VALUE = "UnsecAppAccessControlDefault";
const NAMESPACES = ["root/cimv2", "root/cimv2/TerminalServices", "root/Contoso/Billing"];
/** @type {Record<string, string>} */
const FLAGS = { true: "TRUE", false: "FALSE", null: "absent" };

/**
 * The values on a host; the keys are "host  item".
 * @param {import("../../dist/provider/simulator/index.js").SimulatedHost} host
 * @returns {[item: string, value: string][]}
 */
export function itemsOf({ name, machine }) {
    const value = machine.value(CIMOM, VALUE);
    const flags = NAMESPACES.map((path) => /** @type {const} */ ([path, machine.flag(path)])).filter(([, flag]) => flag !== "missing");
    return [
        ...flags.map(([path, flag]) => /** @type {[string, string]} */ ([`${name}  ${path}`, FLAGS[`${flag}`] ?? ""])),
        [`${name}  ${VALUE}`, value === "absent" ? "absent" : `${value.kind} ${value.value}`],
    ];
}

/** @param {Map<string, string>} found */
export const describe = (found) => JSON.stringify([...found]);

/** @type {Record<string, Parameters<typeof styleText>[0]>} */
const COLORS = { TRUE: "green", "REG_SZ 1": "green", FALSE: "red", absent: "yellow" };

/** @param {string[][]} rows the first one is the header */
export function printTable([head = [], ...body]) {
    const widths = head.map((_, column) => Math.max(...[head, ...body].map((row) => row[column]?.length ?? 0)));
    const padded = (/** @type {string} */ cell, /** @type {number} */ column) =>
        styleText(COLORS[cell] ?? [], cell.padEnd(widths[column] ?? 0));
    const line = (/** @type {string[]} */ row) => `| ${row.map(padded).join(" | ")} |`;
    console.log(`\n${line(head)}\n|${widths.map((width) => "-".repeat(width + 2)).join("|")}|\n${body.map(line).join("\n")}`);
}
