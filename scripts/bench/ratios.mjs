/**
 * @typedef {import("./run.mjs").Row} Row
 * @typedef {import("./scenarios/scenario.mjs").Phase} Phase
 */

/** Ours, in the one form that is compared with others. */
const OURS = "fleet-ssh";
/** The size and the start-up for which this project has set itself targets. */
const TARGET = { hosts: 200, startupMs: 330 };
/** A fleet of which size says what one host takes, where many are measured. */
const FEW = 100;

/** Others, and how many times as fast as they ours is to be. @type {readonly [scenario: string, target: number | undefined][]} */
const PEERS = [
    ["remote-command", 8],
    ["ansible-raw", 4],
    ["ansible-module", undefined],
    ["single-ssh", undefined],
];

/** The native plugin's forms, beside the dynamic head. */
const DYNAMIC = "single-ssh";
const NATIVE = ["native-bundle", "native-executable"];

/**
 * The ratios of a run that mean something on any machine.
 * @param {readonly Row[]} rows
 * @returns {string[][]} cells: what, hosts, start-up, the ratio, the target
 */
export const ratios = (rows) => [...besideOthers(rows), ...betweenHeads(rows)];

/** @param {readonly Row[]} rows @returns {string[][]} */
const betweenHeads = (rows) =>
    rows
        .filter(({ scenario }) => NATIVE.includes(scenario))
        .flatMap(({ scenario, hosts, startupMs, phases }) => {
            const dynamic = rows.find((row) => row.scenario === DYNAMIC && row.hosts === hosts && row.startupMs === startupMs)?.phases;
            /** @type {[what: string, ratio: number | undefined][]} */
            const found = [
                ["first up", quotient(phases["first up"]?.seconds, dynamic?.["first up"]?.seconds)],
                ["first up, CPU", quotient(phases["first up"]?.cpuSeconds, dynamic?.["first up"]?.cpuSeconds)],
                ["up, nothing to do", quotient(phases["up, nothing to do"]?.seconds, dynamic?.["up, nothing to do"]?.seconds)],
            ];
            return found.flatMap(([what, ratio]) => cells(`${what}: ${scenario} / ${DYNAMIC}`, hosts, startupMs, ratio, ""));
        });

/** @param {readonly Row[]} rows @returns {string[][]} */
function besideOthers(rows) {
    const places = [...new Map(rows.filter((row) => row.scenario === OURS).map((row) => [`${row.hosts}/${row.startupMs}`, row])).values()];
    return places.flatMap(({ hosts, startupMs }) => {
        const took = (/** @type {string} */ scenario, /** @type {Phase} */ phase, size = hosts) =>
            rows.find(
                (row) =>
                    row.scenario === scenario && [undefined, size].includes(row.hosts) && [undefined, startupMs].includes(row.startupMs),
            )?.phases[phase]?.seconds;
        const ours = took(OURS, "first up");
        const isTarget = hosts === TARGET.hosts && startupMs === TARGET.startupMs;
        /** @type {[what: string, ratio: number | undefined, target: string][]} */
        const found = PEERS.map(([peer, target]) => [
            `first up: ${peer} / ${OURS}`,
            quotient(took(peer, "first up"), ours),
            isTarget && target !== undefined ? `at least ${target}` : "",
        ]);
        const floor = sum(took("cli-start", "preview --refresh"), took("network-floor", "first up"));
        found.push([
            `preview --refresh: ${OURS} / (cli-start + network-floor)`,
            quotient(took(OURS, "preview --refresh"), floor),
            isTarget ? "at most 1.5" : "",
        ]);
        const few = took(OURS, "first up", FEW);
        if (hosts !== undefined && hosts > FEW)
            found.push([
                `first up, a host: ${OURS} / ${OURS} with ${FEW} hosts`,
                quotient(ours === undefined ? undefined : ours / hosts, few === undefined ? undefined : few / FEW),
                hosts === 1_000 ? "at most 1.2" : "",
            ]);
        return found.flatMap(([what, ratio, target]) => cells(what, hosts, startupMs, ratio, target));
    });
}

/**
 * A row of the table, if there is a ratio.
 * @param {string} what @param {number | undefined} hosts @param {number | undefined} startupMs @param {number | undefined} ratio @param {string} target
 */
const cells = (what, hosts, startupMs, ratio, target) =>
    ratio === undefined ? [] : [[what, hosts?.toLocaleString("en") ?? "", String(startupMs ?? ""), ratio.toFixed(2), target]];

/** @param {number | undefined} a @param {number | undefined} b */
const quotient = (a, b) => (a === undefined || b === undefined ? undefined : a / b);

/** @param {number | undefined} a @param {number | undefined} b */
const sum = (a, b) => (a === undefined || b === undefined ? undefined : a + b);
