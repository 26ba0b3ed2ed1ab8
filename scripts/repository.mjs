import { createHash } from "node:crypto";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { cacheFolder } from "./cacheFolder.mjs";
import { withLock } from "./lock.mjs";

/** This repository's folder. */
export const REPOSITORY = fileURLToPath(new URL("..", import.meta.url)).replace(/[\\/]$/, "");

/**
 * Where the set-up keeps what belongs to this repository: stamps, and where the CLI is (`cli.json`). Removed by `npm ci` and made again.
 * @param {string} root
 */
export function repositoryCache(root) {
    const folder = join(root, "node_modules", ".cache", "pulumi-wmisec");
    mkdirSync(folder, { recursive: true });
    return folder;
}

/**
 * Runs `work` while no other run sets up the same repository.
 * @template T
 * @param {string} root
 * @param {() => Promise<T>} work
 */
export async function withRepositoryLock(root, work) {
    // Not in node_modules: `npm ci` empties that.
    const name = `repository-${createHash("sha256").update(root).digest("hex").slice(0, 12)}.lock`;
    return await withLock(join(cacheFolder(), name), work, (owner) =>
        process.stderr.write(`${root} is being set up by ${owner}: waiting for it\n`),
    );
}
