import { readdirSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";

const TESTS = resolve(__dirname, "..");

test("every property takes its number of runs from test/fuzz.ts, so that npm run fuzz reaches it", () => {
    const files = readdirSync(TESTS, { recursive: true, encoding: "utf8" }).filter((path) => path.endsWith(".test.ts"));
    const properties = files
        .map((path) => ({ path, text: readFileSync(join(TESTS, path), "utf8") }))
        .map(({ path, text }) => ({ path, asserted: count(text, "fc.assert" + "("), withRuns: count(text, "fuzzRuns" + "(") }))
        .filter(({ asserted }) => asserted > 0);
    expect(properties.length).toBeGreaterThan(5);
    expect(properties.filter(({ asserted, withRuns }) => asserted !== withRuns)).toEqual([]);
});

const count = (text: string, what: string) => text.split(what).length - 1;
