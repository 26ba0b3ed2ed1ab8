import { execFileSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { Cli, cliFolder, REPOSITORY } from "./cli";
import type { Prepared } from "./language";
import { addProgram } from "./project";

/** A copy of an example in another language, with the plugin where npm puts it, and the SDK where `pulumi package add` does. */
export class ExampleProject extends Cli {
    constructor(language: "yaml" | "python" | "go", needed: Prepared) {
        const folder = mkdtempSync(join(tmpdir(), `wmisec-${language}-`));
        const environment: NodeJS.ProcessEnv = { PATH: [needed.folder, cliFolder(), process.env["PATH"]].join(delimiter) };
        super({ folder, name: `wmisec-${language}`, environment });
        cpSync(join(REPOSITORY, "examples/languages", language), folder, { recursive: true });
        mkdirSync(join(folder, "node_modules"));
        addProgram(folder);
        if ("generator" in needed) execFileSync(needed.generator, [join(REPOSITORY, "schema.json"), language, this.sdk]);
    }

    get sdk(): string {
        return join(this.folder, "sdks/wmisec");
    }

    /** Replaces a file of the example. */
    write(file: string, text: string): void {
        writeFileSync(join(this.folder, file), text);
    }

    /** @param values by key, paths like `servers[0]` too */
    async configure(values: Readonly<Record<string, unknown>>, secrets: Readonly<Record<string, string>> = {}): Promise<void> {
        const pairs = (kind: string, all: object) => Object.entries(all).flatMap(([key, value]) => [kind, `${key}=${value}`]);
        await this.succeeds(["config", "set-all", "--path", ...pairs("--plaintext", values), ...pairs("--secret", secrets)]);
    }

    /** Folders of the PATH of every run, before all others. */
    putsOnPath(...folders: readonly string[]): void {
        this.environment["PATH"] = [...folders, this.environment["PATH"]].join(delimiter);
    }

    /** Every run has this variable, too. */
    sets(name: string, value: string): void {
        this.environment[name] = value;
    }

    override dispose(): void {
        super.dispose();
        rmSync(this.folder, { recursive: true, force: true, maxRetries: 5 });
    }
}
