import { execFile } from "node:child_process";
import { randomUUID } from "node:crypto";
import { chmodSync, copyFileSync, existsSync, mkdirSync, readdirSync, renameSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { cacheFolder } from "./cacheFolder.mjs";
import { findProgram, searchPath } from "./findProgram.mjs";
import { buildGoModules, goModulesFingerprint, PINNED_VERSION, REQUIRED_GO } from "./goModules.mjs";
import { withLock } from "./lock.mjs";
import { longStep } from "./longStep.mjs";
import { SetupError } from "./setupError.mjs";
import { atLeast, parseVersion, showVersion } from "./version.mjs";

/**
 * The oldest CLI that is used: the release since which a dynamic provider's `read` may return inputs, which is how drift shows property by
 * property (pulumi/pulumi #21315). The peer range of @pulumi/pulumi in package.json begins there too.
 */
const MINIMUM = /** @type {const} */ ([3, 216, 0]);
const INSTALLER_TIMEOUT_MS = 300_000;
const REMEDY = `install the Pulumi CLI ${showVersion(MINIMUM)} or newer (https://www.pulumi.com/docs/install/), or Go ${REQUIRED_GO} or newer, and run the same command again`;
/** What the engine starts for a Node program and for our resources. */
const COMPANIONS = ["pulumi-language-nodejs", "pulumi-resource-pulumi-nodejs"];
const NOT_THERE = "not there";

/** @typedef {"path" | "installer" | "go"} Route */
/** @typedef {{ bin: string, path: string, version: string, route: Route }} PulumiCli
 * `bin`: the program; `path`: the folder to put first on PATH; `version`: like `3.259.0`. Both paths absolute. */

/**
 * A Pulumi CLI that works here: the one on PATH, else one that an earlier run put into the cache folder, else the official installer's, else
 * one built from Go modules. The last two write only to the cache folder and are safe when several runs start at once.
 * `WMISEC_PULUMI_CLI=path|installer|go` allows only that one.
 * @returns {Promise<PulumiCli>}
 * @throws {SetupError} when none is to be had; says why for each
 */
export async function ensurePulumi() {
    const routes = allowedRoutes();
    /** @type {string[]} */
    const refused = [];
    /** @type {string | undefined} */
    let said;
    const attempt = async (/** @type {string} */ name, /** @type {() => Promise<PulumiCli>} */ get) => {
        try {
            return await get();
        } catch (error) {
            if (!(error instanceof SetupError)) throw error;
            refused.push(`${name}: ${error.summary}`);
            said = error.said;
            if (error.summary !== NOT_THERE)
                process.stderr.write(`not used: ${name}: ${error.summary}${error.said ? `: ${error.said}` : ""}\n`);
            return undefined;
        }
    };

    if (routes.includes("path")) {
        const found = await attempt("pulumi on PATH", onPath);
        if (found) return found;
    }
    for (const route of routes) {
        const cached = route === "path" ? undefined : await checked(cachedFolder(route), route);
        if (cached) return cached;
    }
    if (routes.includes("installer")) {
        const found = await attempt("the official installer", () => makeOnce("installer", runInstaller));
        if (found) return found;
    }
    if (routes.includes("go")) {
        const found = await attempt("Go modules", () => makeOnce("go", runGo));
        if (found) return found;
    }
    throw new SetupError("there is no Pulumi CLI, and none could be made", {
        tried: refused,
        said,
        remedy: REMEDY,
    });
}

/** @returns {Route[]} */
function allowedRoutes() {
    const forced = process.env["WMISEC_PULUMI_CLI"];
    if (!forced) return ["path", "installer", "go"];
    if (forced === "path" || forced === "installer" || forced === "go") return [forced];
    throw new SetupError(`WMISEC_PULUMI_CLI is ${JSON.stringify(forced)}`, { remedy: "set it to path, installer or go, or to nothing" });
}

/** @returns {Promise<PulumiCli>} */
async function onPath() {
    const bin = findProgram("pulumi", searchPath());
    if (!bin) throw new SetupError(NOT_THERE, { remedy: REMEDY });
    const version = await versionOf(bin);
    if (!version) throw new SetupError(`${bin} tells no version`, { remedy: REMEDY });
    if (!atLeast(version, MINIMUM)) {
        throw new SetupError(`${bin} is ${showVersion(version)}, older than ${showVersion(MINIMUM)}`, { remedy: REMEDY });
    }
    for (const companion of COMPANIONS) {
        if (!findProgram(companion, [dirname(bin), ...searchPath()])) {
            throw new SetupError(`${companion} is neither beside ${bin} nor on PATH`, { remedy: REMEDY });
        }
    }
    return { bin, path: dirname(bin), version: showVersion(version), route: "path" };
}

/**
 * Where a route's result is kept. The name tells all that decides the content, so a kept one is never out of date.
 * @param {Exclude<Route, "path">} route
 */
function cachedFolder(route) {
    const platform = `${process.platform}-${process.arch}`;
    const name = route === "go" ? `go-${PINNED_VERSION}-${goModulesFingerprint()}-${platform}` : `installer-${PINNED_VERSION}-${platform}`;
    return join(cacheFolder(), "cli", name);
}

/**
 * @param {string} folder
 * @param {Route} route
 * @returns {Promise<PulumiCli | undefined>} undefined when it is not there or does not run
 */
async function checked(folder, route) {
    const bin = findProgram("pulumi", [join(folder, "bin")]);
    const version = bin && (await versionOf(bin));
    return version ? { bin, path: dirname(bin), version: showVersion(version), route } : undefined;
}

/**
 * Makes a route's folder under a temporary name and renames it when it is complete: what is in the cache is whole.
 * @param {Exclude<Route, "path">} route
 * @param {(folder: string) => Promise<void>} make fills `folder`/bin
 * @returns {Promise<PulumiCli>}
 */
async function makeOnce(route, make) {
    const folder = cachedFolder(route);
    const partial = `${folder}.partial-`;
    mkdirSync(dirname(folder), { recursive: true });
    return await withLock(
        `${folder}.lock`,
        async () => {
            const byAnother = await checked(folder, route);
            if (byAnother) return byAnother;
            for (const name of readdirSync(dirname(folder))) {
                const path = join(dirname(folder), name);
                if (path === folder || path.startsWith(partial)) rmSync(path, { recursive: true, force: true });
            }
            const fresh = partial + randomUUID();
            mkdirSync(join(fresh, "bin"), { recursive: true });
            try {
                await make(fresh);
                addProviderScript(join(fresh, "bin"));
                if (!(await checked(fresh, route))) {
                    throw new SetupError("what was made does not run: `pulumi version` failed", { remedy: REMEDY });
                }
                renameSync(fresh, folder);
            } finally {
                rmSync(fresh, { recursive: true, force: true });
            }
            const made = await checked(folder, route);
            if (!made) throw new Error(`${folder} ran under its temporary name only`);
            return made;
        },
        (owner) => process.stderr.write(`the Pulumi CLI is being made by ${owner}: waiting for it\n`),
    );
}

/** @param {string} folder */
async function runInstaller(folder) {
    await longStep({
        title: `installing the Pulumi CLI ${PINNED_VERSION} by the official installer, once`,
        command: process.execPath,
        args: [fileURLToPath(new URL("./pulumiInstaller.mjs", import.meta.url)), folder, PINNED_VERSION],
        remedy: REMEDY,
        timeoutMs: INSTALLER_TIMEOUT_MS,
    });
}

/** @param {string} folder */
async function runGo(folder) {
    await buildGoModules(join(folder, "bin"));
}

/**
 * The script by which the engine starts dynamic providers comes with @pulumi/pulumi; the engine looks for it beside itself.
 * @param {string} bin
 */
function addProviderScript(bin) {
    const script = `pulumi-resource-pulumi-nodejs${process.platform === "win32" ? ".cmd" : ""}`;
    const target = join(bin, script);
    if (existsSync(target)) return;
    const sdk = dirname(createRequire(import.meta.url).resolve("@pulumi/pulumi/package.json"));
    copyFileSync(join(sdk, script), target);
    chmodSync(target, 0o755);
}

/**
 * @param {string} bin
 * @returns {Promise<import("./version.mjs").Version | undefined>} undefined when it does not run
 */
async function versionOf(bin) {
    const env = { ...process.env, PULUMI_SKIP_UPDATE_CHECK: "1" };
    const { stdout } = await promisify(execFile)(bin, ["version"], { env, timeout: 60_000 }).catch(() => ({ stdout: "" }));
    return parseVersion(stdout);
}
