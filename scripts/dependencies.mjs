import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { longStep } from "./longStep.mjs";
import { withRepositoryLock } from "./repository.mjs";

/** @typedef {{ version?: string, integrity?: string, optional?: boolean, link?: boolean }} LockedPackage */

/**
 * Makes node_modules fit package-lock.json, if it does not.
 * @param {string} root the repository
 */
export async function ensureDependencies(root) {
    if (dependencyMisfit(root)) await withRepositoryLock(root, () => install(root));
}

/** @param {string} root */
async function install(root) {
    const misfit = dependencyMisfit(root);
    // Another run may have done it while this one waited for the lock.
    if (!misfit) return;
    await longStep({
        title: `installing npm packages (${misfit}): about a minute`,
        command: process.platform === "win32" ? "npm.cmd" : "npm",
        // No package of ours needs its install script (native code that is optional, or not used), and one fails without a compiler.
        args: ["ci", "--ignore-scripts", "--no-audit", "--no-fund"],
        cwd: root,
        remedy: "look at what npm said; with a route to an npm registry (npm config get registry), run the same command again",
    });
}

/**
 * @param {string} root
 * @returns {string | undefined} why node_modules is not what package-lock.json asks for, in a few words
 */
function dependencyMisfit(root) {
    // npm writes this file last, so a killed install has none.
    const installed = packagesOf(join(root, "node_modules", ".package-lock.json"));
    if (!installed) return "there is no node_modules";
    const locked = packagesOf(join(root, "package-lock.json"));
    for (const [path, wanted] of Object.entries(locked ?? {})) {
        if (path === "" || wanted.link) continue;
        const found = installed[path];
        // An optional package may be for another platform.
        if (!found && wanted.optional) continue;
        const name = path.slice(path.lastIndexOf("node_modules/") + "node_modules/".length);
        if (found?.version !== wanted.version || found?.integrity !== wanted.integrity) return `${name} is not at ${wanted.version}`;
        if (!existsSync(join(root, path, "package.json"))) return `${name} is gone`;
    }
    return undefined;
}

/**
 * @param {string} lockfile
 * @returns {Record<string, LockedPackage> | undefined}
 */
function packagesOf(lockfile) {
    return existsSync(lockfile) ? JSON.parse(readFileSync(lockfile, "utf8")).packages : undefined;
}
