import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";

const ROOT = join(__dirname, "..");
const text = (file: string): string => readFileSync(join(ROOT, file), "utf8");

/** `test/file.ts` "title", as the documents name tests. */
const named = (file: string) =>
    [...text(file).matchAll(/`(test\/[\w./-]+\.ts)` "([^"]+)"/g)].map(([, path = "", title = ""]) => ({ path, title }));

test.each([
    ["docs/coverage.md", 15],
    ["SECURITY.md", 15],
])("the tests that %s names are there", (file, least) => {
    const tests = named(file);
    expect(tests.length).toBeGreaterThanOrEqual(least);
    // In TypeScript a title stands in quotes or in a template; both escape their own sign.
    const missing = tests.filter(({ path, title }) => !existsSync(join(ROOT, path)) || !text(path).replaceAll("\\`", "`").includes(title));
    expect(missing).toEqual([]);
});

test("the page on asynchronous calls names what the document names", () => {
    const page = text("docs/asynchronous-calls.md");
    const names = [
        "RPC_C_AUTHN_LEVEL",
        "PKT_PRIVACY",
        "DEFAULT",
        "NONE",
        "CreateSinkStub",
        "UnsecAppAccessControlDefault",
        "WBEM_FLAG_UNSECAPP_CHECK_ACCESS",
        "WBEM_FLAG_UNSECAPP_DONT_CHECK_ACCESS",
        "CancelAsyncCall",
        "SetStatus",
        "circular reference",
        "workgroup",
        "Kerberos",
    ];
    expect(names.filter((name) => !page.includes(name))).toEqual([]);
});

test("the page on unknowns names a probe for each, and each probe that asks is named", () => {
    const probe = text("test/live/windows/probe.ps1");
    const overWinrm = [...text("test/live/windows/winrmProbe.mjs").matchAll(/ print\("([^"]+)"/g)].map(([, name = ""]) => name);
    const asked = [...[...probe.matchAll(/^Invoke-Probe '(\w+)'/gm)].map(([, name = ""]) => name), ...overWinrm];
    const rows = text("docs/windows-unknowns.md")
        .split("\n")
        .filter((line) => line.startsWith("| ") && !line.startsWith("| question"));
    const named = rows.flatMap((row) => [...(row.split("|").at(-2) ?? "").matchAll(/`([^`]+)`/g)].map(([, name = ""]) => name));
    expect(rows.filter((row) => !/`[^`]+`/.test(row.split("|").at(-2) ?? "")).filter((row) => !row.startsWith("| ---"))).toEqual([]);
    expect([...new Set(named)].filter((name) => !["delayedInput.mjs", "winrmProbe.mjs"].includes(name) && !asked.includes(name))).toEqual(
        [],
    );
    const housekeeping = ["host", "makeScratch", "removeScratch"];
    expect(asked.filter((name) => !housekeeping.includes(name) && !named.includes(name))).toEqual([]);
});

test("the page on the live suite names the variables that the suite reads", () => {
    const page = text("docs/live-tests.md");
    const read = [...text("test/live/realHost.ts").matchAll(/(?:env\["|needed\(")(WMISEC_\w+)"/g)].map(([, name = ""]) => name);
    expect(new Set(read).size).toBe(5);
    expect(read.filter((name) => !page.includes(name))).toEqual([]);
});
