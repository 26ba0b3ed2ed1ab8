/**
 * Runs the property tests with many more inputs than `npm test` does. They are all the test files that import test/fuzz.ts.
 *
 *     npm run fuzz [-- FACTOR [SEED]]
 *
 * FACTOR (default 50) multiplies the number of runs. The same SEED (default: random) gives the same sequence of inputs. The script ends with
 * the counts of scripts/test.mjs, and after a failure with the command that repeats the run.
 */
import { randomInt } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { REPOSITORY, runNode } from "./repository.mjs";

/** A property with so many runs may take long, but one that hangs must end. */
const TIMEOUT_MS = 3_600_000;

const [factor = "50", seed = String(randomInt(1, 1_000_000_000)), ...others] = process.argv.slice(2);
// A seed may be negative: fast-check prints such seeds.
if (!/^[1-9]\d{0,8}$/.test(factor) || !/^-?\d{1,10}$/.test(seed) || others.length > 0) {
    console.error("usage: npm run fuzz [-- FACTOR [SEED]], FACTOR a whole number from 1, SEED any");
    process.exitCode = 2;
} else {
    const files = readdirSync(join(REPOSITORY, "test"), { recursive: true, encoding: "utf8" })
        .map((name) => join("test", name))
        .filter((path) => path.endsWith(".test.ts") && /from "(\.\.\/)+fuzz"/.test(readFileSync(join(REPOSITORY, path), "utf8")));
    const repeat = `npm run fuzz -- ${factor} ${seed}`;
    console.log(`${files.length} files, ${factor} times as many runs, seed ${seed}; again: ${repeat}`);
    const args = [`--testTimeout=${TIMEOUT_MS}`, "--runTestsByPath", ...files];
    if (!runNode("scripts/test.mjs", args, { WMISEC_FUZZ_RUNS: factor, WMISEC_FUZZ_SEED: seed })) {
        console.log(`failed with seed ${seed}; again: ${repeat}`);
        process.exitCode = 1;
    }
}
