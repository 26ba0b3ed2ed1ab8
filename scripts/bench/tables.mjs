import { ansible } from "./scenarios/ansible.mjs";
import { cliStart, engineFloor } from "./scenarios/engineFloor.mjs";
import { fleet } from "./scenarios/fleet.mjs";
import { bundle, executable } from "./scenarios/nativePlugin.mjs";
import { networkFloor } from "./scenarios/networkFloor.mjs";
import { remoteCommand } from "./scenarios/remoteCommand.mjs";
import { single } from "./scenarios/single.mjs";

/**
 * What one run measures, and one section of docs/performance.md.
 * @typedef {object} Table
 * @property {readonly import("./scenarios/scenario.mjs").Scenario[]} scenarios
 * @property {readonly number[]} hosts sizes of fleets, unless others are asked for
 * @property {readonly number[]} startups milliseconds, unless others are asked for
 * @property {string} title
 */

const fleetOverSsh = fleet({ name: "fleet-ssh", title: "ours: one resource, SSH", transport: "ssh" });
const fleetOverWinrm = fleet({ name: "fleet-winrm", title: "ours: one resource, WinRM", transport: "winrm" });
const singleOverSsh = single({ name: "single-ssh", title: "ours: 2 resources a host, SSH" });

/** @type {Readonly<Record<string, Table>>} */
export const TABLES = {
    compared: {
        title: "beside its peers and the floors",
        hosts: [10, 100, 1_000],
        startups: [0, 330],
        scenarios: [
            networkFloor,
            cliStart,
            engineFloor,
            fleetOverSsh,
            fleetOverWinrm,
            singleOverSsh,
            single({ name: "single-winrm", title: "ours: 2 resources a host, WinRM", transport: "winrm" }),
            remoteCommand,
            ansible({
                name: "ansible-raw",
                title: "Ansible: raw, 50 forks",
                forks: 50,
                shell: "sh",
                task: ({ create, remove }, isUp) => ({ raw: isUp ? create : remove }),
            }),
            ansible({
                name: "ansible-module",
                title: "Ansible: PowerShell module, 50 forks",
                forks: 50,
                shell: "powershell",
                task: ({ create, remove }, isUp) => ({ wmisec_command: { line: isUp ? create : remove } }),
            }),
        ],
    },
    settings: {
        title: "what settings bring for resources of single hosts",
        hosts: [100, 200],
        startups: [330],
        scenarios: [
            singleOverSsh,
            single({ name: "inline-secrets", title: "secrets inline", secret: "inline" }),
            single({ name: "skip-checkpoints", title: "PULUMI_SKIP_CHECKPOINTS=true", environment: { PULUMI_SKIP_CHECKPOINTS: "true" } }),
            single({ name: "parallel-8", title: "--parallel 8, the engine's own choice on 2 cores", parallel: 8 }),
            single({ name: "parallel-16", title: "--parallel 16", parallel: 16 }),
            single({ name: "parallel-256", title: "--parallel 256", parallel: 256 }),
        ],
    },
    heads: {
        title: "the dynamic provider and the native plugin",
        hosts: [1, 100],
        startups: [330],
        scenarios: [
            cliStart,
            singleOverSsh,
            single({ name: "native-bundle", title: "native plugin from npm", plugin: bundle }),
            single({ name: "native-executable", title: "native plugin, executable", plugin: executable }),
        ],
    },
    largest: { title: "10,000 hosts in one resource", hosts: [10_000], startups: [330], scenarios: [networkFloor, cliStart, fleetOverSsh] },
};
