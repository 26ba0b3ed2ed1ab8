import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { stringify } from "yaml";
import { Cli } from "./cli";
import { addProgram, PLUGINS, withYaml } from "./project";

/** A project whose program is YAML: it has no package of ours, only the plugin. */
export class YamlProject extends Cli {
    /** @param language the folder of Pulumi's language host for YAML */
    constructor(language: string) {
        super({ folder: mkdtempSync(join(tmpdir(), "wmisec-yaml-")), name: "fleet", environment: { PATH: withYaml(language) } });
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
