import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { onPosix } from "../posix";
import { program, runModule, SCRIPTS, systemPath, temporaryFolder } from "./runModule";

const LOCKED = {
    "": { name: "repository" },
    "node_modules/one": { version: "1.0.0", integrity: "sha512-one" },
    "node_modules/one/node_modules/two": { version: "2.0.0", integrity: "sha512-two" },
    "node_modules/only-on-another-platform": { version: "3.0.0", integrity: "sha512-three", optional: true },
};

/** A repository with a lock file, and an `npm` that only writes down how it was called. */
class Repository {
    readonly root = temporaryFolder();
    private readonly bin = temporaryFolder();
    private readonly log = join(this.bin, "npm.log");

    constructor(npm = "exit 0") {
        program(join(this.bin, "npm"), `echo "$*" >> ${this.log}\n${npm}`);
        this.write("package-lock.json", { packages: LOCKED });
    }

    write(path: string, content: object): this {
        mkdirSync(dirname(join(this.root, path)), { recursive: true });
        writeFileSync(join(this.root, path), JSON.stringify(content));
        return this;
    }

    /** node_modules as npm leaves it. */
    installed(): this {
        const { "": _root, "node_modules/only-on-another-platform": _optional, ...packages } = LOCKED;
        for (const path of Object.keys(packages)) this.write(join(path, "package.json"), {});
        return this.write("node_modules/.package-lock.json", { packages });
    }

    ensure() {
        return runModule(
            `
            import { reportAndFail } from "${SCRIPTS}/setupError.mjs";
            import { ensureDependencies } from "${SCRIPTS}/dependencies.mjs";
            await ensureDependencies("${this.root}").catch(reportAndFail);
            `,
            { PATH: `${this.bin}:${systemPath()}`, HOME: this.bin },
        );
    }

    npmCalls(): string[] {
        return existsSync(this.log) ? readFileSync(this.log, "utf8").trim().split("\n") : [];
    }
}

onPosix("a node_modules that fits is left alone, quietly", async () => {
    const repository = new Repository().installed();
    expect(await repository.ensure()).toEqual({ exit: 0, stdout: "", stderr: "" });
    expect(repository.npmCalls()).toEqual([]);
});

onPosix.each<[string, (repository: Repository) => void]>([
    ["there is no node_modules", ({ root }) => rmSync(join(root, "node_modules"), { recursive: true })],
    ["there is no node_modules", ({ root }) => rmSync(join(root, "node_modules/.package-lock.json"))],
    ["two is gone", ({ root }) => rmSync(join(root, "node_modules/one/node_modules/two"), { recursive: true })],
    ["one is not at 1.0.1", (it) => it.write("package-lock.json", { packages: { ...LOCKED, "node_modules/one": { version: "1.0.1" } } })],
    ["new is not at 1.0.0", (it) => it.write("package-lock.json", { packages: { ...LOCKED, "node_modules/new": { version: "1.0.0" } } })],
    [
        "one is not at 1.0.0",
        (it) =>
            it.write("package-lock.json", { packages: { ...LOCKED, "node_modules/one": { version: "1.0.0", integrity: "sha512-other" } } }),
    ],
])("installs and says why: %s", async (why, spoil) => {
    const repository = new Repository().installed();
    spoil(repository);
    const ended = await repository.ensure();
    expect(ended.exit).toBe(0);
    expect(ended.stderr).toContain(`installing npm packages (${why})`);
    expect(repository.npmCalls()).toEqual(["ci --ignore-scripts --no-audit --no-fund"]);
});

onPosix("two runs at once install once", async () => {
    const repository =
        new Repository(`sleep 0.5; mkdir -p node_modules/one/node_modules/two; cp "$(dirname "$0")/installed.json" node_modules/.package-lock.json
        echo {} > node_modules/one/package.json; echo {} > node_modules/one/node_modules/two/package.json`);
    const fitting = new Repository().installed();
    const installed = readFileSync(join(fitting.root, "node_modules/.package-lock.json"), "utf8");
    program(join(repository["bin"], "installed.json"), "");
    writeFileSync(join(repository["bin"], "installed.json"), installed);
    const ends = await Promise.all([repository.ensure(), repository.ensure()]);
    expect(ends.map(({ exit }) => exit)).toEqual([0, 0]);
    expect(repository.npmCalls()).toHaveLength(1);
});

onPosix("an install that fails says what npm said and what to do", async () => {
    const repository = new Repository("echo 'npm error code ENOTFOUND' >&2; exit 1");
    const ended = await repository.ensure();
    expect(ended.exit).toBe(1);
    expect(ended.stderr).toContain("said:  npm error code ENOTFOUND");
    expect(ended.stderr).toMatch(/tried: npm ci .* \(in /);
    expect(ended.stderr).toMatch(/do: +look at what npm said/);
});
