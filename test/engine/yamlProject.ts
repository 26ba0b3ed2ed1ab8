import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { stringify } from "yaml";
import { Cli, cliFolder } from "./cli";
import { addProgram, PLUGINS } from "./project";

/** A project whose program is YAML: it has no package of ours, only the plugin. */
export class YamlProject extends Cli {
    /** @param language the folder of Pulumi's language host for YAML */
    constructor(language: string) {
        const environment = { PATH: [language, cliFolder(), process.env["PATH"]].join(delimiter) };
        super({ folder: mkdtempSync(join(tmpdir(), "wmisec-yaml-")), name: "fleet", environment });
        mkdirSync(join(this.folder, "node_modules"));
        addProgram(this.folder);
        this.program({});
    }

    /** What the program declares from now on: resources, by name. */
    program(resources: object, outputs: object = {}): void {
        const head = "name: fleet\nruntime: yaml\n";
        writeFileSync(join(this.folder, "Pulumi.yaml"), `${head}${PLUGINS}${stringify({ resources, outputs })}`);
    }

    override dispose(): void {
        super.dispose();
        rmSync(this.folder, { recursive: true, force: true, maxRetries: 5 });
    }
}
