import { parseArgs } from "node:util";
import { SetupError } from "../setupError.mjs";

/**
 * @typedef {object} Asked
 * @property {string} table
 * @property {readonly number[]} hosts
 * @property {readonly number[]} startups milliseconds
 * @property {readonly string[]} scenarios names
 * @property {boolean} all each scenario at each size, however long it takes
 * @property {boolean} writeDocs
 */

const OPTIONS = /** @type {const} */ ({
    table: { type: "string", default: "compared" },
    hosts: { type: "string" },
    "start-ups": { type: "string" },
    scenarios: { type: "string" },
    all: { type: "boolean", default: false },
    "write-docs": { type: "boolean", default: false },
    help: { type: "boolean", default: false },
});

/**
 * @param {readonly string[]} args
 * @param {Readonly<Record<string, import("./tables.mjs").Table>>} tables
 * @returns {Asked | undefined} undefined: only help was asked for
 * @throws {SetupError} if an argument means nothing
 */
export function asked(args, tables) {
    const values = parsed(args);
    if (values.help) return undefined;
    const table = tables[values.table];
    if (table === undefined) throw wrong(`there is no table ${values.table}`, `one of ${Object.keys(tables).join(", ")}`);
    const known = table.scenarios.map(({ name }) => name);
    const scenarios = values.scenarios?.split(",") ?? known;
    const unknown = scenarios.find((name) => !known.includes(name));
    if (unknown !== undefined) throw wrong(`the table ${values.table} has no scenario ${unknown}`, known.join(", "));
    return {
        table: values.table,
        hosts: numbers("hosts", values.hosts, 1) ?? table.hosts,
        startups: numbers("start-ups", values["start-ups"], 0) ?? table.startups,
        scenarios,
        all: values.all,
        writeDocs: values["write-docs"],
    };
}

/** @param {Readonly<Record<string, import("./tables.mjs").Table>>} tables */
export const help = (tables) =>
    [
        "npm run bench -- [options]",
        "",
        "  --table NAME        what to measure (default: compared)",
        "  --hosts N,N         sizes of the fleet",
        "  --start-ups MS,MS   milliseconds until a process on a host reads",
        "  --scenarios A,B     only these of the table",
        "  --all               every scenario at every size, also where it takes very long",
        "  --write-docs        put the table into docs/performance.md, and the plot beside it",
        "",
        ...Object.entries(tables).map(
            ([name, { title, hosts, startups, scenarios }]) =>
                `  ${name}: ${title}\n    --hosts ${hosts.join(",")} --start-ups ${startups.join(",")}\n    --scenarios ${scenarios.map((one) => one.name).join(",")}`,
        ),
    ].join("\n");

/** @param {readonly string[]} args */
function parsed(args) {
    try {
        return parseArgs({ args: [...args], options: OPTIONS }).values;
    } catch (error) {
        throw wrong(error instanceof Error ? error.message : String(error), "--help lists the options");
    }
}

/** @param {string} name @param {string | undefined} text @param {number} least */
function numbers(name, text, least) {
    const found = text?.split(",").map((part) => (/^\d+$/.test(part) ? Number(part) : Number.NaN));
    if (found?.some((number) => !(number >= least)))
        throw wrong(`--${name} is ${text}`, `whole numbers from ${least} on, with commas: 10,100`);
    return found;
}

/** @param {string} problem @param {string} remedy */
const wrong = (problem, remedy) => new SetupError(problem, { remedy });
