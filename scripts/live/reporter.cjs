/**
 * The live suite's Jest reporter. It writes a report that a stranger can send back. It replaces the names of the host, the account and files, so
 * that the report is about Windows, not about somebody's network.
 */
const { existsSync, readFileSync, writeFileSync } = require("node:fs");
const { homedir, release, type } = require("node:os");
const { version } = require("../../package.json");

/** What replaces the value of each variable in the report. */
const NAMES = {
    WMISEC_TEST_HOST: "<host>",
    WMISEC_TEST_USER: "<user>",
    WMISEC_TEST_KEY_FILE: "<key file>",
    WMISEC_TEST_KNOWN_HOSTS: "<known_hosts>",
    WMISEC_TEST_PASSWORD: "<password>",
    WMISEC_TEST_CERTIFICATE: "<certificate>",
};

/** Shorter values would also match inside other words. */
const SHORTEST = 3;

module.exports = class LiveReporter {
    /** @param {unknown} _contexts @param {import("@jest/reporters").AggregatedResult} results */
    onRunComplete(_contexts, results) {
        const file = process.env["WMISEC_LIVE_REPORT"];
        if (file !== undefined) writeFileSync(file, withoutNames(reportOf(results)));
    }
};

/** @param {import("@jest/reporters").AggregatedResult} results */
function reportOf(results) {
    const tests = results.testResults.flatMap(({ testResults }) => testResults);
    const failed = tests.filter(({ status }) => status === "failed");
    const broken = results.testResults.filter(({ testExecError }) => testExecError !== undefined && testExecError !== null);
    const section = (/** @type {string} */ title, /** @type {string[]} */ lines) => [`## ${title}`, "", ...lines, ""];
    return [
        "# pulumi-wmisec live suite",
        "",
        `${results.numPassedTests} passed, ${results.numFailedTests} failed, ${results.numPendingTests} skipped`,
        "",
        ...section(
            "Host",
            Object.entries(facts()).map(([name, value]) => `- ${name}: ${value}`),
        ),
        ...section("Controller", [
            `- pulumi-wmisec ${version}`,
            `- over ${process.env["WMISEC_TEST_TRANSPORT"] || "ssh"}`,
            `- Node ${process.version}`,
            `- ${type()} ${release()}`,
        ]),
        ...section("Failed", [
            ...broken.map(({ failureMessage }) => block("a file that could not be run", failureMessage ?? "")),
            ...failed.map(({ fullName, failureMessages }) => block(fullName, failureMessages.join("\n"))),
            ...(failed.length + broken.length === 0 ? ["none"] : []),
        ]),
        ...section(
            "Passed",
            tests.filter(({ status }) => status === "passed").map(({ fullName, duration }) => `- ${fullName} (${duration ?? 0} ms)`),
        ),
        ...section(
            "Skipped",
            tests.filter(({ status }) => status === "pending").map(({ fullName }) => `- ${fullName}`),
        ),
    ].join("\n");
}

/** Reads what test/live/facts.test.ts found. @returns {Record<string, unknown>} */
function facts() {
    const file = process.env["WMISEC_LIVE_FACTS"];
    return file !== undefined && existsSync(file) ? JSON.parse(readFileSync(file, "utf8")) : { "not known": "the handshake failed" };
}

/** @param {string} title @param {string} text */
function block(title, text) {
    // biome-ignore lint/suspicious/noControlCharactersInRegex: Jest's messages contain colours
    const plain = text.replace(/\u001b\[[0-9;]*m/g, "");
    return `### ${title}\n\n\`\`\`text\n${plain}\n\`\`\`\n`;
}

/** @param {string} text */
function withoutNames(text) {
    const known = Object.entries(NAMES).map(([variable, by]) => [process.env[variable] ?? "", by]);
    return [...known, [homedir(), "~"]]
        .filter(([value = ""]) => value.length >= SHORTEST)
        .sort(([a = ""], [b = ""]) => b.length - a.length)
        .reduce((rest, [value = "", by = ""]) => rest.replaceAll(value, by), text);
}
