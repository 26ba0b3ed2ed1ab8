import { randomBytes } from "node:crypto";
import { cpSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { PulumiProject } from "../pulumiProject.mjs";
import { madeBySetup, REPOSITORY } from "../repository.mjs";

const USER = "CONTOSO\\svc-pulumi";

/** @typedef {import("../../dist/provider/simulator/index.js").SimulatedHost} SimulatedHost */
/** @typedef {import("../../dist/provider/simulator/index.js").SimulatedHostOptions} SimulatedHostOptions */

/**
 * Starts simulated hosts, and puts the example fleet for them into a temporary folder, with a local file backend. Removes both afterwards.
 * @template T
 * @param {{ options: SimulatedHostOptions, inventory: object }[]} fleet `inventory`: what the program's inventory has of the host besides its connection
 * @param {(project: PulumiProject, hosts: readonly SimulatedHost[]) => Promise<T>} work
 * @returns {Promise<T>}
 */
export async function withFleet(fleet, work) {
    const cli = madeBySetup();
    const password = randomBytes(12).toString("base64url");
    const { startSimulatedHosts } = await import("../../dist/provider/simulator/index.js");
    const project = new PulumiProject(cli, { WMISEC_DEMO_PASSWORD: password });
    /** @type {readonly SimulatedHost[]} */
    let hosts = [];
    try {
        const example = join(REPOSITORY, "examples", "fleet");
        cpSync(example, project.program, { recursive: true, filter: (path) => !path.includes("node_modules") });
        hosts = await startSimulatedHosts(fleet.map(({ options }) => ({ ...options, users: [{ user: USER, password }] })));
        const inventory = hosts.map(({ name, address: host, port, hostKey }, at) => [
            name,
            { connection: { host, port, hostKey }, ...fleet[at]?.inventory },
        ]);
        writeFileSync(join(project.program, "inventory.json"), JSON.stringify(Object.fromEntries(inventory), null, 4));
        await project.run(["stack", "init", "demo"]);
        await project.run(["config", "set", "wmisec:user", USER]);
        await project.run(["config", "set", "--plaintext", "wmisec:passwordEnv", "WMISEC_DEMO_PASSWORD"]);
        return await work(project, hosts);
    } finally {
        project.dispose();
        await Promise.all(hosts.map((host) => host.stop()));
    }
}
