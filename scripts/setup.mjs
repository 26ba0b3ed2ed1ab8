/**
 * Prepares a fresh clone for `npm test` and `npm run demo`: npm packages, dist/, a Pulumi CLI. Quick if there is nothing to do.
 * Writes to node_modules/, dist/ and one cache folder of the user (cacheFolder.mjs). Holds .setup.lock while it works.
 */
import "./first.mjs";
import { existsSync, realpathSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { CLI_FILE, REPOSITORY, repositoryCache } from "./repository.mjs";
import { reportAndFail } from "./setupError.mjs";

await setUp().catch(reportAndFail);

async function setUp() {
    const { ensureDist, withRepositoryLock } = await import("./dist.mjs");
    const { ensurePulumi } = await import("./pulumiCli.mjs");
    await withRepositoryLock(REPOSITORY, async () => ensureSelfLink(join(REPOSITORY, "node_modules", "pulumi-wmisec")));
    await ensureDist(REPOSITORY);
    repositoryCache(REPOSITORY);
    writeFileSync(CLI_FILE, `${JSON.stringify(await ensurePulumi(), null, 4)}\n`);
}

/** Programs in examples/ import the package by its name, as users do. This link leads from the name to the repository. @param {string} link */
function ensureSelfLink(link) {
    if (existsSync(link) && realpathSync(link) === realpathSync(REPOSITORY)) return;
    rmSync(link, { recursive: true, force: true });
    symlinkSync(process.platform === "win32" ? REPOSITORY : "..", link, "junction");
}
