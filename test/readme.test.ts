import { execFile } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";

const run = promisify(execFile);
const ROOT = join(__dirname, "..");
const readme = readFileSync(join(ROOT, "README.md"), "utf8");
const blocks = (language: string) =>
    [...readme.matchAll(new RegExp(`\`\`\`${language}\\n(.*?)\`\`\``, "gs"))].map(([, code]) => code ?? "");

/** Below the repository, so that the package is found by its name. */
const folder = mkdtempSync(join(ROOT, "node_modules/.cache/readme-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test("the JavaScript of the README runs", async () => {
    const [program] = blocks("js");
    writeFileSync(join(folder, "program.js"), program ?? "");
    const { stdout } = await run(process.execPath, [join(folder, "program.js")]);
    expect(stdout.trim().split("\n")).toHaveLength(10);
    expect(stdout).toMatch(/^sim-01 127\.\d+\.\d+\.\d+ true$/m);
});

test("the TypeScript of the README compiles", async () => {
    const programs = blocks("ts");
    expect(programs).toHaveLength(3);
    const declared = `import * as wmisec from "pulumi-wmisec";\n`;
    const used = `new wmisec.UnsecAppPolicy("policy", { connection, checkAccess: true });\n`;
    for (const [index, program] of programs.entries()) {
        writeFileSync(join(folder, `block${index}.ts`), program.includes("import") ? program : declared + program + used);
    }
    const compilerOptions = {
        strict: true,
        noEmit: true,
        target: "es2022",
        module: "node16",
        moduleResolution: "node16",
        skipLibCheck: true,
        types: [],
    };
    writeFileSync(join(folder, "tsconfig.json"), JSON.stringify({ compilerOptions, include: ["*.ts"] }));
    const compile = run(process.execPath, [join(ROOT, "node_modules/typescript/bin/tsc"), "-p", folder]);
    expect(await compile.catch(({ stdout }: { stdout: string }) => stdout)).toEqual({ stdout: "", stderr: "" });
});

test("the README names only commands that there are", () => {
    const { scripts } = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8")) as { scripts: Record<string, string> };
    const named = [...readme.matchAll(/npm (?:run )?(demo|test|check|bench)\b/g)].map(([, name]) => name);
    expect(new Set(named)).toContain("demo");
    for (const name of named) expect(scripts).toHaveProperty(String(name));
});

test("files that the README points to are there", () => {
    for (const [, path] of readme.matchAll(/\]\((?!http|#)([^)#]+)\)/g))
        expect(() => readFileSync(join(ROOT, path ?? ""), { flag: "r" })).not.toThrow(/ENOENT/);
});
