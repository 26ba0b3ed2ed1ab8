/**
 * The first step after a clone. It needs only Node, and installs into node_modules what package-lock.json asks for. If everything is installed,
 * it is quick and prints nothing. A script that may run first imports this file, and loads whatever needs packages with `await import()` later.
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, readFileSync, rmSync, statSync, utimesSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

if (process.versions.node.localeCompare("20.18", "en", { numeric: true }) < 0) fail(`Node ${process.version}`, "use Node 20.18 or newer");
const ROOT = join(import.meta.dirname, "..");
/** The same lock as in lock.mjs, which uses a package for it. The holder touches the lock; a holder that has not done so for 10 s is dead. */
const LOCK = join(ROOT, ".setup.lock");
if (misfit()) await installAlone();

/** @returns {string | undefined} in a few words, how node_modules differs from package-lock.json; undefined if it does not */
function misfit() {
    // npm writes this file last, so a killed install has none.
    if (!existsSync(join(ROOT, "node_modules/.package-lock.json"))) return "there is no node_modules";
    const packagesOf = (file = "") => Object.entries(JSON.parse(readFileSync(join(ROOT, file), "utf8")).packages);
    const installed = new Map(packagesOf("node_modules/.package-lock.json"));
    for (const [path, { version, integrity, optional, link }] of packagesOf("package-lock.json")) {
        const found = installed.get(path);
        // An optional package may be for another platform.
        if (path === "" || link || (optional && !found)) continue;
        if (found?.version !== version || found.integrity !== integrity) return `${path} is not at ${version}`;
        if (!existsSync(join(ROOT, path, "package.json"))) return `${path} is gone`;
    }
    return undefined;
}

async function installAlone() {
    // With `recursive`, mkdirSync returns undefined instead of throwing if another run has already made the folder.
    for (let told = false; !mkdirSync(LOCK, { recursive: true }); told = true, await sleep(250)) {
        if (!told) console.error(`another run sets up ${ROOT}: waiting for it`);
        const touched = statSync(LOCK, { throwIfNoEntry: false })?.mtimeMs ?? Date.now();
        if (Date.now() - touched > 10_000) rmSync(LOCK, { recursive: true, force: true });
    }
    const touching = setInterval(() => existsSync(LOCK) && utimesSync(LOCK, new Date(), new Date()), 1_000);
    // Another run may have installed the packages while this one waited.
    const why = misfit();
    const end = why === undefined ? 0 : await npmCi(why);
    clearInterval(touching);
    rmSync(LOCK, { recursive: true, force: true });
    if (end !== 0) fail(`npm ci in ${ROOT} ended with ${end}`, "see what npm said, and run the same command again");
}

async function npmCi(why = "") {
    console.error(`installing npm packages (${why}): about a minute`);
    // We need no package's install script: they build native code that is optional or unused. One of them fails without a compiler.
    const npm = spawn("npm", ["ci", "--ignore-scripts"], { cwd: ROOT, stdio: ["ignore", 2, 2], shell: process.platform === "win32" });
    process.once("SIGINT", () => npm.kill() && process.exit(130)).once("SIGTERM", () => npm.kill() && process.exit(143));
    return (await once(npm, "close").catch((error) => [error.message]))[0];
}

function fail(problem = "", remedy = "") {
    console.error(`\n${problem}\n  do:    ${remedy}\n`);
    process.exit(1);
}
