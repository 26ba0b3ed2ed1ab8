import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { blocksOf } from "../docs/markdown";
import type { Cli, Ran } from "./cli";

/** What GitHub starts for `shell: bash`. */
const SHELL = ["--noprofile", "--norc", "-eo", "pipefail"];

/** The workflow of docs/drift.md. */
const [WORKFLOW = ""] = blocksOf("docs/drift.md", "yaml");

/** The lines below `run: |` of its last step, as YAML takes them: without the indentation of the first. */
function stepOf(workflow: string): string {
    const [, block = ""] = workflow.split(/^ +run: \|\n/m);
    const [indentation = ""] = /^ +/.exec(block) ?? [];
    return block
        .split("\n")
        .map((line) => line.slice(indentation.length))
        .join("\n");
}

/** The job's variables that are written out; what is left to GitHub's secrets is the project's own here. */
const variablesOf = (workflow: string): Record<string, string> =>
    Object.fromEntries([...workflow.matchAll(/^ {6}([A-Z_]+): "?([^"$\n]+)"?$/gm)].map(([, name = "", value = ""]) => [name, value]));

export interface Gate extends Ran {
    /** What the job's summary shows. */
    readonly summary: string;
}

/** Runs the shell step of the recipe for GitHub Actions as GitHub would, in a project's folder and over its stack. */
export async function githubGate(project: Cli, stack = "dev"): Promise<Gate> {
    const scratch = mkdtempSync(join(tmpdir(), "wmisec-recipe-"));
    const [script, summary] = [join(scratch, "step.sh"), join(scratch, "summary.md")];
    try {
        writeFileSync(script, stepOf(WORKFLOW));
        writeFileSync(summary, "");
        const ran = await project.runs("bash", [...SHELL, script], {
            ...variablesOf(WORKFLOW),
            STACK: stack,
            GITHUB_STEP_SUMMARY: summary,
        });
        return { ...ran, summary: readFileSync(summary, "utf8") };
    } finally {
        rmSync(scratch, { recursive: true, force: true });
    }
}
