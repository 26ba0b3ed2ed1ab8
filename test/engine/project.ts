import { type ChildProcess, spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join, resolve } from "node:path";
import type { SimulatedHost } from "../../provider/simulator";

export const REPOSITORY = resolve(__dirname, "../..");

export interface Ran {
    readonly code: number | null;
    readonly signal: NodeJS.Signals | null;
    /** Standard output and standard error, as they came. */
    readonly output: string;
}

/** A resource as it stands in the state file. */
export interface StoredResource {
    readonly urn: string;
    readonly type: string;
    readonly id?: string;
    readonly inputs: Record<string, unknown>;
    readonly outputs: Record<string, unknown>;
    readonly initErrors?: readonly string[];
}

/** Folder of the `pulumi` that the set-up found or built. */
const cliFolder = (): string =>
    (JSON.parse(readFileSync(join(REPOSITORY, "node_modules/.cache/pulumi-wmisec/cli.json"), "utf8")) as { path: string }).path;

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
 * A user's project in a folder of its own, with the real CLI, a local file backend and an empty HOME. The program is
 * JavaScript that finds `pulumi`, `wmisec` and `hosts` (the connections of the simulated hosts, by name).
 */
export class Project {
    readonly folder = mkdtempSync(join(tmpdir(), "wmisec-project-"));
    readonly name: string;
    readonly backend: string;
    private readonly running = new Set<ChildProcess>();

    constructor(private readonly options: ProjectOptions = {}) {
        this.name = options.name ?? "fleet";
        this.backend = options.backend ?? join(this.folder, "backend");
        for (const folder of [this.backend, join(this.folder, "home"), join(this.folder, "node_modules")])
            mkdirSync(folder, { recursive: true });
        const refresh = options.refreshAlways ? "options:\n  refresh: always\n" : "";
        writeFileSync(join(this.folder, "Pulumi.yaml"), `name: ${this.name}\nruntime: nodejs\n${refresh}`);
        writeFileSync(join(this.folder, "package.json"), JSON.stringify({ name: this.name, main: "index.js" }));
        symlinkSync(join(REPOSITORY, "node_modules/@pulumi"), join(this.folder, "node_modules/@pulumi"), "junction");
        const install = options.install ?? ((folder) => symlinkSync(REPOSITORY, join(folder, "node_modules/pulumi-wmisec"), "junction"));
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

    /** Starts the CLI and lets the caller wait. */
    start(args: readonly string[], environment: NodeJS.ProcessEnv = {}): { readonly child: ChildProcess; readonly ended: Promise<Ran> } {
        const child = spawn(join(cliFolder(), "pulumi"), [...args, "--non-interactive", "--color", "never"], {
            cwd: this.folder,
            env: {
                PATH: `${cliFolder()}${delimiter}${process.env["PATH"]}`,
                HOME: join(this.folder, "home"),
                PULUMI_HOME: join(this.folder, "home/.pulumi"),
                PULUMI_BACKEND_URL: `file://${this.backend}`,
                PULUMI_CONFIG_PASSPHRASE: "a test's passphrase",
                PULUMI_SKIP_UPDATE_CHECK: "1",
                PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION: "1",
                ...this.options.environment,
                ...environment,
            },
            stdio: ["ignore", "pipe", "pipe"],
        });
        this.running.add(child);
        let output = "";
        for (const stream of [child.stdout, child.stderr]) stream?.on("data", (chunk) => (output += String(chunk)));
        const ended = new Promise<Ran>((settle, fail) => {
            child.on("error", fail);
            child.on("close", (code, signal) => {
                this.running.delete(child);
                settle({ code, signal, output });
            });
        });
        return { child, ended };
    }

    pulumi(args: readonly string[], environment?: NodeJS.ProcessEnv): Promise<Ran> {
        return this.start(args, environment).ended;
    }

    async init(stack = "dev"): Promise<this> {
        await this.succeeds(["stack", "init", stack]);
        return this;
    }

    /** @throws with the CLI's output when it does not exit 0. */
    async succeeds(args: readonly string[], environment?: NodeJS.ProcessEnv): Promise<string> {
        const ran = await this.pulumi(args, environment);
        if (ran.code !== 0) throw new Error(`pulumi ${args.join(" ")} exited ${ran.code}\n${ran.output}`);
        return ran.output;
    }

    /** @throws with the CLI's output when it exits 0. @returns the output. */
    async fails(args: readonly string[], environment?: NodeJS.ProcessEnv): Promise<string> {
        const ran = await this.pulumi(args, environment);
        if (ran.code === 0) throw new Error(`pulumi ${args.join(" ")} exited 0\n${ran.output}`);
        return ran.output;
    }

    preview = (...more: string[]) => this.succeeds(["preview", "--diff", ...more]);
    up = (...more: string[]) => this.succeeds(["up", "--yes", "--skip-preview", ...more]);
    refresh = (...more: string[]) => this.succeeds(["refresh", "--yes", "--skip-preview", ...more]);
    destroy = (...more: string[]) => this.succeeds(["destroy", "--yes", "--skip-preview", ...more]);

    /** The drift gate: 0 clean, 7 drifted, 1 error. */
    gate = (...more: string[]) => this.pulumi(["preview", "--refresh", "--expect-no-changes", "--diff", ...more]);

    private stateFile = (stack: string) => join(this.backend, `.pulumi/stacks/${this.name}/${stack}.json`);

    stateText(stack = "dev"): string {
        return readFileSync(this.stateFile(stack), "utf8");
    }

    /** The resources of this provider, as stored. */
    resources(stack = "dev"): StoredResource[] {
        const state = JSON.parse(this.stateText(stack)) as { checkpoint: { latest: { resources?: StoredResource[] } | null } };
        return (state.checkpoint.latest?.resources ?? []).filter(({ type }) => type.startsWith("pulumi-nodejs:dynamic/wmisec:"));
    }

    /** Throws the state away, as a lost backend would. */
    loseState(stack = "dev"): void {
        rmSync(this.stateFile(stack));
    }

    dispose(): void {
        for (const child of this.running) child.kill("SIGKILL");
        rmSync(this.folder, { recursive: true, force: true, maxRetries: 5 });
    }
}
