import { execFileSync } from "node:child_process";
import { copyFileSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { REPOSITORY } from "./cli";
import { World, writesOf } from "./world";

const DOWNLOAD_URL = "github://api.github.com/example/pulumi-wmisec";

const world = new World({ head: "native" });
const folder = join(world.scratch, "executable");
/** Of 100 MB: Node.js is in it. */
let archive: string;

beforeAll(() => {
    const args = [join(REPOSITORY, "scripts/executable.mjs"), folder, DOWNLOAD_URL];
    archive =
        execFileSync(process.execPath, args, { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] })
            .trim()
            .split("\n")
            .at(-1) ?? "";
    execFileSync("tar", ["-xzf", basename(archive)], { cwd: folder });
});
afterAll(() => world.dispose());

/** A project whose plugin is the executable, alone in its folder. */
async function withExecutable() {
    const project = await world.project();
    const programs = join(project.folder, "node_modules/.bin");
    rmSync(programs, { recursive: true });
    mkdirSync(programs);
    const name = process.platform === "win32" ? "pulumi-resource-wmisec.exe" : "pulumi-resource-wmisec";
    const program = join(programs, name);
    copyFileSync(join(folder, name), program);
    return { project, program };
}

test("the archive has the name that Pulumi looks for, and the licences", () => {
    expect(basename(archive)).toMatch(/^pulumi-resource-wmisec-v\d+\.\d+\.\d+-(linux|darwin|windows)-(amd64|arm64)\.tar\.gz$/);
    const files = execFileSync("tar", ["-tzf", basename(archive)], { cwd: folder, encoding: "utf8" });
    expect(files.trim().split("\n").sort()).toEqual([
        "LICENSE",
        "THIRD-PARTY-LICENCES.txt",
        expect.stringMatching(/^pulumi-resource-wmisec(\.exe)?$/),
    ]);
});

test("the CLI installs the archive, and finds it where Pulumi.yaml does not look elsewhere for the plugin", async () => {
    const project = await world.project();
    const [, version = ""] = /-v(\d+\.\d+\.\d+)-/.exec(archive) ?? [];
    rmSync(join(project.folder, "node_modules/.bin"), { recursive: true });
    project.programOf(
        { web07: { host: "web-07", user: "svc" } },
        `new wmisec.UnsecAppPolicy("policy", { connection: hosts.web07, checkAccess: true });`,
    );
    await project.succeeds(["plugin", "install", "resource", "wmisec", version, "--file", archive]);
    expect(JSON.parse(await project.succeeds(["plugin", "ls", "--json"]))).toEqual([
        expect.objectContaining({ name: "wmisec", kind: "resource", version }),
    ]);
    expect(await project.fails(["preview"])).toMatch(/no folder at path '.*node_modules.\.bin'/);
    writeFileSync(join(project.folder, "Pulumi.yaml"), "name: fleet\nruntime: nodejs\n");
    expect(await project.preview()).toContain("2 to create");
});

test("the executable is the plugin, alone in its folder: it logs in with a password from a file, applies, and restores", async () => {
    const password = "canary-in-a-file";
    const host = await world.host("web01", { users: [{ user: "me", password }] });
    const file = join(world.scratch, "password");
    writeFileSync(file, `${password}\n`);
    const { project, program } = await withExecutable();
    project.programOf(
        { web01: { ...host.connection, user: "me", password: { file } } },
        `new wmisec.WmiNamespaceSecurity("policy", { connection: hosts.web01, namespaces: { "root/Contoso": { requiresEncryption: true } }, autorecover: true });`,
    );
    await project.up();
    expect(writesOf(host)).toContain("root/contoso: null -> true");
    expect(JSON.parse(await project.succeeds(["package", "get-schema", program]))).toMatchObject({
        name: "wmisec",
        pluginDownloadURL: DOWNLOAD_URL,
    });
    await project.destroy();
    expect(host.machine.flag("root/Contoso")).toBe(false);
    expect(host.machine.ledger()).toEqual({});
});

test("Kerberos is not for the executable, which says so", async () => {
    const { project } = await withExecutable();
    const connection = { host: "web-07.contoso.test", user: "svc", transport: "winrm" };
    project.programOf({ web07: connection }, `new wmisec.UnsecAppPolicy("policy", { connection: hosts.web07, checkAccess: true });`);
    const output = await project.fails(["up", "--yes", "--skip-preview"]);
    expect(output).toContain("web-07.contoso.test: the plugin's executable can't load the package koffi, which Kerberos needs");
    expect(output).toContain("use the npm package in place of the executable");
});
