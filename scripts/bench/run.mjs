import { reportAndFail } from "../setupError.mjs";
import { showProgress } from "../terminal.mjs";
import { asked, help } from "./arguments.mjs";
import { difference } from "./hostProcesses.mjs";
import { Login } from "./login.mjs";
import { machine } from "./machine.mjs";
import { measured } from "./measure.mjs";
import { writePage } from "./page.mjs";
import { markdown } from "./report.mjs";
import { TABLES } from "./tables.mjs";

/**
 * @typedef {import("./scenarios/scenario.mjs").Scenario} Scenario
 * @typedef {import("./scenarios/scenario.mjs").Phase} Phase
 * @typedef {import("./measure.mjs").Measured & { counts: import("./hosts.mjs").Counts, stateBytes: number | undefined, pluginBytes: number | undefined }} PhaseResult
 * @typedef {object} Row one scenario at one size
 * @property {string} scenario its name
 * @property {string} title
 * @property {Scenario["side"]} side
 * @property {number | undefined} hosts undefined if it does not matter
 * @property {number | undefined} startupMs
 * @property {Partial<Record<Phase, PhaseResult>>} phases
 * @property {string | undefined} skipped why it was not measured
 */

/** @param {readonly string[]} args of the command line */
export async function bench(args) {
    const wanted = asked(args, TABLES);
    if (wanted === undefined) return console.log(help(TABLES));
    const scenarios = TABLES[wanted.table]?.scenarios.filter(({ name }) => wanted.scenarios.includes(name)) ?? [];
    const before = machine();
    const login = new Login();
    /** @type {Row[]} */
    const rows = [];
    try {
        for (const startupMs of wanted.startups)
            for (const hosts of wanted.hosts)
                for (const scenario of scenarios) {
                    const row = newRow(scenario, hosts, startupMs);
                    if (rows.some((one) => one.scenario === row.scenario && one.hosts === row.hosts && one.startupMs === row.startupMs))
                        continue;
                    rows.push(row);
                    row.skipped = await reasonToSkip(scenario, hosts, wanted.all);
                    if (row.skipped === undefined) await runOne(scenario, row, { hosts, startupMs, login });
                    else console.log(`${nameOf(row)}: skipped: ${row.skipped}`);
                }
    } finally {
        login.dispose();
    }
    const command = ["npm run bench", ...(args.length > 0 ? ["--", ...args] : [])].join(" ");
    const report = markdown({ rows, command, machine: before });
    console.log(`\n${report}`);
    if (wanted.writeDocs) writePage(wanted.table, report, rows);
}

/** @param {Scenario} scenario @param {number} hosts @param {number} startupMs @returns {Row} */
const newRow = ({ name, title, side, dependsOn }, hosts, startupMs) => ({
    scenario: name,
    title,
    side,
    hosts: dependsOn.includes("hosts") ? hosts : undefined,
    startupMs: dependsOn.includes("startup") ? startupMs : undefined,
    phases: {},
    skipped: undefined,
});

/** @param {Scenario} scenario @param {number} hosts @param {boolean} all */
async function reasonToSkip({ upTo, missing }, hosts, all) {
    if (hosts > upTo && !all) return `more than ${upTo} hosts take it very long; --all measures it`;
    return await missing();
}

/**
 * One that fails must not cost what the others took minutes to measure.
 * @param {Scenario} scenario
 * @param {Row} row in and out
 * @param {Omit<import("./scenarios/scenario.mjs").Bench, "measure">} place
 */
async function runOne(scenario, row, place) {
    try {
        await scenario.run({ ...place, measure: (phase, step) => measure(row, phase, step) });
    } catch (error) {
        reportAndFail(error);
        row.skipped = "it failed";
        row.phases = {};
    }
}

/** @param {Row} row */
const nameOf = ({ title, hosts, startupMs }) =>
    [hosts === undefined ? [] : `${hosts} hosts`, startupMs === undefined ? [] : `${startupMs} ms`, title].flat().join(", ");

/**
 * @param {Row} row in and out
 * @param {Phase} phase
 * @param {import("./scenarios/scenario.mjs").Step} step
 */
async function measure(row, phase, { work, counts, stateBytes, pluginBytes }) {
    const before = await counts();
    const endProgress = showProgress(`${nameOf(row)}: ${phase}`, { plain: () => {}, handleSignals: true });
    const { seconds, cpuSeconds, peakBytes } = await measured(work).finally(() => endProgress());
    console.log(`${nameOf(row)}: ${phase}: ${seconds.toFixed(1)} s`);
    const happened = difference(await counts(), before);
    row.phases[phase] = { seconds, cpuSeconds, peakBytes, counts: happened, stateBytes: stateBytes?.(), pluginBytes };
    return happened;
}
