/**
 * The first step from a bare clone, with nothing but Node: makes node_modules what package-lock.json asks for. Quick and quiet when it is.
 * A script that may be the first to run imports this file, and loads whatever needs packages with `await import()` afterwards.
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, readFileSync, rmSync, statSync, utimesSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

if (process.versions.node.localeCompare("20.18", "en", { numeric: true }) < 0) fail(`Node ${process.version}`, "use Node 20.18 or newer");
const ROOT = join(import.meta.dirname, "..");
/** The lock that lock.mjs takes with a package's help: its holder touches it, and one that did not for 10 s is dead. */
const LOCK = join(ROOT, ".setup.lock");
if (misfit()) await installAlone();

/** @returns {string | undefined} why node_modules is not what package-lock.json asks for, in a few words */
function misfit() {
    // npm writes this file last: an install that was killed has none.
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
    // With `recursive` it gives undefined, instead of throwing, when another run has made the folder.
    for (let told = false; !mkdirSync(LOCK, { recursive: true }); told = true, await sleep(250)) {
        if (!told) console.error(`another run sets up ${ROOT}: waiting for it`);
        const touched = statSync(LOCK, { throwIfNoEntry: false })?.mtimeMs ?? Date.now();
        if (Date.now() - touched > 10_000) rmSync(LOCK, { recursive: true, force: true });
    }
    const touching = setInterval(() => existsSync(LOCK) && utimesSync(LOCK, new Date(), new Date()), 1_000);
    // Another run may have done it while this one waited.
    const why = misfit();
    const end = why === undefined ? 0 : await npmCi(why);
    clearInterval(touching);
    rmSync(LOCK, { recursive: true, force: true });
    if (end !== 0) fail(`npm ci in ${ROOT} ended with ${end}`, "see what npm said, and run the same command again");
}

async function npmCi(why = "") {
    console.error(`installing npm packages (${why}): about a minute`);
    // No package of ours needs its install script (native code that is optional, or not used), and one fails without a compiler.
    const npm = spawn("npm", ["ci", "--ignore-scripts"], { cwd: ROOT, stdio: ["ignore", 2, 2], shell: process.platform === "win32" });
    process.once("SIGINT", () => npm.kill() && process.exit(130)).once("SIGTERM", () => npm.kill() && process.exit(143));
    return (await once(npm, "close").catch((error) => [error.message]))[0];
}

function fail(problem = "", remedy = "") {
    console.error(`\n${problem}\n  do:    ${remedy}\n`);
    process.exit(1);
}
