import { randomBytes } from "node:crypto";
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { stripVTControlCharacters } from "node:util";
import spawn from "nano-spawn";
import { madeBySetup, REPOSITORY } from "../repository.mjs";
import { SetupError } from "../setupError.mjs";
import { hasColors } from "../terminal.mjs";

export const USER = "CONTOSO\\svc-pulumi";

/** @typedef {import("../../dist/provider/simulator/index.js").SimulatedHost} SimulatedHost */
/** @typedef {import("../../dist/provider/simulator/index.js").SimulatedHostOptions} SimulatedHostOptions */

/**
 * Starts simulated hosts, and puts the example fleet for them into a temporary folder, with a local file backend. Removes both afterwards.
 * @template T
 * @param {{ options: SimulatedHostOptions, inventory: object }[]} fleet `inventory`: what the program's inventory has of the host besides its connection
 * @param {(project: DemoProject, hosts: readonly SimulatedHost[]) => Promise<T>} work
 * @returns {Promise<T>}
 */
export async function withFleet(fleet, work) {
    const cli = madeBySetup();
    const password = randomBytes(12).toString("base64url");
    const { startSimulatedHosts } = await import("../../dist/provider/simulator/index.js");
    const project = new DemoProject(cli, password);
    /** @type {readonly SimulatedHost[]} */
    let hosts = [];
    try {
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
        rmSync(project.folder, { recursive: true, force: true, maxRetries: 5 });
        await Promise.all(hosts.map((host) => host.stop()));
    }
}

class DemoProject {
    folder = mkdtempSync(join(tmpdir(), "wmisec-demo-"));
    program = join(this.folder, "fleet");

    /** @param {{ bin: string, path: string }} cli @param {string} password */
    constructor(cli, password) {
        this.cli = cli;
        for (const folder of ["backend", "home"]) mkdirSync(join(this.folder, folder));
        cpSync(join(REPOSITORY, "examples", "fleet"), this.program, { recursive: true, filter: (path) => !path.includes("node_modules") });
        symlinkSync(join(REPOSITORY, "node_modules"), join(this.program, "node_modules"), "junction");
        this.env = {
            PATH: `${cli.path}${delimiter}${process.env["PATH"]}`,
            HOME: join(this.folder, "home"),
            PULUMI_HOME: join(this.folder, "home", ".pulumi"),
            PULUMI_BACKEND_URL: `file://${join(this.folder, "backend").replaceAll("\\", "/")}`,
            PULUMI_CONFIG_PASSPHRASE: "demo",
            PULUMI_SKIP_UPDATE_CHECK: "1",
            PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION: "1",
            WMISEC_DEMO_PASSWORD: password,
        };
    }

    /**
     * @param {string[]} args
     * @param {{ exit?: number, onLine?: (line: string) => void }} options `exit`: the exit code that it must end with
     * @returns {Promise<string>} its output, without colours
     */
    async run(args, { exit = 0, onLine = () => {} } = {}) {
        const color = hasColors() ? "always" : "never";
        const options = /** @type {const} */ ({ cwd: this.program, env: this.env, stdin: "ignore" });
        /** @type {string[]} */
        const lines = [];
        const end = await (async () => {
            for await (const line of spawn(this.cli.bin, [...args, "--non-interactive", "--color", color], options)) {
                lines.push(stripVTControlCharacters(line));
                onLine(line);
            }
            return 0;
        })().catch((error) => error.exitCode ?? error.message);
        const output = lines.join("\n");
        if (end === exit) return output;
        throw new SetupError(`pulumi ${args.join(" ")} ended with ${end} instead of ${exit}`, {
            said: output,
            remedy: "this is a bug: please report it with the output above",
        });
    }
}
