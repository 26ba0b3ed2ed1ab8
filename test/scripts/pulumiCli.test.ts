import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, symlinkSync } from "node:fs";
import { dirname, join } from "node:path";
import { onPosix } from "../posix";
import { program, runModule, SCRIPTS, systemPath, temporaryFolder } from "./runModule";

const ENSURE = `
    import { reportAndFail } from "${SCRIPTS}/setupError.mjs";
    import { ensurePulumi } from "${SCRIPTS}/pulumiCli.mjs";
    try { console.log(JSON.stringify(await ensurePulumi())); } catch (error) { reportAndFail(error); }
`;
const NO_ROUTE = `globalThis.fetch = async () => { throw new Error("no route in this test"); };`;

/** What the automation API gets for the installer's script: a script that installs a stand-in. */
const INSTALLER = [
    `while [ "$1" != --install-root ]; do shift; done`,
    `mkdir -p "$2/bin"`,
    `printf '#!/bin/sh\\\\necho v3.259.0\\\\n' > "$2/bin/pulumi"`,
    `chmod +x "$2/bin/pulumi"`,
].join("\\n");
const WITH_ROUTE = `globalThis.fetch = async () => ({ ok: true, text: async () => ${JSON.stringify(INSTALLER).replaceAll("\\\\", "\\")} });`;

/** A machine with its own PATH, home and cache folder, on which stand-ins for pulumi and go can be put. */
class Machine {
    readonly bin = temporaryFolder();
    readonly home = temporaryFolder();
    readonly cache = join(this.home, ".cache", "pulumi-wmisec");
    readonly goLog = join(this.bin, "go.log");
    private installer = NO_ROUTE;

    pulumi(version: string, companions = ["pulumi-language-nodejs", "pulumi-resource-pulumi-nodejs"]): this {
        program(join(this.bin, "pulumi"), `echo '${version}'`);
        for (const name of companions) program(join(this.bin, name), "exit 0");
        return this;
    }

    /** @param build what a build does, besides writing its line to the log; `$target` is the folder that it builds into */
    go(build: string): this {
        mkdirSync(join(this.home, "go/pkg/mod"), { recursive: true });
        program(
            join(this.bin, "go"),
            [
                `if [ "$1" = env ]; then echo "$HOME/go/pkg/mod"; exit 0; fi`,
                `echo "$(basename $(pwd)) HOME=$HOME GOMODCACHE=$GOMODCACHE $*" >> ${this.goLog}`,
                `while [ "$1" != -o ]; do shift; done; target="$2"; name=$(basename $3)`,
                build,
            ].join("\n"),
        );
        return this;
    }

    goThatBuilds(): this {
        return this.go(`sleep 0.5; printf '#!/bin/sh\\necho v3.259.0\\n' > "$target/$name"; chmod +x "$target/$name"`);
    }

    withInstaller(): this {
        this.installer = WITH_ROUTE;
        return this;
    }

    ensure(env: NodeJS.ProcessEnv = {}) {
        return runModule(ENSURE, {
            PATH: `${this.bin}:${systemPath()}`,
            HOME: this.home,
            NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(this.installer)}`,
            ...env,
        });
    }

    builds(): string[] {
        return existsSync(this.goLog) ? readFileSync(this.goLog, "utf8").trim().split("\n") : [];
    }
}

describe("the CLI on PATH", () => {
    onPosix("is used when it is complete and new enough, and nothing is written", async () => {
        const machine = new Machine().pulumi("v3.250.1").goThatBuilds();
        const ended = await machine.ensure();
        expect(JSON.parse(ended.stdout)).toEqual({
            bin: join(machine.bin, "pulumi"),
            path: machine.bin,
            version: "3.250.1",
            route: "path",
        });
        expect(ended.stderr).toBe("");
        expect(readdirSync(machine.home)).toEqual(["go"]);
    });

    onPosix.each([
        ["v3.216.0", "3.216.0"],
        ["3.216.0\n", "3.216.0"],
        ["v3.260.0-dev.0+dirty", "3.260.0"],
        ["v3.1000.0", "3.1000.0"],
        ["v4.0.0", "4.0.0"],
    ])("version %j counts as %s", async (said, version) => {
        const ended = await new Machine().pulumi(said).ensure({ WMISEC_PULUMI_CLI: "path" });
        expect(JSON.parse(ended.stdout)).toMatchObject({ version, route: "path" });
    });

    onPosix.each([
        ["v3.215.9", "is 3.215.9, older than 3.216.0"],
        ["v3.99.0", "is 3.99.0, older than 3.216.0"],
        ["v2.300.0", "is 2.300.0, older than 3.216.0"],
        ["no number here", "tells no version"],
    ])("version %j is refused: %s", async (said, reason) => {
        const ended = await new Machine().pulumi(said).ensure({ WMISEC_PULUMI_CLI: "path" });
        expect(ended.exit).toBe(1);
        expect(ended.stderr).toContain(reason);
        expect(ended.stderr).toMatch(/do: +install the Pulumi CLI 3\.216\.0 or newer/);
    });

    onPosix("is found behind folders that can't be looked into", async () => {
        const machine = new Machine().pulumi("v3.259.0");
        const loop = join(machine.home, "loop");
        symlinkSync(loop, loop);
        const ended = await machine.ensure({ PATH: `${loop}:${machine.bin}:${systemPath()}` });
        expect(JSON.parse(ended.stdout)).toMatchObject({ route: "path" });
    });

    onPosix("without the language host it is refused, and the next route is taken", async () => {
        const machine = new Machine().pulumi("v3.250.1", ["pulumi-resource-pulumi-nodejs"]).goThatBuilds();
        const ended = await machine.ensure();
        expect(ended.stderr).toContain("pulumi-language-nodejs is neither beside");
        expect(JSON.parse(ended.stdout)).toMatchObject({ route: "go" });
    });
});

describe("without a CLI on PATH", () => {
    onPosix("the installer comes before Go, and what it installed is kept", async () => {
        const machine = new Machine().withInstaller().goThatBuilds();
        const first = await machine.ensure();
        expect(JSON.parse(first.stdout)).toMatchObject({ route: "installer", version: "3.259.0" });
        expect(first.stderr).toContain("by the official installer, once");
        expect(machine.builds()).toEqual([]);

        const second = await machine.ensure();
        expect(second.stdout).toBe(first.stdout);
        expect(second.stderr).toBe("");
    });

    onPosix("no route to the installer: built from Go modules, both programs, with the provider's script beside them", async () => {
        const machine = new Machine().goThatBuilds();
        const ended = await machine.ensure();
        const cli = JSON.parse(ended.stdout);
        expect(cli).toMatchObject({ route: "go", version: "3.259.0", bin: join(cli.path, "pulumi") });
        expect(ended.stderr).toContain("not used: the official installer");
        expect(ended.stderr).toContain("building the Pulumi CLI from Go modules: about 10 minutes, once");
        expect(readdirSync(cli.path).sort()).toEqual(["pulumi", "pulumi-language-nodejs", "pulumi-resource-pulumi-nodejs"]);
        expect(statSync(join(cli.path, "pulumi-resource-pulumi-nodejs")).mode & 0o111).toBe(0o111);
        expect(machine.builds()).toEqual([
            expect.stringMatching(/^language-nodejs .* build -mod=readonly .*nodejs\/cmd\/pulumi-language-nodejs$/),
            expect.stringMatching(/^pulumi .* build -mod=readonly .*Version=v3\.259\.0 .*pkg\/v3\/cmd\/pulumi$/),
        ]);

        const again = await machine.ensure();
        expect(again.stdout).toBe(ended.stdout);
        expect(again.stderr).toBe("");
        expect(machine.builds()).toHaveLength(2);
    });

    onPosix("two runs at once build once", async () => {
        const machine = new Machine().goThatBuilds();
        const [one, two] = await Promise.all([machine.ensure({ WMISEC_PULUMI_CLI: "go" }), machine.ensure({ WMISEC_PULUMI_CLI: "go" })]);
        expect(JSON.parse(one.stdout)).toMatchObject({ route: "go" });
        expect(two.stdout).toBe(one.stdout);
        expect(machine.builds()).toHaveLength(2);
        expect([one, two].filter(({ stderr }) => stderr.includes("waiting for it"))).toHaveLength(1);
        expect(readdirSync(join(machine.cache, "cli"))).toEqual([expect.stringMatching(/^go-3\.259\.0-[0-9a-f]{12}-/)]);
    });

    onPosix("a run killed in the middle of a build stops nobody", async () => {
        const machine = new Machine().go("sleep 2; exit 1");
        const killed = machine.ensure({ WMISEC_PULUMI_CLI: "go" });
        while (machine.builds().length === 0) await new Promise((resolve) => setTimeout(resolve, 20));
        killed.kill();
        await killed;
        expect(readdirSync(join(machine.cache, "cli")).join()).toContain(".lock");

        const ended = await machine.goThatBuilds().ensure({ WMISEC_PULUMI_CLI: "go" });
        expect(JSON.parse(ended.stdout)).toMatchObject({ route: "go" });
        expect(readdirSync(join(machine.cache, "cli"))).toHaveLength(1);
    });

    onPosix("a CLI in the cache that no longer runs is made again", async () => {
        const machine = new Machine().goThatBuilds();
        const { bin } = JSON.parse((await machine.ensure()).stdout);
        program(bin, "exit 1");
        expect(JSON.parse((await machine.ensure()).stdout)).toMatchObject({ bin, version: "3.259.0" });
        expect(machine.builds()).toHaveLength(4);
    });

    onPosix("a build that fails says what go said and what to do, and leaves nothing half made", async () => {
        const machine = new Machine().go("echo 'dial tcp: no route to the proxy' >&2; exit 1");
        const ended = await machine.ensure();
        expect(ended.exit).toBe(1);
        expect(ended.stdout).toBe("");
        expect(ended.stderr).toContain("there is no Pulumi CLI, and none could be made");
        expect(ended.stderr).toContain("said:  dial tcp: no route to the proxy");
        expect(ended.stderr).toContain("tried: pulumi on PATH: not there");
        expect(ended.stderr).toContain("tried: the official installer:");
        expect(ended.stderr).toContain("tried: Go modules: building Pulumi's language host");
        expect(ended.stderr).toMatch(
            /do: +install the Pulumi CLI 3\.216\.0 or newer .*, or Go 1\.25\.\d+ or newer, and run the same command again/,
        );
        expect(readdirSync(join(machine.cache, "cli"))).toEqual([]);
    });

    onPosix("a build that makes something that does not run is refused", async () => {
        const machine = new Machine().go(`printf '#!/bin/sh\\nexit 1\\n' > "$target/$name"; chmod +x "$target/$name"`);
        const ended = await machine.ensure({ WMISEC_PULUMI_CLI: "go" });
        expect(ended.exit).toBe(1);
        expect(ended.stderr).toContain("what was made does not run");
        expect(readdirSync(join(machine.cache, "cli"))).toEqual([]);
    });

    onPosix("without Go either it says so", async () => {
        const ended = await new Machine().ensure();
        expect(ended.exit).toBe(1);
        expect(ended.stderr).toContain("tried: Go modules: there is no go on PATH");
    });
});

describe("a forced route", () => {
    onPosix("takes no other, not even one that is there", async () => {
        const machine = new Machine().pulumi("v3.250.1").withInstaller().goThatBuilds();
        expect(JSON.parse((await machine.ensure({ WMISEC_PULUMI_CLI: "go" })).stdout)).toMatchObject({ route: "go" });
        expect(JSON.parse((await machine.ensure({ WMISEC_PULUMI_CLI: "installer" })).stdout)).toMatchObject({ route: "installer" });
    });

    onPosix("of another name is refused", async () => {
        const ended = await new Machine().pulumi("v3.250.1").ensure({ WMISEC_PULUMI_CLI: "brew" });
        expect(ended.exit).toBe(1);
        expect(ended.stderr).toContain('WMISEC_PULUMI_CLI is "brew"');
    });
});

describe("folders", () => {
    onPosix.each(["", "relative/home"])("HOME=%j: the home folder of the system's user list serves, for go too", async (home) => {
        const machine = new Machine().goThatBuilds();
        const ended = await machine.ensure({ HOME: home, XDG_CACHE_HOME: join(machine.home, "cache") });
        expect(dirname(JSON.parse(ended.stdout).path)).toContain(join(machine.home, "cache", "pulumi-wmisec", "cli"));
        expect(machine.builds()[0]).toMatch(/HOME=\/\S+ /);
    });

    onPosix("who has no Go folders keeps none: they are in the cache folder while it builds", async () => {
        const machine = new Machine().go(
            `mkdir -p "$GOMODCACHE/some/module" "$GOCACHE/ab"; printf '#!/bin/sh\\necho v3.259.0\\n' > "$target/$name"; chmod +x "$target/$name"`,
        );
        const empty = temporaryFolder();
        const ended = await machine.ensure({ HOME: empty, WMISEC_PULUMI_CLI: "go" });
        expect(JSON.parse(ended.stdout)).toMatchObject({ route: "go" });
        expect(machine.builds()[0]).toContain(`GOMODCACHE=${join(empty, ".cache/pulumi-wmisec/go/mod")}`);
        expect(readdirSync(empty)).toEqual([".cache"]);
        expect(readdirSync(join(empty, ".cache/pulumi-wmisec"))).toEqual(["cli"]);
    });

    onPosix("a cache folder that can't be made is named, with what to set", async () => {
        const machine = new Machine().goThatBuilds();
        const file = program(join(machine.home, "file"), "");
        const ended = await machine.ensure({ XDG_CACHE_HOME: file });
        expect(ended.exit).toBe(1);
        expect(ended.stderr).toContain(`the cache folder ${join(file, "pulumi-wmisec")} can't be made`);
        expect(ended.stderr).toMatch(/do: +set XDG_CACHE_HOME/);
    });
});
