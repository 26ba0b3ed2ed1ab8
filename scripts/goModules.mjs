import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import spawn from "nano-spawn";
import { cacheFolder, homeFolder } from "./cacheFolder.mjs";
import { findProgram, searchPath } from "./findProgram.mjs";
import { longStep } from "./longStep.mjs";
import { SetupError } from "./setupError.mjs";

const MODULES = join(import.meta.dirname, "pulumi-cli");

/**
 * The Go programs that form a Pulumi CLI for Node programs. Each has its own go.mod and go.sum, because their requirements differ. The language
 * host is at the last tagged module version that contains it; today's engine still works with it.
 */
const PROGRAMS = [
    {
        folder: "language-nodejs",
        module: "github.com/pulumi/pulumi/sdk/v3",
        program: "nodejs/cmd/pulumi-language-nodejs",
        title: "building Pulumi's language host for Node from Go modules: 1 to 3 minutes, once",
    },
    {
        folder: "pulumi",
        module: "github.com/pulumi/pulumi/pkg/v3",
        program: "cmd/pulumi",
        title: "building the Pulumi CLI from Go modules: about 10 minutes, once",
    },
];

/** The version of the CLI that both the installer and the Go modules produce, e.g. `3.259.0`. */
export const PINNED_VERSION = required("pulumi", /^(?:require )?\s*github\.com\/pulumi\/pulumi\/pkg\/v3 v(\S+)/m);

/** The oldest Go that can build these programs, e.g. `1.25.11`. */
const REQUIRED_GO = required("pulumi", /^go (\S+)/m);
export const INSTALL_GO = `install Go ${REQUIRED_GO} or newer`;

/** Changes whenever something changes that the built programs depend on. */
export function goModulesFingerprint() {
    const hash = createHash("sha256");
    for (const { folder } of PROGRAMS) for (const file of ["go.mod", "go.sum"]) hash.update(readFileSync(join(MODULES, folder, file)));
    return hash.digest("hex").slice(0, 12);
}

/**
 * Builds `pulumi` and `pulumi-language-nodejs` into a folder.
 * @param {string} target an existing folder
 * @throws {SetupError} if there is no Go, or a build failed
 */
export async function buildGoModules(target) {
    const go = findProgram("go", searchPath());
    if (!go) throw new SetupError("there is no go on PATH", { remedy: INSTALL_GO });
    const { env, afterwards } = await goEnvironment(go);
    for (const { folder, module, program, title } of PROGRAMS) {
        const version = required(folder, new RegExp(`^(?:require )?\\s*${module} (v\\S+)`, "m"));
        // The automation API asks the CLI for its version, and only this flag sets it. The language host shows its version only with --version.
        const flags = `-ldflags=-w -s -X github.com/pulumi/pulumi/sdk/v3/go/common/version.Version=${version}`;
        await longStep({
            title,
            command: go,
            args: ["build", "-mod=readonly", "-trimpath", "-tags=osusergo,grpcnotrace", flags, "-o", target, `${module}/${program}`],
            cwd: join(MODULES, folder),
            env,
            remedy: `it needs Go ${REQUIRED_GO} or newer, a route to a Go module proxy (go env GOPROXY) and 5 GB of disk; run it again: it continues where it stopped`,
        });
    }
    afterwards();
}

/**
 * Go keeps what it downloads and compiles. If the user works with Go, its folders exist already, and we use them. If not, Go would leave them in
 * the home folder for good. Then we put them into our cache folder and remove them after a successful build.
 * @param {string} go
 */
export async function goEnvironment(go) {
    const env = { HOME: homeFolder(), CGO_ENABLED: "0", GOWORK: "off" };
    const { stdout } = await spawn(go, ["env", "GOMODCACHE"], { env }).catch((error) => {
        throw new SetupError(`${go} does not run`, { said: String(error), remedy: INSTALL_GO });
    });
    if (existsSync(stdout)) return { env, afterwards: () => {} };

    const own = join(cacheFolder(), "go");
    mkdirSync(own, { recursive: true });
    // By default Go's module cache is read-only, and a plain rm can't remove it.
    const flags = { GOFLAGS: `${process.env["GOFLAGS"] ?? ""} -modcacherw`.trim() };
    return {
        env: { ...env, GOPATH: own, GOMODCACHE: join(own, "mod"), GOCACHE: join(own, "build"), ...flags },
        afterwards: () => rmSync(own, { recursive: true, force: true }),
    };
}

/** @param {string} folder @param {RegExp} what */
function required(folder, what) {
    const found = what.exec(readFileSync(join(MODULES, folder, "go.mod"), "utf8"))?.[1];
    if (!found) throw new Error(`pulumi-cli/${folder}/go.mod has no ${what}`);
    return found;
}
