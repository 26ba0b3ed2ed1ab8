import { createHash, randomUUID } from "node:crypto";
import { copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join, sep } from "node:path";
import { longStep } from "./longStep.mjs";
import { repositoryCache, withRepositoryLock } from "./repository.mjs";

const SOURCE_FOLDERS = ["provider", "sdk"];
const AGENT_FOLDER = join("provider", "agent");

/**
 * Compiles, unless dist/ was made from just these sources.
 * @param {string} root the repository
 */
export async function ensureDist(root) {
    if (!isCurrent(root)) await withRepositoryLock(root, async () => (isCurrent(root) ? undefined : compile(root)));
}

/**
 * Compiles provider/ and sdk/ into dist/, with the agent's PowerShell files beside the code that reads them. A dist/ that is there
 * stays whole until the new one is complete; what only the old one had is gone.
 * @param {string} root the repository
 */
export async function buildDist(root) {
    await withRepositoryLock(root, () => compile(root));
}

/** @param {string} root */
async function compile(root) {
    // Before compiling: a source that changes meanwhile is not in this dist/, and the next run shall see that.
    const fingerprint = sourceFingerprint(root);
    const fresh = join(repositoryCache(root), `dist-${randomUUID()}`);
    const old = `${fresh}-old`;
    try {
        await longStep({
            title: "compiling provider/ and sdk/ into dist/",
            command: process.execPath,
            args: [join(root, "node_modules", "typescript", "bin", "tsc"), "-p", root, "--outDir", fresh, "--noEmitOnError"],
            cwd: root,
            remedy: "mend what the compiler says; npm run check shows all of it",
        });
        for (const file of sourceFiles(root).filter((path) => path.endsWith(".ps1"))) {
            const target = join(fresh, file);
            mkdirSync(dirname(target), { recursive: true });
            copyFileSync(join(root, file), target);
        }
        const dist = join(root, "dist");
        if (existsSync(dist)) renameSync(dist, old);
        renameSync(fresh, dist);
        writeFileSync(stampOf(root), fingerprint);
    } finally {
        rmSync(fresh, { recursive: true, force: true });
        rmSync(old, { recursive: true, force: true });
    }
}

/** @param {string} root */
function isCurrent(root) {
    if (!existsSync(join(root, "dist")) || !existsSync(stampOf(root))) return false;
    return readFileSync(stampOf(root), "utf8") === sourceFingerprint(root);
}

/** @param {string} root */
function stampOf(root) {
    return join(repositoryCache(root), "dist.sha256");
}

/** @param {string} root */
function sourceFingerprint(root) {
    const hash = createHash("sha256");
    for (const file of ["tsconfig.json", "package-lock.json", ...sourceFiles(root)]) {
        const content = readFileSync(join(root, file));
        hash.update(`${file.split(sep).join("/")} ${content.length}\n`).update(content);
    }
    return hash.digest("hex");
}

/**
 * @param {string} root
 * @returns {string[]} relative paths, in one order everywhere
 */
function sourceFiles(root) {
    return SOURCE_FOLDERS.flatMap((folder) =>
        readdirSync(join(root, folder), { recursive: true, encoding: "utf8" }).map((path) => join(folder, path)),
    )
        .filter((path) => path.endsWith(".ts") || (path.endsWith(".ps1") && dirname(path) === AGENT_FOLDER))
        .sort();
}
