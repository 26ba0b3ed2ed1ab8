import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { SimulatedHost } from "../../provider/simulator";
import { Cli, REPOSITORY } from "./cli";

export interface ProjectOptions {
    readonly name?: string;
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
    constructor({ name = "fleet", backend, environment, refreshAlways = false, install = link }: ProjectOptions = {}) {
        super({ folder: mkdtempSync(join(tmpdir(), "wmisec-project-")), name, backend, environment });
        mkdirSync(join(this.folder, "node_modules"));
        const refresh = refreshAlways ? "options:\n  refresh: always\n" : "";
        writeFileSync(join(this.folder, "Pulumi.yaml"), `name: ${name}\nruntime: nodejs\n${refresh}`);
        writeFileSync(join(this.folder, "package.json"), JSON.stringify({ name, main: "index.js" }));
        symlinkSync(join(REPOSITORY, "node_modules/@pulumi"), join(this.folder, "node_modules/@pulumi"), "junction");
        install(this.folder);
    }

    /** What the program declares from now on. */
    program(hosts: readonly SimulatedHost[], body: string): void {
        this.programOf(Object.fromEntries(hosts.map((host) => [host.name, host.connection])), body);
    }

    /** The same with connections of the caller's. */
    programOf(connections: Record<string, object>, body: string): void {
        const head = `const pulumi = require("@pulumi/pulumi");\nconst wmisec = require("pulumi-wmisec");\nconst hosts = ${JSON.stringify(connections)};\n`;
        this.write(head + body);
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

function link(folder: string): void {
    symlinkSync(REPOSITORY, join(folder, "node_modules/pulumi-wmisec"), "junction");
}
