import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";

const ROOT = resolve(__dirname, "../..");
const folder = mkdtempSync(join(tmpdir(), "wmisec-publint-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** What the release workflow asks of a tarball. */
function publint(packageFolder: string): string {
    const options = { cwd: packageFolder, encoding: "utf8", stdio: "pipe", shell: process.platform === "win32" } as const;
    const [{ filename }] = JSON.parse(execFileSync("npm", ["pack", "--json", "--silent", `--pack-destination=${folder}`], options));
    const program = join(ROOT, "node_modules/publint/src/cli.js");
    try {
        return execFileSync(process.execPath, [program, "run", "--strict", join(folder, filename)], { ...options, shell: false });
    } catch (error) {
        return (error as { stdout: string }).stdout;
    }
}

test("publint finds nothing in the package", () => {
    expect(publint(ROOT)).toContain("All good!");
});

test("publint finds an entry that is not in the tarball", () => {
    const broken = join(folder, "broken");
    mkdirSync(broken);
    writeFileSync(join(broken, "package.json"), JSON.stringify({ name: "broken", version: "1.0.0", main: "dist/index.js" }));
    expect(publint(broken)).toContain("the file does not exist");
});
