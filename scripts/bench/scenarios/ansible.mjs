import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { fileURLToPath } from "node:url";
import spawn from "nano-spawn";
import { findProgram, searchPath } from "../../findProgram.mjs";
import { pythonWith } from "../../pythonPackages.mjs";
import { SetupError } from "../../setupError.mjs";
import { withHosts } from "../hostProcesses.mjs";
import { COMMANDS } from "../powershell.mjs";
import { commandHosts, named } from "./connections.mjs";
import { UP_TO } from "./scenario.mjs";

const FOLDER = fileURLToPath(new URL("../ansible/", import.meta.url));

/** Made when it is first needed. */
const installed = () => pythonWith({ name: "ansible", title: "ansible-core", requirements: join(FOLDER, "requirements.txt") });

/**
 * Ansible with a task for each setting.
 * @param {object} variant
 * @param {string} variant.name @param {string} variant.title
 * @param {number} variant.forks hosts at a time
 * @param {(setting: typeof COMMANDS[number], isUp: boolean) => object} variant.task
 * @param {"sh" | "powershell"} variant.shell how Ansible speaks to the host
 * @returns {import("./scenario.mjs").Scenario}
 */
export const ansible = ({ name, title, forks, task, shell }) => ({
    name,
    title,
    side: "peer",
    upTo: UP_TO,
    dependsOn: ["hosts", "startup"],
    missing: async () => {
        if (process.platform === "win32") return "Ansible does not run on Windows";
        if (findProgram("ssh", searchPath()) === undefined) return "there is no program ssh on the PATH";
        const made = await installed();
        return "missing" in made ? made.missing : undefined;
    },
    run: (bench) =>
        withHosts(commandHosts(bench), async ({ connections, counts }) => {
            const made = await installed();
            if ("missing" in made) throw new Error(made.missing);
            // The path of a connection's socket has at most 108 characters.
            const folder = mkdtempSync(join(tmpdir(), "wmisec-"));
            try {
                writeInventory(folder, connections, bench.login, shell);
                writeConfiguration(folder, forks);
                const environment = {
                    PATH: [made.bin, ...searchPath()].join(delimiter),
                    HOME: folder,
                    ANSIBLE_CONFIG: join(folder, "ansible.cfg"),
                };
                for (const phase of /** @type {const} */ (["first up", "up, nothing to do", "destroy"])) {
                    const playbook = join(folder, "playbook.json");
                    const tasks = COMMANDS.map((setting) => ({ name: setting.title, ...task(setting, phase !== "destroy") }));
                    writeFileSync(playbook, JSON.stringify([{ hosts: "all", gather_facts: false, tasks }]));
                    const happened = await bench.measure(phase, {
                        work: (env) => play(folder, playbook, { ...environment, ...env }),
                        counts,
                    });
                    if (happened.processes < bench.hosts * COMMANDS.length)
                        throw new SetupError(`${title} started ${happened.processes} processes`, {
                            remedy: "this is a bug: please report it",
                        });
                }
            } finally {
                rmSync(folder, { recursive: true, force: true });
            }
        }),
});

/**
 * @param {string} folder
 * @param {readonly import("./connections.mjs").Connection[]} connections
 * @param {import("./connections.mjs").Login} login
 * @param {string} shell
 */
function writeInventory(folder, connections, login, shell) {
    const hosts = Object.entries(named(connections)).map(([name, { host, port }]) => [name, { ansible_host: host, ansible_port: port }]);
    const vars = { ansible_user: login.user, ansible_ssh_private_key_file: login.keyFile, ansible_shell_type: shell };
    writeFileSync(join(folder, "inventory.json"), JSON.stringify({ all: { vars, hosts: Object.fromEntries(hosts) } }));
    const lines = connections.map(({ host, port, hostKey }) => `[${host}]:${port} ${hostKey}\n`);
    writeFileSync(join(folder, "known_hosts"), lines.join(""));
}

/** @param {string} folder @param {number} forks */
function writeConfiguration(folder, forks) {
    const ssh = `-o ControlMaster=auto -o ControlPersist=60s -o UserKnownHostsFile=${join(folder, "known_hosts")}`;
    const lines = [
        "[defaults]",
        `home = ${join(folder, "ansible")}`,
        `library = ${join(FOLDER, "library")}`,
        `forks = ${forks}`,
        "[ssh_connection]",
        `ssh_args = ${ssh}`,
        `control_path_dir = ${join(folder, "cp")}`,
    ];
    writeFileSync(join(folder, "ansible.cfg"), lines.join("\n"));
}

/** @param {string} folder @param {string} playbook @param {NodeJS.ProcessEnv} env */
async function play(folder, playbook, env) {
    await spawn("ansible-playbook", ["--inventory", join(folder, "inventory.json"), playbook], { env, cwd: folder, stdin: "ignore" }).catch(
        (error) => {
            throw new SetupError(`ansible-playbook ended with ${error.exitCode ?? error.message}`, {
                said: String(error.output).slice(-2_000),
                remedy: "this is a bug: please report it with the output above",
            });
        },
    );
}
