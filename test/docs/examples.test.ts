import { execFile, spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { fieldsOf, NAMES, textOver } from "./hoverTexts";
import { blocksOf, DOCUMENTS, ROOT, textOf } from "./markdown";
import { ofArguments, ofClasses, ofDocuments } from "./programs";

const run = promisify(execFile);

/** Below the repository, so that the package is found by its name. */
const folder = mkdtempSync(join(ROOT, "node_modules/.cache/documents-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test("the README has at most 120 lines", () => {
    expect(textOf("README.md").trimEnd().split("\n").length).toBeLessThanOrEqual(120);
});

test("the JavaScript that starts simulated hosts runs", async () => {
    const program = blocksOf("docs/testing.md", "js").find((code) => code.includes("startSimulatedHosts("));
    writeFileSync(join(folder, "program.js"), program ?? "");
    const { stdout } = await run(process.execPath, [join(folder, "program.js")]);
    expect(stdout.trim().split("\n")).toHaveLength(10);
    expect(stdout).toMatch(/^sim-01 127\.\d+\.\d+\.\d+ true$/m);
});

test("the simulated host of getting started prints a connection, and drifts at Enter", async () => {
    const [program = ""] = blocksOf("docs/getting-started.md", "js");
    const told = `setInterval(() => globalThis.host?.machine.flag("root/cimv2") === false && console.log("drifted"), 20);\n`;
    writeFileSync(join(folder, "told.js"), told + program.replace("((host) => {", "((host) => {\n    globalThis.host = host;"));
    const child = spawn(process.execPath, [join(folder, "told.js")], { stdio: ["pipe", "pipe", "inherit"] });
    let printed = "";
    await new Promise<void>((settle, fail) => {
        child.on("close", () => fail(new Error(`it ended: ${printed}`)));
        child.stdout.on("data", (chunk) => {
            printed += String(chunk);
            if (/^\};$/m.test(printed)) child.stdin.write("\n");
            if (printed.includes("drifted")) settle();
        });
    }).finally(() => child.kill("SIGKILL"));
    expect(printed).toMatch(/^const connection: wmisec.ConnectionArgs = \{\n {4}"host": "127\./);
});

test("every name and every field of the sdk has a hover text, and every class and argument an example", () => {
    expect(ofClasses.length + ofArguments.length).toBeGreaterThan(20);
    const short = NAMES.flatMap((name) => [
        ...(textOver(name).length < 40 ? [name] : []),
        ...fieldsOf(name).flatMap((field) => (field.text.length < 40 ? [`${name}.${field.name}`] : [])),
    ]);
    expect(short).toEqual([]);
    expect([...ofClasses, ...ofArguments].filter(({ code }) => code.includes("undefined")).map(({ name }) => name)).toEqual([]);
});

test("the TypeScript of all documents and hover texts compiles", async () => {
    expect(ofDocuments.length).toBeGreaterThan(6);
    for (const { name, code } of [...ofDocuments, ...ofArguments, ...ofClasses]) writeFileSync(join(folder, `${name}.ts`), code);
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

test.each([
    ["yaml", "yaml/Pulumi.yaml"],
    ["python", "python/__main__.py"],
    ["go", "go/main.go"],
])("the pages of the resources show %s as examples/languages has it", (language, file) => {
    const lines = (text: string) =>
        text
            .trim()
            .split("\n")
            .map((line) => line.trim())
            .join("\n");
    const program = lines(readFileSync(join(ROOT, "examples/languages", file), "utf8"));
    for (const page of ["wmi-namespace-security", "unsec-app-policy", "fleet-encryption-policy"]) {
        const [block = "no such block"] = blocksOf(`docs/${page}.md`, language);
        for (const part of block.split("\n\n")) expect(program).toContain(lines(part));
    }
});

test("the documents name only commands of npm that there are", () => {
    const { scripts } = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8")) as { scripts: Record<string, string> };
    const named = DOCUMENTS.flatMap((file) => [...textOf(file).matchAll(/\bnpm run ([\w:]+)/g)].map(([, name = ""]) => name));
    expect(new Set(named)).toContain("demo");
    expect(named.filter((name) => scripts[name] === undefined)).toEqual([]);
});
