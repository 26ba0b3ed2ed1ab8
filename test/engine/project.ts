import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { SimulatedHost } from "../../provider/simulator";
import { Cli, REPOSITORY } from "./cli";

/** How the engine gets to the provider: as a dynamic one, or as a native plugin that the project brings along. */
export type Head = "dynamic" | "native";
export const HEADS: readonly Head[] = ["dynamic", "native"];

export interface ProjectOptions {
    readonly name?: string;
    /** @default "dynamic" */
    readonly head?: Head;
    /** @default a new folder */
    readonly backend?: string;
    /** Into Pulumi.yaml, below `options:`. */
    readonly refreshAlways?: boolean;
    readonly environment?: NodeJS.ProcessEnv;
    /** How node_modules/pulumi-wmisec comes about. @default a link to this repository */
    readonly install?: (folder: string) => void;
}

/**
 * A user's project in a folder of its own. The program is JavaScript that finds `pulumi`, `wmisec` and `hosts` (the
 * connections of the simulated hosts, by name).
 */
export class Project extends Cli {
    private head: Head;

    constructor(options: ProjectOptions = {}) {
        const { name = "fleet", head = "dynamic", backend, environment, refreshAlways = false, install = link } = options;
        super({ folder: mkdtempSync(join(tmpdir(), "wmisec-project-")), name, backend, environment });
        this.head = head;
        mkdirSync(join(this.folder, "node_modules"));
        const refresh = refreshAlways ? "options:\n  refresh: always\n" : "";
        writeFileSync(join(this.folder, "Pulumi.yaml"), `name: ${name}\nruntime: nodejs\n${refresh}${PLUGINS}`);
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
        writeFileSync(join(this.folder, "index.js"), text);
    }

    override dispose(): void {
        super.dispose();
        rmSync(this.folder, { recursive: true, force: true, maxRetries: 5 });
    }
}

/** As docs/native-plugin.md has it. */
export const PLUGINS = "plugins:\n  providers:\n    - name: wmisec\n      path: ./node_modules/.bin\n";

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

function link(folder: string): void {
    symlinkSync(REPOSITORY, join(folder, "node_modules/pulumi-wmisec"), "junction");
}
