import { join } from "node:path";
import { run, SCRIPTS } from "./runModule";

const fuzz = (...args: string[]) => run([join(SCRIPTS, "fuzz.mjs"), ...args], {});

test.each([[["0"]], [["x"]], [["5", "-x"]], [["5", "6", "7"]]])("%j is no factor and seed: the usage, and no run", async (args) => {
    const { exit, stdout, stderr } = await fuzz(...args);
    expect([exit, stdout]).toEqual([2, ""]);
    expect(stderr).toContain("usage: npm run fuzz [-- FACTOR [SEED]]");
});
