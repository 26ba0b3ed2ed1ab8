/**
 * What is compared: one way to give hosts their policy.
 * @typedef {object} Scenario
 * @property {string} name for the command line
 * @property {string} title for tables and the plot
 * @property {"ours" | "peer" | "floor"} side `floor`: the least that any way takes
 * @property {number} upTo the most hosts, unless all is asked for: more take very long
 * @property {readonly ("hosts" | "startup")[]} dependsOn what its times depend on; it is measured once for each value of these
 * @property {() => Promise<string | undefined>} missing why it can't be measured here; undefined if it can
 * @property {(bench: Bench) => Promise<void>} run
 */

/**
 * What a scenario is given to run at one size.
 * @typedef {object} Bench
 * @property {number} hosts how many
 * @property {number} startupMs from the start of a process on a host until it reads; a real PowerShell takes about 300 to 1,000
 * @property {import("../login.mjs").Login} login
 * @property {(phase: Phase, step: Step) => Promise<import("../hosts.mjs").Counts>} measure one phase; returns what happened on the hosts in it
 */

/** @typedef {typeof PHASES[number]} Phase */

/**
 * @typedef {object} Step
 * @property {(environment: Record<string, string>) => Promise<unknown>} work must give the environment to the processes that it starts
 * @property {() => Promise<import("../hosts.mjs").Counts>} counts what has happened on the hosts so far
 * @property {() => number} [stateBytes] the size of what the tool stored
 * @property {number | undefined} [pluginBytes] the size of our native plugin, where one is used
 */

export const PHASES = /** @type {const} */ (["first up", "up, nothing to do", "preview --refresh", "destroy"]);

/** Hosts to which a scenario goes that takes minutes for more. */
export const UP_TO = 200;
