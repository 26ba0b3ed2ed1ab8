import { createHash, randomUUID } from "node:crypto";
import { chmodSync, cpSync, existsSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { bundlePlugin } from "./bundle.mjs";
import { withLock } from "./lock.mjs";
import { longStep } from "./longStep.mjs";
import { repositoryCache } from "./repository.mjs";

const AGENT_FOLDER = join("provider", "agent");

/**
 * Compiles provider/ and sdk/ into dist/, copies the agent's PowerShell files beside the code that reads them, and bundles the native plugin. The old dist/ stays complete
 * until the new one replaces it. No file of the old one remains.
 * @param {string} root the repository
 * @param {{ isForced?: boolean }} options `isForced`: even if dist/ was built from these very sources
 */
export async function ensureDist(root, { isForced = false } = {}) {
    const isCurrent = () =>
        existsSync(join(root, "dist")) && existsSync(stampOf(root)) && readFileSync(stampOf(root), "utf8") === fingerprint(root);
    const isDone = () => !isForced && isCurrent();
    if (!isDone()) await withRepositoryLock(root, async () => (isDone() ? undefined : compile(root)));
}

/**
 * Runs `work` while no other run sets up the same repository or installs its packages (first.mjs).
 * @param {string} root
 * @param {() => Promise<void>} work
 */
export async function withRepositoryLock(root, work) {
    await withLock(join(root, ".setup"), `${root} is being set up`, work);
}

/** @param {string} root */
async function compile(root) {
    // Taken before compiling: if a source changes meanwhile, this dist/ does not contain the change, and the next run must notice.
    const made = fingerprint(root);
    const dist = join(root, "dist");
    const fresh = join(repositoryCache(root), `dist-${randomUUID()}`);
    const old = `${fresh}-old`;
    try {
        await longStep({
            title: "compiling provider/ and sdk/ into dist/",
            command: process.execPath,
            args: [join(root, "node_modules/typescript/bin/tsc"), "-p", root, "--outDir", fresh, "--noEmitOnError"],
            cwd: root,
            remedy: "fix the errors that the compiler reports; npm run check shows all of them",
        });
        for (const file of sourceFiles(root).filter((path) => path.endsWith(".ps1"))) cpSync(join(root, file), join(fresh, file));
        await bundlePlugin(root, fresh);
        for (const program of programsOf(root)) chmodSync(join(fresh, relative("dist", program)), 0o755);
        if (existsSync(dist)) renameSync(dist, old);
        renameSync(fresh, dist);
        writeFileSync(stampOf(root), made);
    } finally {
        for (const folder of [fresh, old]) rmSync(folder, { recursive: true, force: true });
    }
}

/**
 * What the package installs as programs. npm makes them executable; a link to the repository needs it, too.
 * @param {string} root
 * @returns {string[]} relative paths
 */
const programsOf = (root) => Object.values(JSON.parse(readFileSync(join(root, "package.json"), "utf8")).bin);

/** @param {string} root */
const stampOf = (root) => join(repositoryCache(root), "dist.sha256");

/** @param {string} root */
function fingerprint(root) {
    const hash = createHash("sha256");
    const bundler = relative(root, join(import.meta.dirname, "bundle.mjs"));
    for (const file of ["tsconfig.json", "package-lock.json", bundler, ...sourceFiles(root)]) {
        const content = readFileSync(join(root, file));
        hash.update(`${file} ${content.length}\n`).update(content);
    }
    return hash.digest("hex");
}

/** @param {string} root @returns {string[]} relative paths */
function sourceFiles(root) {
    return ["provider", "sdk"]
        .flatMap((folder) => readdirSync(join(root, folder), { recursive: true, encoding: "utf8" }).map((path) => join(folder, path)))
        .filter((path) => path.endsWith(".ts") || (path.endsWith(".ps1") && dirname(path) === AGENT_FOLDER))
        .sort();
}
