import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { cacheFolder, homeFolder } from "./cacheFolder.mjs";
import { findProgram, searchPath } from "./findProgram.mjs";
import { longStep } from "./longStep.mjs";
import { SetupError } from "./setupError.mjs";

const MODULES = fileURLToPath(new URL("./pulumi-cli/", import.meta.url));

/**
 * The Go programs that make a Pulumi CLI for Node programs, each pinned by a go.mod and go.sum of ours: their requirements differ.
 * The language host is the last tagged module version that has it; today's engine speaks to it.
 */
const PROGRAMS = /** @type {const} */ ([
    {
        folder: "language-nodejs",
        module: "github.com/pulumi/pulumi/sdk/v3",
        package: "github.com/pulumi/pulumi/sdk/v3/nodejs/cmd/pulumi-language-nodejs",
        title: "building Pulumi's language host for Node from Go modules: 1 to 3 minutes, once",
    },
    {
        folder: "pulumi",
        module: "github.com/pulumi/pulumi/pkg/v3",
        package: "github.com/pulumi/pulumi/pkg/v3/cmd/pulumi",
        title: "building the Pulumi CLI from Go modules: about 10 minutes, once",
    },
]);

/** The version of the CLI that both the installer and the Go modules give, e.g. `3.259.0`: what pulumi-cli/pulumi/go.mod requires. */
export const PINNED_VERSION = requiredVersion("pulumi", "github.com/pulumi/pulumi/pkg/v3");

/** The oldest Go that builds them, e.g. `1.25.11`. */
export const REQUIRED_GO = /^go (\S+)/m.exec(goMod("pulumi"))?.[1] ?? "";

/** Changes when anything that decides the built programs changes. */
export function goModulesFingerprint() {
    const hash = createHash("sha256");
    for (const { folder } of PROGRAMS) {
        for (const file of ["go.mod", "go.sum"]) hash.update(readFileSync(join(MODULES, folder, file)));
    }
    return hash.digest("hex").slice(0, 12);
}

/**
 * Builds `pulumi` and `pulumi-language-nodejs` into a folder.
 * @param {string} target exists
 * @throws {SetupError} no Go, or a build failed
 */
export async function buildGoModules(target) {
    const go = findProgram("go", searchPath());
    if (!go) {
        throw new SetupError("there is no go on PATH", { remedy: `install Go ${REQUIRED_GO} or newer` });
    }
    const { env, afterwards } = await goEnvironment(go);
    for (const program of PROGRAMS) {
        const version = `v${program.folder === "pulumi" ? PINNED_VERSION : requiredVersion(program.folder, program.module)}`;
        await longStep({
            title: program.title,
            command: go,
            // The automation API asks the CLI for its version, which only this flag sets; the language host's own is shown by nothing but --version.
            args: [
                "build",
                "-mod=readonly",
                "-trimpath",
                "-tags=osusergo,grpcnotrace",
                `-ldflags=-w -s -X github.com/pulumi/pulumi/sdk/v3/go/common/version.Version=${version}`,
                "-o",
                target,
                program.package,
            ],
            cwd: join(MODULES, program.folder),
            env,
            remedy: `it needs Go ${REQUIRED_GO} or newer, a route to a Go module proxy (go env GOPROXY) and 5 GB of disk; run again: it goes on where it stopped`,
        });
    }
    afterwards();
}

/**
 * Go keeps what it downloads and compiles. Somebody who works with Go has folders for that, and they are used. For anybody else they would
 * stay behind in the home folder for good: then they are in our cache folder, and go after a successful build.
 * @param {string} go
 */
async function goEnvironment(go) {
    const home = homeFolder();
    /** @type {NodeJS.ProcessEnv} */
    const env = { ...process.env, HOME: home, CGO_ENABLED: "0", GOWORK: "off" };
    const { stdout } = await promisify(execFile)(go, ["env", "GOMODCACHE"], { env }).catch((error) => {
        throw new SetupError(`${go} does not run`, { said: String(error), remedy: `install Go ${REQUIRED_GO} or newer` });
    });
    if (existsSync(stdout.trim())) return { env, afterwards: () => {} };

    const own = join(cacheFolder(), "go");
    mkdirSync(own, { recursive: true });
    return {
        env: {
            ...env,
            GOPATH: own,
            GOMODCACHE: join(own, "mod"),
            GOCACHE: join(own, "build"),
            // Go makes its module cache read-only, which can't be removed by a plain rm.
            GOFLAGS: `${process.env["GOFLAGS"] ?? ""} -modcacherw`.trim(),
        },
        afterwards: () => rmSync(own, { recursive: true, force: true }),
    };
}

/**
 * @param {string} folder
 * @param {string} module
 */
function requiredVersion(folder, module) {
    const version = new RegExp(`^(?:require )?\\s*${module} v(\\S+)`, "m").exec(goMod(folder))?.[1];
    if (!version) throw new Error(`pulumi-cli/${folder}/go.mod requires no ${module}`);
    return version;
}

/** @param {string} folder */
function goMod(folder) {
    return readFileSync(join(MODULES, folder, "go.mod"), "utf8");
}
