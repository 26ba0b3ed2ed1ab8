/**
 * Runs Jest (jest.config.js) with this script's arguments. The last line is the result: `N passed, N failed, N skipped`.
 * Fails if a test failed, no test ran, Jest crashed or did not end, or a test left a process running.
 */
import { spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { REPOSITORY } from "./repository.mjs";
import { endStrays, RUN_MARK } from "./strays.mjs";
import { summarize } from "./testSummary.mjs";

/** Jest writes its results last. If it is still running this long afterwards, a test left something open. */
const END_MS = 20_000;

const args = process.argv.slice(2);
const folder = mkdtempSync(join(tmpdir(), "wmisec-test-"));
const resultsFile = join(folder, "results.json");
const mark = randomUUID();
/** @type {string[]} */
const problems = [];

try {
    const end = await runJest();
    for (const stray of await endStrays(mark)) problems.push(`a test left a process running: ${stray}`);
    const results = existsSync(resultsFile) ? JSON.parse(readFileSync(resultsFile, "utf8")) : undefined;
    const isSelection = args.some((argument) => /^(-t|--testNamePattern)\b/.test(argument));
    const { passed, failed, skipped, skippedLines } = summarize(results?.testResults ?? [], isSelection);
    if (!results) problems.push(`Jest ended with ${end}, without results`);
    else if (passed + failed === 0) problems.push("no test ran");
    // Jest exits with 1 if tests failed. If no test failed, exit 1 has another cause, such as a bad setting.
    else if (problems.length === 0 && end !== "exit 0" && !(end === "exit 1" && failed > 0)) problems.push(`Jest ended with ${end}`);
    for (const line of [...skippedLines, ...problems.map((problem) => `failed: ${problem}`)]) console.log(line);
    // A problem with the run itself must show in the counts, because some readers look only at them.
    console.log(`${passed} passed, ${failed + problems.length} failed, ${skipped} skipped`);
    process.exitCode = failed + problems.length > 0 ? 1 : 0;
} finally {
    rmSync(folder, { recursive: true, force: true });
}

/** @returns {Promise<string>} how Jest ended: `exit N`, or the name of a signal */
async function runJest() {
    const jest = join(REPOSITORY, "node_modules/jest/bin/jest.js");
    const env = { ...process.env, [RUN_MARK]: mark };
    const child = spawn(process.execPath, [jest, "--json", `--outputFile=${resultsFile}`, ...args], {
        cwd: REPOSITORY,
        env,
        stdio: ["ignore", "inherit", "inherit"],
    });
    const forward = (/** @type {NodeJS.Signals} */ signal) => child.kill(signal);
    process.on("SIGINT", forward).on("SIGTERM", forward);
    const watching = setInterval(() => {
        const written = statSync(resultsFile, { throwIfNoEntry: false })?.mtimeMs;
        if (written === undefined || Date.now() - written <= END_MS || !child.kill("SIGKILL")) return;
        clearInterval(watching);
        problems.push(`Jest did not end after its last test: something is still open (try npx jest --detectOpenHandles)`);
    }, 1_000);
    const [code, signal] = await once(child, "close").finally(() => clearInterval(watching));
    return signal ?? `exit ${code}`;
}
