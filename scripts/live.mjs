/**
 * `npm run live`: runs the live suite against the Windows host that the environment names (docs/live-tests.md), one test after the other. Writes
 * a report to send back: wmisec-live-report.md, or the file that WMISEC_LIVE_REPORT names.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { REPOSITORY, runNode } from "./repository.mjs";
import { reportAndFail, SetupError } from "./setupError.mjs";

const report = resolve(process.env["WMISEC_LIVE_REPORT"] ?? "wmisec-live-report.md");
const reporter = join(REPOSITORY, "scripts", "live", "reporter.cjs");
const folder = mkdtempSync(join(tmpdir(), "wmisec-live-"));
try {
    if (!process.env["WMISEC_TEST_HOST"])
        throw new SetupError("no Windows host is named: WMISEC_TEST_HOST is not set", {
            remedy: "set WMISEC_TEST_HOST, WMISEC_TEST_USER and the others that docs/live-tests.md lists",
        });
    const args = ["test/live", "--runInBand", "--reporters=default", `--reporters=${reporter}`];
    const env = { WMISEC_LIVE_REPORT: report, WMISEC_LIVE_FACTS: join(folder, "facts.json") };
    process.exitCode = runNode("scripts/test.mjs", args, env) ? 0 : 1;
    console.log(`report: ${report}`);
} catch (error) {
    reportAndFail(error);
} finally {
    rmSync(folder, { recursive: true, force: true });
}
