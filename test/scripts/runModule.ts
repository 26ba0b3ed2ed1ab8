import { spawn } from "node:child_process";
import { mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";

/** The repository's folder with the set-up scripts. */
export const SCRIPTS = resolve(__dirname, "../../scripts");

export interface Ended {
    exit: number | null;
    stdout: string;
    stderr: string;
}

export type Running = Promise<Ended> & { kill: (signal?: NodeJS.Signals) => void };

/**
 * Runs lines of an ECMAScript module in a process of its own, as the set-up scripts run: Jest's own loader takes CommonJS only.
 * @param env the whole environment, but for a PATH that finds node and the shell
 */
export function runModule(code: string, env: NodeJS.ProcessEnv = {}): Running {
    return run(["--input-type=module", "--eval", code], env);
}

export function run(args: string[], env: NodeJS.ProcessEnv, cwd?: string): Running {
    const child = spawn(process.execPath, args, {
        cwd,
        // The mark by which `npm test` finds processes that a test left behind.
        env: { PATH: systemPath(), WMISEC_TEST_RUN: process.env["WMISEC_TEST_RUN"], ...env },
        stdio: ["ignore", "pipe", "pipe"],
    });
    let stdout = "";
    let stderr = "";
    child.stdout.setEncoding("utf8").on("data", (text: string) => {
        stdout += text;
    });
    child.stderr.setEncoding("utf8").on("data", (text: string) => {
        stderr += text;
    });
    const ended = new Promise<Ended>((resolveEnded, reject) => {
        child.once("error", reject);
        child.once("close", (exit) => resolveEnded({ exit, stdout, stderr }));
    });
    return Object.assign(ended, {
        kill: (signal: NodeJS.Signals = "SIGKILL") => {
            child.kill(signal);
        },
    });
}

/** A PATH with node and a shell's tools on it, and neither pulumi nor go. */
export function systemPath(): string {
    return `${nodeOnly}:/bin`;
}

/** A folder that is removed at the end of the test file. */
export function temporaryFolder(): string {
    const folder = realpathSync(mkdtempSync(join(tmpdir(), "wmisec-scripts-")));
    folders.push(folder);
    return folder;
}

/** Writes an executable shell script. */
export function program(path: string, lines: string): string {
    writeFileSync(path, `#!/bin/sh\n${lines}\n`, { mode: 0o755 });
    return path;
}

const folders: string[] = [];
const nodeOnly = temporaryFolder();
program(join(nodeOnly, "node"), `exec "${process.execPath}" "$@"`);

afterAll(() => {
    for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});
