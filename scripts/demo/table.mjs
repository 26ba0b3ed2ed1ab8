const CIMOM = "SOFTWARE\\Microsoft\\WBEM\\CIMOM";
const VALUE = "UnsecAppAccessControlDefault";
const NAMESPACES = ["root/cimv2", "root/cimv2/TerminalServices", "root/Contoso/Billing"];

/**
 * What a host has, by "host  item".
 * @param {import("../../dist/provider/simulator/index.js").SimulatedHost} host
 * @returns {[item: string, value: string][]}
 */
export function itemsOf({ name, machine }) {
    const flags = NAMESPACES.map((path) => /** @type {const} */ ([path, machine.flag(path)])).filter(([, flag]) => flag !== "missing");
    const value = machine.value(CIMOM, VALUE);
    return [
        ...flags.map(
            ([path, flag]) => /** @type {[string, string]} */ ([`${name}  ${path}`, flag === null ? "absent" : flag ? "TRUE" : "FALSE"]),
        ),
        [`${name}  ${VALUE}`, value === "absent" ? "absent" : `${value.kind} ${value.value}`],
    ];
}

/** @param {Map<string, string>} found */
export const describe = (found) => JSON.stringify([...found]);

/** @param {[column: string, found: Map<string, string>][]} columns */
export function printTable(columns) {
    const items = [...(columns[0]?.[1].keys() ?? [])];
    const rows = [
        ["host", "namespace or value", ...columns.map(([title]) => title)],
        ...items.map((item) => [...item.split("  "), ...columns.map(([, found]) => found.get(item) ?? "")]),
    ];
    const widths = rows[0]?.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0))) ?? [];
    const line = (/** @type {string[]} */ row) => `| ${row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(" | ")} |`;
    console.log(`\n${line(rows[0] ?? [])}`);
    console.log(`|${widths.map((width) => "-".repeat(width + 2)).join("|")}|`);
    for (const row of rows.slice(1)) console.log(line(row));
}
