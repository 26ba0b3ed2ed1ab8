/**
 * Runs Jest (two workers: jest.config.js) with this script's arguments and ends with one line that tells what came of it: `N passed, N failed, N skipped`.
 * Fails when a test failed, when none ran, when Jest crashed or did not end, and when a test left a process running.
 */
import { spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { REPOSITORY } from "./repository.mjs";
import { RUN_MARK, strayProcesses } from "./strays.mjs";
import { countingLine, summarize } from "./testSummary.mjs";

/** Jest writes its results last. If it lives on for so long afterwards, a test left something open. */
const END_MS = 20_000;
/** How long what a test started may take to notice that the test is over. */
const STRAY_MS = 5_000;

const extra = process.argv.slice(2);
const folder = mkdtempSync(join(tmpdir(), "wmisec-test-"));
const resultsFile = join(folder, "results.json");
const mark = randomUUID();
/** @type {string[]} */
const problems = [];

try {
    const end = await runJest();
    await checkStrays();
    const results = existsSync(resultsFile) ? JSON.parse(readFileSync(resultsFile, "utf8")) : undefined;
    if (!results) problems.push(`Jest ended with ${end}, without results`);
    const selected = extra.some((argument) => /^(-t|--testNamePattern)\b/.test(argument));
    const summary = results ? summarize(results, selected) : { passed: 0, failed: 0, skipped: 0, skippedLines: [] };
    if (results && summary.passed + summary.failed === 0) problems.push("no test ran");
    // Exit 1 is Jest's word for failed tests; alone it is about something else, such as a setting of its own.
    else if (problems.length === 0 && end !== "exit 0" && !(end === "exit 1" && summary.failed > 0))
        problems.push(`Jest ended with ${end}`);
    for (const line of summary.skippedLines) console.log(line);
    for (const problem of problems) console.log(`failed: ${problem}`);
    // A problem of the run itself must show in the counts, which is all that some readers read.
    const failed = summary.failed + problems.length;
    console.log(countingLine({ ...summary, failed }));
    process.exitCode = failed > 0 ? 1 : 0;
} finally {
    rmSync(folder, { recursive: true, force: true });
}

/** @returns {Promise<string>} how it ended: `exit N` or a signal's name */
async function runJest() {
    const jest = join(REPOSITORY, "node_modules", "jest", "bin", "jest.js");
    const child = spawn(process.execPath, [jest, "--json", `--outputFile=${resultsFile}`, ...extra], {
        cwd: REPOSITORY,
        env: { ...process.env, [RUN_MARK]: mark },
        stdio: ["ignore", "inherit", "inherit"],
    });
    const forward = (/** @type {NodeJS.Signals} */ signal) => child.kill(signal);
    process.on("SIGINT", forward).on("SIGTERM", forward);
    const watching = setInterval(() => {
        const written = statSync(resultsFile, { throwIfNoEntry: false })?.mtimeMs;
        if (written !== undefined && Date.now() - written > END_MS) {
            problems.push(
                `Jest did not end within ${END_MS / 1000} s of its last test: something is still open (try npx jest --detectOpenHandles)`,
            );
            clearInterval(watching);
            child.kill("SIGKILL");
        }
    }, 1_000);
    /** @type {string} */
    const end = await new Promise((resolve, reject) => {
        child.once("error", reject);
        child.once("close", (code, signal) => resolve(signal ?? `exit ${code}`));
    });
    clearInterval(watching);
    return end;
}

async function checkStrays() {
    const deadline = Date.now() + STRAY_MS;
    let strays = strayProcesses(mark);
    while (strays.length > 0 && Date.now() < deadline) {
        await sleep(200);
        strays = strayProcesses(mark);
    }
    for (const { pid, command } of strays) {
        problems.push(`a test left a process running: ${pid} ${command}`);
        process.kill(pid, "SIGKILL");
    }
}
