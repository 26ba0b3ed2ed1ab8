import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { stringify } from "yaml";
import type { SimulatedHost } from "../../provider/simulator";
import { Cli, cliFolder, REPOSITORY } from "./cli";
import { inYaml } from "./yamlProgram";

/** How the engine gets to the provider: as a dynamic one, or as a native plugin that the project brings along. */
export type Head = "dynamic" | "native";

/** How a project's resources get to the engine. */
export interface Way {
    /** @default "dynamic" */
    readonly head?: Head;
    /** The folder of Pulumi's language host for YAML: the programs are written in YAML. @default JavaScript */
    readonly yaml?: string;
}

export interface ProjectOptions extends Way {
    readonly name?: string;
    /** @default a new folder */
    readonly backend?: string;
    /** Into Pulumi.yaml, below `options:`. */
    readonly refreshAlways?: boolean;
    readonly environment?: NodeJS.ProcessEnv;
    /** How node_modules/pulumi-wmisec comes about. @default with a link to what was built in this repository */
    readonly install?: (folder: string) => void;
}

/**
 * A user's project in a folder of its own. The program is JavaScript that finds `pulumi`, `wmisec` and `hosts` (the
 * connections of the simulated hosts, by name).
 */
export class Project extends Cli {
    private head: Head;
    private readonly settings: string;
    private readonly isYaml: boolean;

    constructor(options: ProjectOptions = {}) {
        const { name = "fleet", head = "dynamic", yaml, backend, refreshAlways = false, install = linkBuilt } = options;
        const path = options.environment?.["PATH"] ?? process.env["PATH"];
        // On it the CLI finds the language host for YAML.
        const PATH = [yaml, cliFolder(), path].filter((folder) => folder !== undefined).join(delimiter);
        const environment = { ...options.environment, PATH };
        super({ folder: mkdtempSync(join(tmpdir(), "wmisec-project-")), name, backend, environment });
        this.head = head;
        this.isYaml = yaml !== undefined;
        mkdirSync(join(this.folder, "node_modules"));
        const refresh = refreshAlways ? "options:\n  refresh: always\n" : "";
        this.settings = `name: ${name}\nruntime: ${this.isYaml ? "yaml" : "nodejs"}\n${refresh}${PLUGINS}`;
        writeFileSync(join(this.folder, "Pulumi.yaml"), this.settings);
        writeFileSync(join(this.folder, "package.json"), JSON.stringify({ name, main: "index.js" }));
        symlinkSync(join(REPOSITORY, "node_modules/@pulumi"), join(this.folder, "node_modules/@pulumi"), "junction");
        install(this.folder);
        addProgram(this.folder);
    }

    /** The program's import line is another one from now on. */
    moveTo(head: Head): void {
        this.head = head;
    }

    /** What the program declares from now on. */
    program(hosts: readonly SimulatedHost[], body: string): void {
        this.programOf(Object.fromEntries(hosts.map((host) => [host.name, host.connection])), body);
    }

    /** The same with connections of the caller's. */
    programOf(connections: Record<string, object>, body: string): void {
        const entry = this.head === "native" ? "pulumi-wmisec/native" : "pulumi-wmisec";
        const hosts = JSON.stringify(connections);
        this.write(`const pulumi = require("@pulumi/pulumi");\nconst wmisec = require("${entry}");\nconst hosts = ${hosts};\n${body}`);
    }

    /** The program, whole. */
    write(text: string): void {
        if (this.isYaml) writeFileSync(join(this.folder, "Pulumi.yaml"), `${this.settings}${stringify(inYaml(text))}`);
        else writeFileSync(join(this.folder, "index.js"), text);
    }

    override dispose(): void {
        super.dispose();
        rmSync(this.folder, { recursive: true, force: true, maxRetries: 5 });
    }
}

/** As docs/native-plugin.md has it. */
const PLUGINS = "plugins:\n  providers:\n    - name: wmisec\n      path: ./node_modules/.bin\n";

/** What npm makes of the package's `bin` when it installs it. */
export function addProgram(folder: string): void {
    const programs = join(folder, "node_modules/.bin");
    mkdirSync(programs);
    for (const [name, file] of Object.entries(BIN)) {
        const program = join(REPOSITORY, file);
        if (process.platform === "win32") writeFileSync(join(programs, `${name}.cmd`), `@"${process.execPath}" "${program}" %*\r\n`);
        else symlinkSync(program, join(programs, name));
    }
}

const { bin: BIN } = JSON.parse(readFileSync(join(REPOSITORY, "package.json"), "utf8")) as { bin: Record<string, string> };

/** Not the whole repository: in each run, the language host reads all folders below node_modules. */
function linkBuilt(folder: string): void {
    const installed = join(folder, "node_modules/pulumi-wmisec");
    mkdirSync(installed);
    copyFileSync(join(REPOSITORY, "package.json"), join(installed, "package.json"));
    symlinkSync(join(REPOSITORY, "dist"), join(installed, "dist"), "junction");
}
