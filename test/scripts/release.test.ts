import { join } from "node:path";
import { cloneOfScripts } from "./cloneOfScripts";
import { run } from "./runModule";

const TOP = "\n- One thing.\n- And another.\n";

/** What the release workflow does first, in a repository with this changelog. */
function release(tag: string, version: string, changelog: string) {
    const root = cloneOfScripts({ "package.json": JSON.stringify({ version }), "CHANGELOG.md": changelog });
    return run([join(root, "scripts/release.mjs"), tag], {});
}

const changelog = (heading: string) => `# Changelog\n\n## ${heading}\n${TOP}\n## 0.1.0 (2026-01-31)\n\n- The first.\n`;

test("tag, package.json and changelog agree: what the changelog says of the release", async () => {
    const ended = await release("v0.2.0", "0.2.0", changelog("0.2.0 (2026-12-01)"));
    expect(ended).toEqual({ exit: 0, stdout: `## 0.2.0 (2026-12-01)\n${TOP}`, stderr: "" });
});

test.each([
    ["v0.2.1", "0.2.0", "0.2.0 (2026-12-01)", 'the tag is "v0.2.1", and package.json has 0.2.0'],
    ["0.2.0", "0.2.0", "0.2.0 (2026-12-01)", 'the tag is "0.2.0", and package.json has 0.2.0'],
    ["", "0.2.0", "0.2.0 (2026-12-01)", 'the tag is "", and package.json has 0.2.0'],
    ["v0.2.0", "0.2.0", "0.2.0 (unreleased)", "the changelog's top section has no date: 0.2.0 (unreleased)"],
    ["v0.3.0", "0.3.0", "0.2.0 (2026-12-01)", "the changelog's top section is about 0.2.0, and package.json has 0.3.0"],
])("tag %j, package.json %s, changelog %s: no release", async (tag, version, heading, problem) => {
    const ended = await release(tag, version, changelog(heading));
    expect(ended).toMatchObject({ exit: 1, stdout: "" });
    expect(ended.stderr).toContain(`not released: ${problem}\n`);
    expect(ended.stderr).toContain('do:    see "A release" in CONTRIBUTING.md');
});

test("a changelog without a section: no release", async () => {
    const ended = await release("v0.2.0", "0.2.0", "# Changelog\n");
    expect(ended.stderr).toContain("the changelog's top section has no date");
});
