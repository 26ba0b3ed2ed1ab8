import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join, resolve } from "node:path";

import { type FoundProcess, processesWith } from "./processes";

export const REPOSITORY = resolve(__dirname, "../..");

export interface Ran {
    readonly code: number | null;
    readonly signal: NodeJS.Signals | null;
    /** Standard output and standard error, as they came. */
    readonly output: string;
}

interface Started {
    readonly child: ChildProcess;
    readonly ended: Promise<Ran>;
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

interface Found {
    readonly bin: string;
    /** The folder to put first on PATH. */
    readonly path: string;
}

/** The `pulumi` that the set-up found or built (scripts/setup.mjs). */
const foundCli = (): Found => JSON.parse(readFileSync(join(REPOSITORY, "node_modules/.cache/pulumi-wmisec/cli.json"), "utf8")) as Found;

/** The folder of that `pulumi`, for who looks for it on PATH. */
export const cliFolder = (): string => foundCli().path;

/** For programs in TypeScript. `npm run check` checks their types, so Pulumi need not do it again in each run. */
export const TYPES_CHECKED = { PULUMI_NODEJS_TRANSPILE_ONLY: "true" };

/** Without these Windows starts neither Node nor a .cmd file. */
const WINDOWS_NEEDS = ["SystemRoot", "SystemDrive", "ComSpec", "PATHEXT"];

/** An empty home folder and a folder for temporary files, and nothing else of this process's environment. */
function bareEnvironment(home: string, temporary: string): NodeJS.ProcessEnv {
    if (process.platform !== "win32") return { HOME: home, TMPDIR: temporary };
    const needs = Object.fromEntries(WINDOWS_NEEDS.map((name) => [name, process.env[name]]));
    return { ...needs, HOME: home, USERPROFILE: home, TEMP: temporary, TMP: temporary };
}

export interface CliOptions {
    /** The project's folder, where the CLI runs. */
    readonly folder: string;
    /** The project's name in Pulumi.yaml. */
    readonly name: string;
    /** @default a new folder */
    readonly backend?: string | undefined;
    readonly environment?: NodeJS.ProcessEnv | undefined;
}

/** The real CLI in a project's folder, with a local file backend and an empty HOME. */
export class Cli {
    readonly folder: string;
    readonly name: string;
    readonly backend: string;
    private readonly scratch = mkdtempSync(join(tmpdir(), "wmisec-cli-"));
    /** Of every run of the CLI, beside what it needs. */
    protected readonly environment: NodeJS.ProcessEnv;
    private readonly running = new Set<ChildProcess>();

    constructor({ folder, name, backend, environment }: CliOptions) {
        this.folder = folder;
        this.name = name;
        this.backend = backend ?? join(this.scratch, "backend");
        this.environment = environment ?? {};
        for (const made of [this.backend, join(this.scratch, "home")]) mkdirSync(made, { recursive: true });
    }

    /** Starts the CLI and lets the caller wait. */
    start(args: readonly string[], environment: NodeJS.ProcessEnv = {}): Started {
        return this.started(foundCli().bin, [...args, "--non-interactive", "--color", "never"], environment);
    }

    /** A program in the project's folder that finds the CLI on its PATH. */
    runs(bin: string, args: readonly string[], environment: NodeJS.ProcessEnv = {}): Promise<Ran> {
        return this.started(bin, args, environment).ended;
    }

    private started(bin: string, args: readonly string[], environment: NodeJS.ProcessEnv): Started {
        const { path } = foundCli();
        const child = spawn(bin, args, {
            cwd: this.folder,
            env: {
                ...bareEnvironment(join(this.scratch, "home"), this.scratch),
                // The mark of the run (scripts/strays.mjs): what is left running is found by it.
                WMISEC_TEST_RUN: process.env["WMISEC_TEST_RUN"],
                PATH: `${path}${delimiter}${process.env["PATH"]}`,
                PULUMI_HOME: join(this.scratch, "home/.pulumi"),
                // Not `file:///C:/...`: CLIs up to 3.259 at least make `C:/C:/...` of it (pulumi/pulumi pkg/backend/diy/backend.go).
                PULUMI_BACKEND_URL: `file://${this.backend.replaceAll("\\", "/")}`,
                PULUMI_CONFIG_PASSPHRASE: "a test's passphrase",
                PULUMI_SKIP_UPDATE_CHECK: "1",
                PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION: "1",
                ...this.environment,
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
        return (state.checkpoint.latest?.resources ?? []).filter(({ type }) => /^(pulumi-nodejs:dynamic\/wmisec|wmisec:index):/.test(type));
    }

    /** An engine that was killed leaves its lock behind. */
    locked(): boolean {
        const locks = join(this.backend, ".pulumi/locks");
        return existsSync(locks) && readdirSync(locks, { recursive: true, encoding: "utf8" }).some((file) => file.endsWith(".json"));
    }

    /**
     * A file backend keeps a file `NAME.attrs` beside each of its files and does not write it in one go (gocloud.dev
     * blob/fileblob/attrs.go): killed in between, every later run fails with "failed to load checkpoint: EOF" (seen). Removes
     * the empty ones, as a user must. @returns how many there were
     */
    mendAttributes(): number {
        const files = readdirSync(join(this.backend, ".pulumi"), { recursive: true, encoding: "utf8" });
        const torn = files
            .map((file) => join(this.backend, ".pulumi", file))
            .filter((file) => file.endsWith(".attrs") && statSync(file).size === 0);
        for (const file of torn) rmSync(file);
        return torn.length;
    }

    /** Throws the state away, as a lost backend would. */
    loseState(stack = "dev"): void {
        rmSync(this.stateFile(stack));
    }

    /** The CLI, and all that it has started. Linux only; elsewhere it finds none. */
    processes(): FoundProcess[] {
        return processesWith(`PULUMI_HOME=${this.scratch}`);
    }

    /** The processes in which our provider runs. */
    plugins(): number[] {
        return this.processes()
            .filter(({ command }) => command.startsWith("node") && /dynamic-provider|pulumi-resource-wmisec/.test(command))
            .map(({ pid }) => pid);
    }

    /** A CLI that was killed leaves Pulumi's language host behind. */
    dispose(): void {
        for (const child of this.running) child.kill("SIGKILL");
        for (const { pid } of this.processes()) process.kill(pid, "SIGKILL");
        rmSync(this.scratch, { recursive: true, force: true, maxRetries: 5 });
    }
}
