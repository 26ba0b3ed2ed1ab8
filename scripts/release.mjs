/**
 * `node scripts/release.mjs TAG`: checks that the tag, package.json and the changelog agree on the version. The release workflow runs it first.
 * Prints the changelog's section about the release.
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { REPOSITORY } from "./repository.mjs";
import { reportAndFail, SetupError } from "./setupError.mjs";

try {
    const [tag = ""] = process.argv.slice(2);
    const { version } = JSON.parse(readFileSync(join(REPOSITORY, "package.json"), "utf8"));
    const [, top = ""] = readFileSync(join(REPOSITORY, "CHANGELOG.md"), "utf8").split(/^## /m);
    const [heading = "", ...lines] = top.split("\n");
    const [, ofChangelog, date] = /^(\S+) \((\d{4}-\d{2}-\d{2})\)$/.exec(heading) ?? [];
    const problems = [
        ...(tag === `v${version}` ? [] : [`the tag is ${JSON.stringify(tag)}, and package.json has ${version}`]),
        ...(date ? [] : [`the changelog's top section has no date: ${heading}`]),
        ...(!date || ofChangelog === version
            ? []
            : [`the changelog's top section is about ${ofChangelog}, and package.json has ${version}`]),
    ];
    if (problems.length > 0) throw new SetupError(`not released: ${problems.join("; ")}`, { remedy: 'see "A release" in CONTRIBUTING.md' });
    console.log(`## ${heading}\n${lines.join("\n")}`.trimEnd());
} catch (error) {
    reportAndFail(error);
}
