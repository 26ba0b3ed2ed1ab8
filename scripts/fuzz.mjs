/**
 * Runs the property tests many times longer than `npm test` does: all test files that import test/fuzz.ts.
 *
 *     npm run fuzz [-- FACTOR [SEED]]
 *
 * FACTOR (default 50) is how many times as many runs, SEED (default random) begins the same sequence of inputs again. Ends with the
 * counts of scripts/test.mjs, and on failure with the command that repeats the run.
 */
import { spawnSync } from "node:child_process";
import { randomInt } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { REPOSITORY } from "./repository.mjs";

/** A property that is tried so often may take long; one that hangs is ended all the same. */
const TIMEOUT_MS = 3_600_000;
const WHOLE = /^[1-9]\d{0,8}$/;
/** What fast-check prints, too. */
const SEED = /^-?\d{1,10}$/;

const [factor = "50", seed = String(randomInt(1, 1_000_000_000)), ...others] = process.argv.slice(2);
if (!WHOLE.test(factor) || !SEED.test(seed) || others.length > 0) {
    console.error("usage: npm run fuzz [-- FACTOR [SEED]], FACTOR a whole number from 1, SEED any");
    process.exitCode = 2;
} else {
    const files = filesWithProperties();
    const repeat = `npm run fuzz -- ${factor} ${seed}`;
    console.log(`${files.length} files, ${factor} times as many runs, seed ${seed}; again: ${repeat}`);
    const { status } = spawnSync(
        process.execPath,
        [join(REPOSITORY, "scripts", "test.mjs"), `--testTimeout=${TIMEOUT_MS}`, "--runTestsByPath", ...files],
        { cwd: REPOSITORY, stdio: "inherit", env: { ...process.env, WMISEC_FUZZ_RUNS: factor, WMISEC_FUZZ_SEED: seed } },
    );
    if (status !== 0) console.log(`failed with seed ${seed}; again: ${repeat}`);
    process.exitCode = status === 0 ? 0 : 1;
}

/** @returns {string[]} relative to the repository */
function filesWithProperties() {
    return readdirSync(join(REPOSITORY, "test"), { recursive: true, encoding: "utf8" })
        .map((name) => join("test", name))
        .filter((path) => path.endsWith(".test.ts"))
        .filter((path) => /from "(\.\.\/)+fuzz"/.test(readFileSync(join(REPOSITORY, path), "utf8")))
        .sort();
}
