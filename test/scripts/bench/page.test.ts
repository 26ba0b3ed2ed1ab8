import { readFileSync } from "node:fs";
import { join } from "node:path";
import { runModule, SCRIPTS } from "../runModule";

const PAGE = join(SCRIPTS, "../docs/performance.md");

test("a run takes the place of an earlier one of the same table, and of nothing else", async () => {
    const page = "before\n<!-- bench: a -->\nold\n<!-- end -->\nbetween\n<!-- npm run bench: b -->\nkept\n<!-- end -->\nafter\n";
    const { stdout, stderr } = await runModule(`
        import { withSection } from "${SCRIPTS}/bench/page.mjs";
        process.stdout.write(withSection(${JSON.stringify(page)}, "a", "new"));
    `);
    expect(stderr).toBe("");
    expect(stdout).toBe(page.replace("\nold\n", "\n\nnew\n\n"));
});

test("the page has a place for each table", async () => {
    const { stdout, stderr } = await runModule(`
        import { TABLES } from "${SCRIPTS}/bench/tables.mjs";
        console.log(JSON.stringify(Object.keys(TABLES)));
    `);
    expect(stderr).toBe("");
    const places = [...readFileSync(PAGE, "utf8").matchAll(/^<!-- bench: (\S+) -->\n.*?^<!-- end -->$/gms)].map(([, table]) => table);
    expect(places).toEqual(JSON.parse(stdout));
});
