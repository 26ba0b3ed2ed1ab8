import { spawn } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { REPOSITORY } from "../repository.mjs";
import { SetupError } from "../setupError.mjs";

/** The example fleet in a temporary folder, with a local file backend. */
export class DemoProject {
    folder = mkdtempSync(join(tmpdir(), "wmisec-demo-"));

    /**
     * @param {{ bin: string, path: string }} cli
     * @param {{ inventory: object[], password: string }} fleet
     */
    constructor(cli, { inventory, password }) {
        this.cli = cli;
        for (const folder of ["backend", "home"]) mkdirSync(join(this.folder, folder));
        this.program = join(this.folder, "fleet");
        cpSync(join(REPOSITORY, "examples", "fleet"), this.program, { recursive: true, filter: (path) => !path.includes("node_modules") });
        symlinkSync(join(REPOSITORY, "node_modules"), join(this.program, "node_modules"), "junction");
        writeFileSync(join(this.program, "inventory.json"), JSON.stringify(inventory, null, 4));
        this.environment = {
            ...process.env,
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

    /** @param {string} user */
    async init(user) {
        await this.run(["stack", "init", "demo"]);
        await this.run(["config", "set", "wmisec:user", user]);
        await this.run(["config", "set", "--plaintext", "wmisec:passwordEnv", "WMISEC_DEMO_PASSWORD"]);
    }

    /**
     * Shows the command and what it prints.
     * @param {string} title
     * @param {string[]} args
     * @param {number} [exit] that it must end with
     * @returns {Promise<string>} what it printed
     */
    async pulumi(title, args, exit = 0) {
        console.log(`\n--- ${title}: pulumi ${args.join(" ")}\n`);
        const output = await this.run(args, exit);
        console.log(output.trim().replace(/^/gm, "    "));
        return output;
    }

    /** @param {string[]} args @param {number} [exit] @returns {Promise<string>} */
    run(args, exit = 0) {
        return new Promise((resolve, reject) => {
            const child = spawn(this.cli.bin, [...args, "--non-interactive", "--color", "never"], {
                cwd: this.program,
                env: this.environment,
                stdio: ["ignore", "pipe", "pipe"],
            });
            let output = "";
            for (const stream of [child.stdout, child.stderr]) stream.setEncoding("utf8").on("data", (text) => (output += text));
            child.once("error", reject);
            child.once("close", (code) => {
                if (code === exit) resolve(output);
                else
                    reject(
                        new SetupError(`pulumi ${args.join(" ")} exited ${code} instead of ${exit}`, {
                            said: output,
                            remedy: "this is a bug: please report it with the output above",
                        }),
                    );
            });
        });
    }

    dispose() {
        rmSync(this.folder, { recursive: true, force: true, maxRetries: 5 });
    }
}
