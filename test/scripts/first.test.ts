import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { onPosix } from "../posix";
import { program, run, SCRIPTS, systemPath, temporaryFolder } from "./runModule";

const LOCKED = {
    "": { name: "repository" },
    "node_modules/one": { version: "1.0.0", integrity: "sha512-one" },
    "node_modules/one/node_modules/two": { version: "2.0.0", integrity: "sha512-two" },
    "node_modules/only-on-another-platform": { version: "3.0.0", integrity: "sha512-three", optional: true },
};

/** What npm does to the packages above. */
const INSTALLS = `sleep 0.5; rm -rf node_modules; cp -R "$(dirname "$0")/installed" node_modules`;

/** A repository with a lock file, and an `npm` that only writes down how it was called. */
class Repository {
    readonly root = temporaryFolder();
    private readonly bin = temporaryFolder();
    private readonly log = join(this.bin, "npm.log");

    constructor(npm = "exit 0") {
        program(join(this.bin, "npm"), `echo "$*" >> ${this.log}\n${npm}`);
        cpSync(join(SCRIPTS, "first.mjs"), join(this.root, "scripts/first.mjs"));
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

    /** What its npm installs. */
    installs(): this {
        cpSync(join(new Repository().installed().root, "node_modules"), join(this.bin, "installed"), { recursive: true });
        return this;
    }

    /** A lock as another run left it. */
    lockedFor(seconds: number): this {
        const lock = join(this.root, ".setup.lock");
        mkdirSync(lock);
        const then = new Date(Date.now() - seconds * 1000);
        utimesSync(lock, then, then);
        return this;
    }

    first(path = `${this.bin}:${systemPath()}`, ...nodeArgs: string[]) {
        return run([...nodeArgs, join(this.root, "scripts/first.mjs")], { PATH: path, HOME: this.bin });
    }

    npmCalls(): string[] {
        return existsSync(this.log) ? readFileSync(this.log, "utf8").trim().split("\n") : [];
    }
}

test("needs nothing but Node, and has at most 60 lines", () => {
    const text = readFileSync(join(SCRIPTS, "first.mjs"), "utf8");
    const imported = [...text.matchAll(/(?:from|import\()\s*"([^"]+)"/g)].map(([, name]) => name);
    expect(imported.length).toBeGreaterThan(0);
    expect(imported.filter((name) => !name?.startsWith("node:"))).toEqual([]);
    expect(text.trimEnd().split("\n").length).toBeLessThanOrEqual(60);
});

onPosix.each([
    ["18.20.4", 1],
    ["20.9.0", 1],
    ["20.17.0", 1],
    ["20.18.0", 0],
    ["22.1.0", 0],
    ["100.0.0", 0],
])("Node %s: exit %d", async (version, exit) => {
    const pretends = `Object.defineProperty(process, "versions", { value: { ...process.versions, node: ${JSON.stringify(version)} } })`;
    const ended = await new Repository().installed().first(systemPath(), `--import=data:text/javascript,${encodeURIComponent(pretends)}`);
    expect(ended).toMatchObject({ exit, stderr: exit === 0 ? "" : expect.stringContaining("use Node 20.18 or newer") });
});

onPosix("a node_modules that fits is left alone, quietly", async () => {
    const repository = new Repository().installed();
    expect(await repository.first()).toEqual({ exit: 0, stdout: "", stderr: "" });
    expect(repository.npmCalls()).toEqual([]);
});

onPosix.each<[string, (repository: Repository) => void]>([
    ["there is no node_modules", ({ root }) => rmSync(join(root, "node_modules"), { recursive: true })],
    ["there is no node_modules", ({ root }) => rmSync(join(root, "node_modules/.package-lock.json"))],
    [
        "node_modules/one/node_modules/two is gone",
        ({ root }) => rmSync(join(root, "node_modules/one/node_modules/two"), { recursive: true }),
    ],
    [
        "node_modules/one is not at 1.0.1",
        (it) => it.write("package-lock.json", { packages: { ...LOCKED, "node_modules/one": { version: "1.0.1" } } }),
    ],
    [
        "node_modules/new is not at 1.0.0",
        (it) => it.write("package-lock.json", { packages: { ...LOCKED, "node_modules/new": { version: "1.0.0" } } }),
    ],
    [
        "node_modules/one is not at 1.0.0",
        (it) =>
            it.write("package-lock.json", { packages: { ...LOCKED, "node_modules/one": { version: "1.0.0", integrity: "sha512-other" } } }),
    ],
])("installs and says why: %s", async (why, spoil) => {
    const repository = new Repository().installed();
    spoil(repository);
    const ended = await repository.first();
    expect(ended.exit).toBe(0);
    expect(ended.stderr).toContain(`installing npm packages (${why})`);
    expect(repository.npmCalls()).toEqual(["ci --ignore-scripts"]);
    expect(readdirSync(repository.root)).not.toContain(".setup.lock");
});

onPosix("two runs at once install once", async () => {
    const repository = new Repository(INSTALLS).installs();
    const ends = await Promise.all([repository.first(), repository.first()]);
    expect(ends.map(({ exit }) => exit)).toEqual([0, 0]);
    expect(repository.npmCalls()).toHaveLength(1);
    expect(ends.filter(({ stderr }) => stderr === `another run sets up ${repository.root}: waiting for it\n`)).toHaveLength(1);
});

onPosix("what a killed run left behind stops nobody", async () => {
    const repository = new Repository(INSTALLS).installs().lockedFor(3_600);
    expect((await repository.first()).exit).toBe(0);
    expect(repository.npmCalls()).toHaveLength(1);
});

onPosix("who holds the lock is waited for", async () => {
    const repository = new Repository(INSTALLS).installs().lockedFor(0);
    const waiting = repository.first();
    // It may look again before the lock is gone: it waits all the same.
    await new Promise((resolve) => setTimeout(resolve, 1_500));
    expect(repository.npmCalls()).toEqual([]);
    rmSync(join(repository.root, ".setup.lock"), { recursive: true });
    expect((await waiting).exit).toBe(0);
    expect(repository.npmCalls()).toHaveLength(1);
});

onPosix("an install that fails shows what npm said and says what to do", async () => {
    const repository = new Repository("echo 'npm error code ENOTFOUND' >&2; exit 1");
    const ended = await repository.first();
    expect(ended).toMatchObject({ exit: 1, stdout: "" });
    expect(ended.stderr).toContain("npm error code ENOTFOUND");
    expect(ended.stderr).toContain(`npm ci in ${repository.root} ended with 1`);
    expect(ended.stderr).toMatch(/do: +see what npm said/);
    expect(readdirSync(repository.root)).not.toContain(".setup.lock");
});

onPosix("a machine without npm is told so", async () => {
    const ended = await new Repository().first(temporaryFolder());
    expect(ended.exit).toBe(1);
    expect(ended.stderr).toContain("ended with spawn npm ENOENT");
});

onPosix("ending the first step ends npm", async () => {
    const repository = new Repository(`echo $$ > pid; exec sleep 60`);
    const running = repository.first();
    const pidFile = join(repository.root, "pid");
    while (!existsSync(pidFile) || readFileSync(pidFile, "utf8") === "") await new Promise((resolve) => setTimeout(resolve, 20));
    running.kill("SIGTERM");
    expect((await running).exit).toBe(143);
    const pid = Number(readFileSync(pidFile, "utf8"));
    while (existsSync(`/proc/${pid}/cmdline`) && readFileSync(`/proc/${pid}/cmdline`, "utf8") !== "")
        await new Promise((resolve) => setTimeout(resolve, 20));
});
