import { randomUUID } from "node:crypto";
import { chmodSync, copyFileSync, existsSync, mkdirSync, readdirSync, renameSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import spawn from "nano-spawn";
import semver from "semver";
import { cacheFolder } from "./cacheFolder.mjs";
import { findProgram, searchPath } from "./findProgram.mjs";
import { buildGoModules, goModulesFingerprint, INSTALL_GO, PINNED_VERSION } from "./goModules.mjs";
import { withLock } from "./lock.mjs";
import { longStep } from "./longStep.mjs";
import { SetupError } from "./setupError.mjs";

/**
 * The oldest CLI that we use. Since this release, a dynamic provider's `read` may return inputs, so that drift shows property by property
 * (pulumi/pulumi #21315). The peer range of @pulumi/pulumi in package.json begins with the same version.
 */
const MINIMUM = "3.216.0";
const REMEDY = `install the Pulumi CLI ${MINIMUM} or newer (https://www.pulumi.com/docs/install/), or ${INSTALL_GO.replace("install ", "")}, and run the same command again`;
/** The programs that the engine starts for a Node program and for our resources. */
const COMPANIONS = ["pulumi-language-nodejs", "pulumi-resource-pulumi-nodejs"];
const NOT_THERE = "not there";
/** If the cache folder can't be made, the next way in the list would fail as well, so this way's errors end the search. */
const KEPT = "what an earlier run made";

/** @typedef {"path" | "installer" | "go"} Route */
/** @typedef {{ bin: string, path: string, version: string, route: Route }} PulumiCli
 * `bin`: the program; `path`: the folder to put first on PATH; `version`: like `3.259.0`. Both paths absolute. */

/**
 * Finds a Pulumi CLI that works here, in this order: the one on PATH, one that an earlier run put into the cache folder, the official installer's,
 * one built from Go modules. The last two write only to the cache folder, and are safe if several runs start at once.
 * `WMISEC_PULUMI_CLI=path|installer|go` allows only that way.
 * @returns {Promise<PulumiCli>}
 * @throws {SetupError} if there is none; gives the reason for each way
 */
export async function ensurePulumi() {
    const forced = process.env["WMISEC_PULUMI_CLI"] || undefined;
    /** @type {[Route, name: string, get: () => Promise<PulumiCli | undefined>][]} */
    const ways = [
        ["path", "pulumi on PATH", onPath],
        ["installer", KEPT, () => usable("installer")],
        ["go", KEPT, () => usable("go")],
        ["installer", "the official installer", () => makeOnce("installer", (folder) => longStep(installer(folder)))],
        ["go", "Go modules", () => makeOnce("go", (folder) => buildGoModules(join(folder, "bin")))],
    ];
    const allowed = ways.filter(([route]) => !forced || route === forced);
    if (allowed.length === 0)
        throw new SetupError(`WMISEC_PULUMI_CLI is ${JSON.stringify(forced)}`, {
            remedy: "set it to path, installer or go, or to nothing",
        });
    const tried = [];
    let said = "";
    for (const [, name, get] of allowed) {
        try {
            const found = await get();
            if (found) return found;
        } catch (error) {
            if (!(error instanceof SetupError) || name === KEPT) throw error;
            tried.push(`${name}: ${error.summary}`);
            said = error.said;
            if (error.summary !== NOT_THERE) process.stderr.write(`not used: ${name}: ${error.summary}${said ? `: ${said}` : ""}\n`);
        }
    }
    throw new SetupError("there is no Pulumi CLI, and none could be made", { tried, said, remedy: REMEDY });
}

/** @param {string} folder */
const installer = (folder) => ({
    title: `installing the Pulumi CLI ${PINNED_VERSION} by the official installer, once`,
    command: process.execPath,
    args: [join(import.meta.dirname, "pulumiInstaller.mjs"), folder, PINNED_VERSION],
    remedy: REMEDY,
    timeoutMs: 300_000,
});

/** @returns {Promise<PulumiCli>} */
async function onPath() {
    const refuse = (why = "") => new SetupError(why, { remedy: REMEDY });
    const bin = findProgram("pulumi", searchPath());
    if (!bin) throw refuse(NOT_THERE);
    const path = dirname(bin);
    const version = await versionOf(bin);
    if (!version) throw refuse(`${bin} tells no version`);
    if (semver.lt(version, MINIMUM)) throw refuse(`${bin} is ${version}, older than ${MINIMUM}`);
    const missing = COMPANIONS.find((companion) => !findProgram(companion, [path, ...searchPath()]));
    if (missing) throw refuse(`${missing} is neither beside ${bin} nor on PATH`);
    return { bin, path, version, route: "path" };
}

/**
 * Where a route's result is kept. The folder's name contains everything that the content depends on, so the content is never out of date.
 * @param {Exclude<Route, "path">} route
 */
function keptIn(route) {
    const made = route === "go" ? `${PINNED_VERSION}-${goModulesFingerprint()}` : PINNED_VERSION;
    return join(cacheFolder(), "cli", `${route}-${made}-${process.platform}-${process.arch}`);
}

/**
 * @param {Exclude<Route, "path">} route
 * @returns {Promise<PulumiCli | undefined>} undefined if it is missing or does not run
 */
async function usable(route, folder = keptIn(route)) {
    const path = join(folder, "bin");
    const bin = findProgram("pulumi", [path]);
    const version = bin && (await versionOf(bin));
    return version ? { bin, path, version, route } : undefined;
}

/**
 * Makes a route's folder under a temporary name and renames it when it is complete. So a folder in the cache is always complete.
 * @param {Exclude<Route, "path">} route
 * @param {(folder: string) => Promise<void>} make fills `folder`/bin
 */
function makeOnce(route, make) {
    const folder = keptIn(route);
    mkdirSync(dirname(folder), { recursive: true });
    return withLock(`${folder}.make`, "the Pulumi CLI is being made", async () => {
        const byAnother = await usable(route);
        if (byAnother) return byAnother;
        // Remove a CLI that does not run, and what killed runs left.
        for (const name of readdirSync(dirname(folder))) {
            const path = join(dirname(folder), name);
            if (path === folder || path.startsWith(`${folder}.partial-`)) rmSync(path, { recursive: true, force: true });
        }
        const fresh = `${folder}.partial-${randomUUID()}`;
        mkdirSync(join(fresh, "bin"), { recursive: true });
        try {
            await make(fresh);
            addProviderScript(join(fresh, "bin"));
            if (!(await usable(route, fresh)))
                throw new SetupError("what was made does not run: `pulumi version` failed", { remedy: REMEDY });
            renameSync(fresh, folder);
        } finally {
            rmSync(fresh, { recursive: true, force: true });
        }
        const made = await usable(route);
        if (!made) throw new Error(`${folder} ran under its temporary name only`);
        return made;
    });
}

/**
 * Copies the script with which the engine starts dynamic providers. It comes with @pulumi/pulumi, but the engine looks for it in its own folder.
 * @param {string} bin
 */
function addProviderScript(bin) {
    const script = `pulumi-resource-pulumi-nodejs${process.platform === "win32" ? ".cmd" : ""}`;
    const target = join(bin, script);
    if (existsSync(target)) return;
    copyFileSync(join(dirname(createRequire(import.meta.url).resolve("@pulumi/pulumi/package.json")), script), target);
    chmodSync(target, 0o755);
}

/**
 * @param {string} bin
 * @returns {Promise<string | undefined>} without what follows the third number: a prerelease build counts as the release
 */
async function versionOf(bin) {
    const options = { env: { PULUMI_SKIP_UPDATE_CHECK: "1" }, timeout: 60_000 };
    const { stdout } = await spawn(bin, ["version"], options).catch(() => ({ stdout: "" }));
    return semver.coerce(stdout)?.version;
}
