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

test("the archive has the name that Pulumi looks for, and the licences", () => {
    expect(basename(archive)).toMatch(/^pulumi-resource-wmisec-v\d+\.\d+\.\d+-(linux|darwin|windows)-(amd64|arm64)\.tar\.gz$/);
    const files = execFileSync("tar", ["-tzf", basename(archive)], { cwd: folder, encoding: "utf8" });
    expect(files.trim().split("\n").sort()).toEqual([
        "LICENSE",
        "THIRD-PARTY-LICENCES.txt",
        expect.stringMatching(/^pulumi-resource-wmisec(\.exe)?$/),
    ]);
});

test("the CLI installs the archive", async () => {
    const project = await world.project();
    const [, version = ""] = /-v(\d+\.\d+\.\d+)-/.exec(archive) ?? [];
    await project.succeeds(["plugin", "install", "resource", "wmisec", version, "--file", archive]);
    expect(JSON.parse(await project.succeeds(["plugin", "ls", "--json"]))).toEqual([
        expect.objectContaining({ name: "wmisec", kind: "resource", version }),
    ]);
});

test("the executable is the plugin, alone in its folder: it logs in with a password from a file, applies, and restores", async () => {
    const password = "canary-in-a-file";
    const host = await world.host("web01", { users: [{ user: "me", password }] });
    const file = join(world.scratch, "password");
    writeFileSync(file, `${password}\n`);
    const project = await world.project();
    const programs = join(project.folder, "node_modules/.bin");
    rmSync(programs, { recursive: true });
    mkdirSync(programs);
    const name = process.platform === "win32" ? "pulumi-resource-wmisec.exe" : "pulumi-resource-wmisec";
    copyFileSync(join(folder, name), join(programs, name));
    project.programOf(
        { web01: { ...host.connection, user: "me", password: { file } } },
        `new wmisec.WmiNamespaceSecurity("policy", { connection: hosts.web01, namespaces: { "root/Contoso": { requiresEncryption: true } }, autorecover: true });`,
    );
    await project.up();
    expect(writesOf(host)).toContain("root/contoso: null -> true");
    expect(JSON.parse(await project.succeeds(["package", "get-schema", join(programs, name)]))).toMatchObject({
        name: "wmisec",
        pluginDownloadURL: DOWNLOAD_URL,
    });
    await project.destroy();
    expect(host.machine.flag("root/Contoso")).toBe(false);
    expect(host.machine.ledger()).toEqual({});
});
