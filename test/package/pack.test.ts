import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, readdirSync, realpathSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";

const ROOT = resolve(__dirname, "../..");
const TSC = join(ROOT, "node_modules/typescript/bin/tsc");

const folder = realpathSync(mkdtempSync(join(tmpdir(), "wmisec-pack-")));
const project = join(folder, "project");
let packed: string[] = [];

/** Packs the package and installs the tarball into an empty project, as a user's `npm install pulumi-wmisec` would. */
beforeAll(() => {
    const told = JSON.parse(npm(["pack", "--json", "--silent", `--pack-destination=${folder}`], ROOT)) as [
        { filename: string; files: { path: string }[] },
    ];
    packed = told[0].files.map(({ path }) => path).sort();
    mkdirSync(project);
    writeFileSync(join(project, "package.json"), JSON.stringify({ name: "empty", private: true }));
    // The peer is a hundred packages: it is linked from here instead of being installed once more.
    npm(
        [
            "install",
            join(folder, told[0].filename),
            "--legacy-peer-deps",
            "--prefer-offline",
            "--ignore-scripts",
            "--no-audit",
            "--no-fund",
        ],
        project,
    );
    mkdirSync(join(project, "node_modules/@pulumi"));
    symlinkSync(join(ROOT, "node_modules/@pulumi/pulumi"), join(project, "node_modules/@pulumi/pulumi"), "junction");
    symlinkSync(join(ROOT, "node_modules/@types"), join(project, "node_modules/@types"), "junction");
}, 180_000);

afterAll(() => rmSync(folder, { recursive: true, force: true }));

function npm(args: string[], cwd: string): string {
    return execFileSync("npm", args, { cwd, encoding: "utf8", stdio: ["ignore", "pipe", "inherit"], shell: process.platform === "win32" });
}

/** Runs a JavaScript program of the user's with plain node; gives what it printed. */
function program(lines: string): string {
    writeFileSync(join(project, "program.js"), lines);
    return execFileSync(process.execPath, ["program.js"], { cwd: project, encoding: "utf8" });
}

/** Compiles a TypeScript program of the user's, without looking into declarations that are not ours; gives what the compiler said. */
function compiled(lines: string, options: object): string {
    writeFileSync(join(project, "program.ts"), lines);
    writeFileSync(
        join(project, "tsconfig.json"),
        JSON.stringify({
            compilerOptions: { strict: true, noEmit: true, target: "es2022", types: ["node"], skipLibCheck: true, ...options },
            files: ["program.ts"],
        }),
    );
    try {
        return execFileSync(process.execPath, [TSC, "-p", project], { encoding: "utf8" });
    } catch (error) {
        return (error as { stdout: string }).stdout;
    }
}

test("the simulator's declarations need no other package's than Node's", () => {
    const lines = `import { startSimulatedHosts } from "pulumi-wmisec/simulator";\nvoid startSimulatedHosts(1);\n`;
    expect(compiled(lines, { module: "node16", moduleResolution: "node16", skipLibCheck: false, paths: { ssh2: ["./none"] } })).toBe("");
});

test("the tarball has what users need and nothing else", () => {
    const shapes = [
        /^package\.json$/,
        /^schema\.json$/,
        /^README\.md$/,
        /^LICENSE$/,
        /^CHANGELOG\.md$/,
        /^SECURITY\.md$/,
        /^docs\/([a-z-]+\.md|performance\.svg)$/,
        /^examples\/[a-z-]+\/(index\.ts|Pulumi\.yaml|package\.json|tsconfig\.json)$/,
        /^examples\/(fleet|sharded)\/inventory\.json$/,
        /^examples\/sharded\/(README\.md|shards\.ts|(run|manifests)\.mjs|operator\/[a-z]+\.yaml)$/,
        /^examples\/languages\/(README\.md|(yaml|python|go)\/Pulumi\.yaml|python\/(__main__\.py|requirements\.txt)|go\/(main\.go|go\.(mod|sum)))$/,
        /^dist\/(provider|sdk)\/[A-Za-z0-9/]+\.(js|d\.ts)$/,
        /^dist\/provider\/agent\/[A-Za-z]+\.ps1$/,
        /^dist\/plugin\/(pulumi-resource-wmisec\.js|THIRD-PARTY-LICENCES\.txt)$/,
    ];
    expect(packed.filter((path) => !shapes.some((shape) => shape.test(path)))).toEqual([]);
    expect(shapes.filter((shape) => !packed.some((path) => shape.test(path)))).toEqual([]);
});

test("all of the agent's files are in it", () => {
    const sources = readdirSync(join(ROOT, "provider/agent")).filter((name) => name.endsWith(".ps1"));
    expect(sources.length).toBeGreaterThan(0);
    expect(sources.filter((name) => !packed.includes(`dist/provider/agent/${name}`))).toEqual([]);
});

test("each compiled file has its declarations, and the other way round", () => {
    const compiled = packed.filter((path) => /^dist\/(provider|sdk)\//.test(path));
    const of = (ending: string) => compiled.filter((path) => path.endsWith(ending)).map((path) => path.slice(0, -ending.length));
    expect(of(".js")).toEqual(of(".d.ts"));
});

test("plain node loads the four entries, and no other path of the package", () => {
    const said = program(`
        const sdk = require("pulumi-wmisec");
        const native = require("pulumi-wmisec/native");
        const { handler } = require("pulumi-wmisec/provider");
        const { startSimulatedHosts } = require("pulumi-wmisec/simulator");
        const inner = (() => { try { return require("pulumi-wmisec/dist/provider/connect.js"); } catch (error) { return error.code; } })();
        console.log([typeof sdk.WmiNamespaceSecurity, typeof native.UnsecAppPolicy, typeof handler, typeof startSimulatedHosts, inner,
            require("pulumi-wmisec/package.json").name].join());
    `);
    expect(said.trim()).toBe("function,function,function,function,ERR_PACKAGE_PATH_NOT_EXPORTED,pulumi-wmisec");
});

test("npm installs the native plugin as a program, which says where it listens and ends when it is told to", async () => {
    const name = process.platform === "win32" ? "pulumi-resource-wmisec.cmd" : "pulumi-resource-wmisec";
    const plugin = spawn(join(project, "node_modules/.bin", name), {
        stdio: ["ignore", "pipe", "inherit"],
        shell: process.platform === "win32",
    });
    const [first] = (await once(plugin.stdout, "data")) as [Buffer];
    expect(String(first)).toMatch(/^\d+\n$/);
    plugin.kill();
    await once(plugin, "exit");
});

test("an ECMAScript module imports the names", () => {
    writeFileSync(
        join(project, "program.mjs"),
        `import { UnsecAppPolicy, WmiNamespaceSecurity } from "pulumi-wmisec"; console.log(UnsecAppPolicy.name, WmiNamespaceSecurity.name);`,
    );
    expect(execFileSync(process.execPath, ["program.mjs"], { cwd: project, encoding: "utf8" }).trim()).toBe(
        "UnsecAppPolicy WmiNamespaceSecurity",
    );
});

test("the installed agent's files are where the code looks for them: a simulated host starts and stops", () => {
    const said = program(`
        const { startSimulatedHosts } = require("pulumi-wmisec/simulator");
        startSimulatedHosts([{ name: "web-07" }]).then(async (hosts) => {
            console.log(hosts.map(({ name }) => name).join());
            for (const host of hosts) await host.stop();
        });
    `);
    expect(said.trim()).toBe("web-07");
});

const USES_ALL = `
    import * as wmisec from "pulumi-wmisec";
    import * as native from "pulumi-wmisec/native";
    import { handler } from "pulumi-wmisec/provider";
    import { startSimulatedHosts } from "pulumi-wmisec/simulator";
    const connection = { host: "web-07.contoso.test", user: "CONTOSO\\\\svc-pulumi", privateKey: { file: "~/.ssh/fleet" } };
    new wmisec.WmiNamespaceSecurity("web-07", { connection, namespaces: { "root/cimv2": { requiresEncryption: true, whenMissing: "skip" } } });
    new wmisec.UnsecAppPolicy("web-07", { connection, checkAccess: true }, { protect: true });
    const fleet = new native.Provider("fleet", { user: "svc", privateKey: { file: "~/.ssh/fleet" }, organization: "acme" });
    new native.UnsecAppPolicy("web-08", { connection: { host: "web-08" }, checkAccess: true }, { provider: fleet, import: "web-08" });
    native.WmiNamespaceSecurity.get("web-09", "web-09,root/cimv2").observed.apply((flags) => flags["root/cimv2"]);
    export const used = [handler, startSimulatedHosts];
`;

describe.each([
    ["node16", { module: "node16", moduleResolution: "node16" }],
    ["node10, as older Pulumi templates have it", { module: "commonjs", moduleResolution: "node10", ignoreDeprecations: "6.0" }],
])("a TypeScript program, module resolution %s", (_name, options) => {
    test("compiles with the types of all three entries", () => {
        expect(compiled(USES_ALL, options)).toBe("");
    }, 60_000);

    test("is told of a wrong argument", () => {
        expect(compiled(USES_ALL.replace("checkAccess: true", 'checkAccess: "yes"'), options)).toContain("error TS2322");
    }, 60_000);
});
