import { mkdirSync, readdirSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { onPosix } from "../posix";
import { runModule, SCRIPTS, temporaryFolder } from "./runModule";

/** A small repository of our shape, with the real compiler. */
class Repository {
    readonly root = temporaryFolder();

    constructor() {
        for (const folder of ["provider/agent", "provider/heads/native", "sdk", "node_modules"])
            mkdirSync(join(this.root, folder), { recursive: true });
        symlinkSync(join(SCRIPTS, "../node_modules/typescript"), join(this.root, "node_modules/typescript"));
        this.write("package-lock.json", "{}")
            .write("tsconfig.json", `{ "compilerOptions": { "rootDir": ".", "types": [], "module": "node16", "declaration": true } }`)
            .write("provider/agent/agent.ps1", "Write-Output 1\r\n")
            .write("package.json", `{ "version": "1.2.3", "bin": { "plugin": "dist/plugin/pulumi-resource-wmisec.js" } }`)
            .write(
                "provider/heads/native/main.ts",
                `#!/usr/bin/env node\nimport { version } from "../../../sdk/index.js";\nexport const plugin = version + 41;`,
            )
            .write("provider/old.ts", "export const old = 1;")
            .write("sdk/index.ts", "export const version: number = 1;");
    }

    write(path: string, text: string): this {
        writeFileSync(join(this.root, path), text);
        return this;
    }

    ensure(isForced = false) {
        return runModule(
            `
            import { reportAndFail } from "${SCRIPTS}/setupError.mjs";
            import { ensureDist } from "${SCRIPTS}/dist.mjs";
            await ensureDist("${this.root}", { isForced: ${isForced} }).catch(reportAndFail);
            `,
            { HOME: this.root },
        );
    }

    files(): string[] {
        const dist = join(this.root, "dist");
        return readdirSync(dist, { recursive: true, encoding: "utf8" })
            .filter((path) => statSync(join(dist, path)).isFile())
            .sort();
    }
}

onPosix(
    "dist has the compiled sources and the agent's files byte for byte, follows the sources, and is made only when they changed",
    async () => {
        const repository = new Repository();
        expect((await repository.ensure()).exit).toBe(0);
        expect(repository.files()).toEqual([
            "plugin/THIRD-PARTY-LICENCES.txt",
            "plugin/pulumi-resource-wmisec.js",
            "provider/agent/agent.ps1",
            "provider/heads/native/main.d.ts",
            "provider/heads/native/main.js",
            "provider/old.d.ts",
            "provider/old.js",
            "sdk/index.d.ts",
            "sdk/index.js",
        ]);
        expect(readFileSync(join(repository.root, "dist/provider/agent/agent.ps1"), "utf8")).toBe("Write-Output 1\r\n");
        expect(readFileSync(join(repository.root, "dist/plugin/pulumi-resource-wmisec.js"), "utf8")).toMatch(
            /^#!.*node\n[\s\S]*version = 1/,
        );
        expect(await repository.ensure()).toEqual({ exit: 0, stdout: "", stderr: "" });

        repository.write("provider/agent/agent.ps1", "Write-Output 2\r\n");
        expect((await repository.ensure()).stderr).toContain("compiling provider/ and sdk/ into dist/");
        expect(readFileSync(join(repository.root, "dist/provider/agent/agent.ps1"), "utf8")).toBe("Write-Output 2\r\n");

        rmSync(join(repository.root, "provider/old.ts"));
        const both = await Promise.all([repository.ensure(), repository.ensure()]);
        expect(both.filter(({ stderr }) => stderr.includes("compiling"))).toHaveLength(1);
        expect(repository.files()).not.toContain("provider/old.js");

        rmSync(join(repository.root, "dist"), { recursive: true });
        await repository.ensure();
        expect(repository.files()).toContain("sdk/index.js");
        expect((await repository.ensure(true)).stderr).toContain("compiling");
    },
);

onPosix("sources that do not compile are an error with the compiler's words, and the dist that was there stays", async () => {
    const repository = new Repository();
    await repository.ensure();
    repository.write("sdk/index.ts", `export const version: number = "one";`);
    const ended = await repository.ensure();
    expect(ended.exit).toBe(1);
    expect(ended.stderr).toContain("sdk/index.ts(1,14): error TS2322");
    expect(readFileSync(join(repository.root, "dist/sdk/index.js"), "utf8")).toContain("exports.version = 1");
    expect((await repository.ensure()).exit).toBe(1);
});
