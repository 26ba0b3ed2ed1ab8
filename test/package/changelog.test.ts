import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import semver from "semver";

const root = (file: string) => readFileSync(resolve(__dirname, "../..", file), "utf8");
const { version } = JSON.parse(root("package.json")) as { version: string };

/** What is wrong with the sections of a changelog whose package has this version. */
function changelogBreaches(text: string, current: string): string[] {
    const headings = [...text.matchAll(/^## (.*)$/gm)].map(([, heading = ""]) => heading);
    const sections = headings.map((heading) => /^(\d+\.\d+\.\d+) \((unreleased|\d{4}-\d{2}-\d{2})\)$/.exec(heading));
    const odd = headings.filter((_, index) => sections[index] === null);
    if (odd.length > 0) return odd.map((heading) => `not "VERSION (unreleased)" or "VERSION (DATE)": ${heading}`);
    const versions = sections.map((section) => section?.[1] ?? "");
    return [
        ...(versions[0] === current ? [] : [`the top section is about ${versions[0]}, package.json has ${current}`]),
        ...sections.slice(1).flatMap((section) => (section?.[2] === "unreleased" ? [`${section[1]} is not on top, and unreleased`] : [])),
        ...versions.slice(1).flatMap((one, index) => (semver.lt(one, versions[index] ?? "") ? [] : [`${one} is below ${versions[index]}`])),
    ];
}

test("the changelog's sections are one a version, newest first, and the top one is about the version of package.json", () => {
    expect(changelogBreaches(root("CHANGELOG.md"), version)).toEqual([]);
});

test.each([
    ["## 0.2.0 (unreleased)\n\n## 0.1.0 (2026-01-31)\n", []],
    ["## 0.2.0 (2026-02-01)\n\n## 0.1.0 (2026-01-31)\n", []],
    ["## 0.3.0 (unreleased)\n\n## 0.2.0 (2026-01-31)\n", ["the top section is about 0.3.0, package.json has 0.2.0"]],
    ["", ["the top section is about undefined, package.json has 0.2.0"]],
    ["## 0.2.0 (unreleased)\n\n## 0.1.0 (unreleased)\n", ["0.1.0 is not on top, and unreleased"]],
    ["## 0.2.0 (unreleased)\n\n## 0.10.0 (2026-01-31)\n", ["0.10.0 is below 0.2.0"]],
    ["## Next\n", [`not "VERSION (unreleased)" or "VERSION (DATE)": Next`]],
])("of %j: %j", (text, breaches) => {
    expect(changelogBreaches(text, "0.2.0")).toEqual(breaches);
});
