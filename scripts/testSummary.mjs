/**
 * @typedef {{ status: string, fullName: string, title: string, ancestorTitles: string[] }} TestResult
 * @typedef {{ status: string, assertionResults: TestResult[] }} FileResult the parts of `jest --json` about a file that we read
 */

/** A skipped test gives the reason in its title or in that of a describe around it: `... [skipped: WMISEC_TEST_HOST is not set]`. */
const REASON = /\[skipped: ([^\]]+)\]/;

/**
 * Counts the results of a run. A file that failed before its tests ran (it does not compile, or one of its hooks threw) counts as one failure.
 * @param {FileResult[]} files
 * @param {boolean} isSelection whether the caller chose tests by name; the other tests are then not reported as skipped
 * @returns {{ passed: number, failed: number, skipped: number, skippedLines: string[] }} `skippedLines`: one for each group of tests, with the reason
 */
export function summarize(files, isSelection) {
    const tests = files.flatMap(({ assertionResults }) => assertionResults);
    const count = (/** @type {TestResult[]} */ of, /** @type {string} */ status) => of.filter((test) => test.status === status).length;
    const skipped = tests.filter(({ status, fullName }) => !/passed|failed/.test(status) && (!isSelection || REASON.test(fullName)));
    /** @type {Map<string, number>} */
    const groups = new Map();
    for (const group of skipped.map(groupOf)) groups.set(group, (groups.get(group) ?? 0) + 1);
    return {
        passed: count(tests, "passed"),
        failed: files.reduce((sum, file) => sum + Math.max(count(file.assertionResults, "failed"), file.status === "failed" ? 1 : 0), 0),
        skipped: skipped.length,
        skippedLines: [...groups].map(([group, size]) => `skipped: ${size === 1 ? "" : `${size} tests of `}${group}`),
    };
}

/** @param {TestResult} test @returns {string} the titles down to the one with the reason, and then the reason */
function groupOf({ ancestorTitles, title }) {
    const titles = [...ancestorTitles, title];
    const at = titles.findIndex((one) => REASON.test(one));
    if (at < 0) return `${titles.join(" > ")} (no reason given)`;
    const path = titles.slice(0, at + 1).join(" > ");
    return `${path.replace(REASON, "").trim()} (${REASON.exec(path)?.[1]})`;
}
