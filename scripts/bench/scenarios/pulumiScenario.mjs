import { copyFileSync, statSync, writeFileSync } from "node:fs";
import { delimiter, join } from "node:path";
import { PulumiProject } from "../../pulumiProject.mjs";
import { madeBySetup } from "../../repository.mjs";
import { SetupError } from "../../setupError.mjs";
import { withHosts } from "../hostProcesses.mjs";
import { PASSWORD_VARIABLE } from "../login.mjs";
import { SETTINGS } from "../policy.mjs";
import { PHASES } from "./scenario.mjs";

const STACK = "bench";
const PROJECT = "bench";

/** @type {Record<import("./scenario.mjs").Phase, string[]>} */
const COMMANDS = {
    "first up": ["up", "--yes", "--skip-preview"],
    "up, nothing to do": ["up", "--yes", "--skip-preview", "--expect-no-changes"],
    "preview --refresh": ["preview", "--refresh", "--expect-no-changes"],
    destroy: ["destroy", "--yes", "--skip-preview"],
};

/**
 * @typedef {import("./scenario.mjs").Bench} Bench
 * @typedef {import("../hostProcesses.mjs").Connection} Connection
 * @typedef {(project: string) => { folder: string | undefined, bytes?: number }} Plugin makes a folder for the PATH, with a plugin in it; in the folder of the project if
 *   it has to be made; `bytes`: its size, if that is of interest
 * @typedef {object} Options
 * @property {string} program a file of ../programs, which reads input.json
 * @property {(bench: Bench) => import("../hosts.mjs").HostsAsked} hosts
 * @property {(connections: readonly Connection[], bench: Bench) => object} input
 * @property {Record<string, string>} [environment]
 * @property {number} [parallel] how many resources the engine works on at a time
 * @property {Plugin | undefined} [plugin]
 */

/**
 * A scenario that is a program for the Pulumi CLI: the four phases, one after another.
 * @param {Omit<import("./scenario.mjs").Scenario, "run"> & Options} options
 * @returns {import("./scenario.mjs").Scenario}
 */
export function pulumiScenario({ program, hosts, input, environment = {}, parallel = 64, plugin, ...scenario }) {
    return {
        ...scenario,
        run: (bench) =>
            withHosts(hosts(bench), async ({ connections, counts }) => {
                const project = new PulumiProject(madeBySetup(), { ...environment, [PASSWORD_VARIABLE]: bench.login.password });
                try {
                    const installed = plugin?.(project.folder);
                    const folders = [installed?.folder, project.env["PATH"]];
                    project.env["PATH"] = folders.filter((folder) => folder !== undefined).join(delimiter);
                    write(project, program, input(connections, bench));
                    await project.run(["stack", "init", STACK]);
                    for (const phase of PHASES) {
                        const happened = await bench.measure(phase, {
                            work: (env) => project.run([...COMMANDS[phase], "--parallel", String(parallel)], { env }),
                            counts,
                            pluginBytes: installed?.bytes,
                            stateBytes: () => statSync(join(project.backend, ".pulumi", "stacks", PROJECT, `${STACK}.json`)).size,
                        });
                        expectDone(phase, hosts(bench), await counts(), happened);
                    }
                } finally {
                    project.dispose();
                }
            }),
    };
}

/** @param {PulumiProject} project @param {string} program @param {object} input */
function write(project, program, input) {
    writeFileSync(join(project.program, "Pulumi.yaml"), `name: ${PROJECT}\nruntime: nodejs\n`);
    writeFileSync(join(project.program, "package.json"), JSON.stringify({ name: PROJECT, main: "index.js" }));
    copyFileSync(join(import.meta.dirname, "..", "programs", program), join(project.program, "index.js"));
    writeFileSync(join(project.program, "input.json"), JSON.stringify(input));
}

/**
 * Checks that a phase did its work. If it did not, its time means nothing.
 * @param {import("./scenario.mjs").Phase} phase
 * @param {import("../hosts.mjs").HostsAsked} asked
 * @param {import("../hosts.mjs").Counts} now
 * @param {import("../hosts.mjs").Counts} happened
 */
function expectDone(phase, { kind, count }, now, happened) {
    const isUp = phase !== "destroy";
    const commands = phase === "first up" || phase === "destroy" ? count * SETTINGS : 0;
    const isWrong = kind === "windows" ? now.declared !== (isUp ? count : 0) || now.refused > 0 : happened.processes !== commands;
    if (isWrong)
        throw new SetupError(`after ${phase} the hosts are not as they should be`, {
            said: JSON.stringify({ now, happened }),
            remedy: "this is a bug: please report it",
        });
}
