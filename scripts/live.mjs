/**
 * `npm run live`: the live suite against the Windows host that the environment names (docs/live-tests.md), one test after the other, and a
 * report that can be sent back: wmisec-live-report.md, or the file that WMISEC_LIVE_REPORT names.
 */
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { REPOSITORY } from "./repository.mjs";
import { reportAndFail, SetupError } from "./setupError.mjs";

try {
    if (!process.env["WMISEC_TEST_HOST"])
        throw new SetupError("no Windows host is named: WMISEC_TEST_HOST is not set", {
            remedy: "set WMISEC_TEST_HOST, WMISEC_TEST_USER, WMISEC_TEST_KEY_FILE and WMISEC_TEST_KNOWN_HOSTS as docs/live-tests.md tells",
        });
    const report = resolve(process.env["WMISEC_LIVE_REPORT"] ?? "wmisec-live-report.md");
    const folder = mkdtempSync(join(tmpdir(), "wmisec-live-"));
    try {
        const reporter = join(REPOSITORY, "scripts", "live", "reporter.cjs");
        const { status } = spawnSync(
            process.execPath,
            [join(REPOSITORY, "scripts", "test.mjs"), "test/live", "--runInBand", "--reporters=default", `--reporters=${reporter}`],
            {
                cwd: REPOSITORY,
                stdio: "inherit",
                env: { ...process.env, WMISEC_LIVE_REPORT: report, WMISEC_LIVE_FACTS: join(folder, "facts.json") },
            },
        );
        console.log(`report: ${report}`);
        process.exitCode = status === 0 ? 0 : 1;
    } finally {
        rmSync(folder, { recursive: true, force: true });
    }
} catch (error) {
    reportAndFail(error);
}
