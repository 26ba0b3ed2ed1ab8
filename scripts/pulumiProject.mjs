import { mkdirSync, mkdtempSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { stripVTControlCharacters } from "node:util";
import spawn from "nano-spawn";
import { REPOSITORY } from "./repository.mjs";
import { SetupError } from "./setupError.mjs";
import { hasColors } from "./terminal.mjs";

/** A project in a temporary folder, with a local file backend and an empty home folder. The caller writes the program. */
export class PulumiProject {
    folder = mkdtempSync(join(tmpdir(), "wmisec-project-"));
    program = join(this.folder, "program");
    backend = join(this.folder, "backend");

    /** @param {{ bin: string, path: string }} cli @param {Record<string, string>} environment added to this process's own */
    constructor(cli, environment) {
        this.cli = cli;
        for (const folder of [this.program, this.backend, join(this.folder, "home")]) mkdirSync(folder);
        symlinkSync(join(REPOSITORY, "node_modules"), join(this.program, "node_modules"), "junction");
        this.env = {
            PATH: `${cli.path}${delimiter}${process.env["PATH"]}`,
            HOME: join(this.folder, "home"),
            PULUMI_HOME: join(this.folder, "home", ".pulumi"),
            PULUMI_BACKEND_URL: `file://${this.backend.replaceAll("\\", "/")}`,
            PULUMI_CONFIG_PASSPHRASE: "simulated",
            PULUMI_SKIP_UPDATE_CHECK: "1",
            PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION: "1",
            ...environment,
        };
    }

    /**
     * @param {string[]} args
     * @param {{ exit?: number, onLine?: (line: string) => void, env?: Record<string, string> }} options `exit`: the exit code that it must end with
     * @returns {Promise<string>} its output, without colours
     */
    async run(args, { exit = 0, onLine = () => {}, env = {} } = {}) {
        const color = hasColors() ? "always" : "never";
        const options = /** @type {const} */ ({ cwd: this.program, env: { ...this.env, ...env }, stdin: "ignore" });
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

    dispose() {
        rmSync(this.folder, { recursive: true, force: true, maxRetries: 5 });
    }
}
