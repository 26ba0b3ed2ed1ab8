import { execFile } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { promisify } from "node:util";
import { cliFolder } from "./engine/cli";

const run = promisify(execFile);
const ROOT = join(__dirname, "..");
const programs = [...readFileSync(join(ROOT, "docs/testing.md"), "utf8").matchAll(/```js\n(.*?)```/gs)].map(([, code = ""]) => code);
const unit = programs.filter((code) => code.includes("setMocks("));
const whole = programs.filter((code) => code.includes("LocalWorkspace"));
const fleets = programs.filter((code) => !unit.includes(code) && !whole.includes(code));

/** Below the repository, so that the package is found by its name. */
const folder = mkdtempSync(join(ROOT, "node_modules/.cache/testing-"));
const elsewhere = mkdtempSync(join(tmpdir(), "wmisec-elsewhere-"));
afterAll(() => {
    for (const one of [folder, elsewhere]) rmSync(one, { recursive: true, force: true });
});

/** @returns what Node's test runner says */
async function said(text: string, file: string, cwd: string, path = process.env["PATH"]): Promise<string> {
    writeFileSync(join(folder, file), text);
    const { NODE_OPTIONS: _options, NODE_TEST_CONTEXT: _context, ...env } = process.env;
    const { stdout } = await run(process.execPath, ["--test", "--test-reporter=tap", join(folder, file)], {
        cwd,
        env: { ...env, PATH: path },
    }).catch((error: { stdout: string }) => error);
    return stdout;
}

test("the unit test of the documents passes, in a folder that has nothing", async () => {
    expect(unit).toHaveLength(1);
    expect(await said(unit.join(), "unit.test.js", elsewhere)).toMatch(/# pass 1\n# fail 0/);
}, 60_000);

test("the fleets of the documents start and stop", async () => {
    for (const [index, fleet] of fleets.entries()) expect(await said(fleet, `fleet${index}.test.js`, folder)).toMatch(/# pass 1\n# fail 0/);
    expect(fleets).toHaveLength(2);
}, 60_000);

test("the tests of the documents over simulated hosts pass", async () => {
    const path = [cliFolder(), process.env["PATH"]].join(delimiter);
    expect(whole).toHaveLength(2);
    for (const [index, code] of whole.entries())
        expect(await said(code, `whole${index}.test.js`, folder, path)).toMatch(/# pass 1\n# fail 0/);
}, 600_000);
