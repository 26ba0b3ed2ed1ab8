/**
 * @typedef {{ status: string, fullName: string, title: string, ancestorTitles: string[] }} TestResult
 * @typedef {{ name: string, status: string, message: string, assertionResults: TestResult[] }} FileResult
 * @typedef {{ testResults: FileResult[], numTotalTestSuites: number }} JestResults what `jest --json` writes, as far as we read it
 */

/** A skipped test says why in its title or in that of a describe around it: `... [skipped: WMISEC_TEST_HOST is not set]`. */
const REASON = /\[skipped: ([^\]]+)\]/;

/**
 * What a run came to. A file that failed before its tests ran (it does not compile, a hook of the file threw) counts as one failure.
 * @param {JestResults} results
 * @param {boolean} selected whether the caller asked for tests by name: what it did not ask for is not reported as skipped
 * @returns {{ passed: number, failed: number, skipped: number, skippedLines: string[] }} `skippedLines`: one a group of tests, with the reason
 */
export function summarize(results, selected) {
    const counts = { passed: 0, failed: 0, skipped: 0 };
    /** @type {Map<string, number>} */
    const groups = new Map();
    for (const file of results.testResults) {
        let failedHere = 0;
        for (const test of file.assertionResults) {
            if (test.status === "passed") counts.passed++;
            else if (test.status === "failed") failedHere++;
            else if (!selected || REASON.test(test.fullName)) {
                counts.skipped++;
                const group = groupOf(test);
                groups.set(group, (groups.get(group) ?? 0) + 1);
            }
        }
        counts.failed += file.status === "failed" ? Math.max(failedHere, 1) : failedHere;
    }
    const skippedLines = [...groups].map(([group, count]) => `skipped: ${count === 1 ? "" : `${count} tests of `}${group}`);
    return { ...counts, skippedLines };
}

/**
 * @param {TestResult} test
 * @returns {string} the titles down to the one that has the reason, and the reason
 */
function groupOf(test) {
    const titles = [...test.ancestorTitles, test.title];
    const at = titles.findIndex((title) => REASON.test(title));
    if (at < 0) return `${titles.join(" > ")} (no reason given)`;
    const path = titles
        .slice(0, at + 1)
        .join(" > ")
        .replace(REASON, "")
        .trim();
    return `${path} (${REASON.exec(titles[at] ?? "")?.[1]})`;
}

/**
 * The line that ends a test run, alone on its line.
 * @param {{ passed: number, failed: number, skipped: number }} counts
 */
export function countingLine({ passed, failed, skipped }) {
    return `${passed} passed, ${failed} failed, ${skipped} skipped`;
}
