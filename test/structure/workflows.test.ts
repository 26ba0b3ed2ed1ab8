import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { parse } from "yaml";
import { workflowBreaches } from "./workflowRules";

const ROOT = resolve(__dirname, "../..");
const FOLDER = join(ROOT, ".github/workflows");
const WORKFLOWS = readdirSync(FOLDER).map((name) => [name, readFileSync(join(FOLDER, name), "utf8")] as const);

test.each(WORKFLOWS)(
    "%s parses, pins its actions by hash with their versions beside them, and gives no job more rights than it needs",
    (_name, text) => {
        expect(workflowBreaches(text)).toEqual([]);
        expect(text).toContain("uses: ");
    },
);

test.each(WORKFLOWS)("%s calls scripts that are there", (_name, text) => {
    const { scripts } = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8")) as { scripts: object };
    const called = [...text.matchAll(/\bnpm run (\S+)/g)].map(([, name = ""]) => name);
    expect(called.filter((name) => !(name in scripts))).toEqual([]);
    const files = [...text.matchAll(/(?:\bnode |run: )((?:scripts|\.ci)\/\S+)/g)].map(([, path = ""]) => path);
    expect(files.length).toBeGreaterThan(0);
    expect(files.filter((path) => !existsSync(join(ROOT, path)))).toEqual([]);
});

test("no address of a repository is made up: the release takes the one that it runs in", () => {
    const manifest = readFileSync(join(ROOT, "package.json"), "utf8");
    expect(Object.keys(parse(manifest))).not.toContain("repository");
    const release = new Map(WORKFLOWS).get("release.yml");
    expect(release).toContain(`"repository.url=git+$GITHUB_SERVER_URL/$GITHUB_REPOSITORY.git"`);
});

test("npm gets the package only after the release has the archives that its documents promise", () => {
    const { jobs } = parse(new Map(WORKFLOWS).get("release.yml") ?? "") as { jobs: Record<string, { needs: string | string[] }> };
    const before = (job: string): string[] => [jobs[job]?.needs ?? []].flat().flatMap((needed) => [needed, ...before(needed)]);
    expect(new Set(before("publish"))).toEqual(new Set(["pack", "executables", "assets"]));
});

const HASH = "0123456789abcdef0123456789abcdef01234567";
const workflow = (step: string, permissions = "contents: read") =>
    `permissions:\n  ${permissions}\njobs:\n  one:\n    steps:\n      - ${step}\n`;

test.each([
    ["a tag", workflow("uses: actions/checkout@v4"), "actions/checkout@v4 is not pinned by the hash of a commit"],
    ["a branch", workflow("uses: actions/checkout@main # v4.0.0"), "actions/checkout@main is not pinned by the hash of a commit"],
    ["a short hash", workflow("uses: a/b@0123456 # v4.0.0"), "a/b@0123456 is not pinned by the hash of a commit"],
    ["no version", workflow(`uses: a/b@${HASH}`), `a/b@${HASH} does not say its version`],
    ["half a version", workflow(`uses: a/b@${HASH} # v4`), `a/b@${HASH} does not say its version`],
    ["writing", workflow("run: x", "contents: write"), "its jobs may do more than read the repository"],
    ["all rights", "jobs: {}", "its jobs may do more than read the repository"],
    [
        "a publisher that runs code",
        `${workflow("run: npm ci")}    permissions:\n      id-token: write\n`,
        "one may publish, and runs npm ci",
    ],
])("found: %s", (_what, text, said) => {
    expect(workflowBreaches(text)).toEqual([said]);
});

test("found: what is no YAML", () => {
    expect(workflowBreaches("jobs: [")).toEqual([expect.stringContaining("Flow sequence")]);
});
