import { join } from "node:path";

const SIZES: Readonly<Record<string, number>> = {
    "core/large.test.ts": 900,
    "engine/small.test.ts": 10,
    "core/small.test.ts": 20,
    "agent/pwsh.test.ts": 30,
    "agent/client.test.ts": 40,
};

test("what takes long begins first, and then the largest files, of which Jest knows no more yet", () => {
    const LongestFirst = require("./longestFirst.cjs");
    const context = { config: { cache: false }, hasteFS: { getSize: (path: string) => SIZES[path.slice(__dirname.length + 1)] } };
    const tests = Object.keys(SIZES).map((name) => ({ path: join(__dirname, name), context }));
    const sorted: readonly { path: string }[] = new LongestFirst({}).sort(tests);
    expect(sorted.map(({ path }) => path.slice(__dirname.length + 1))).toEqual(
        ["agent/pwsh", "engine/small", "core/large", "agent/client", "core/small"].map((name) => join(`${name}.test.ts`)),
    );
});
