/**
 * All that `npm test` and `npm run demo` need, from a bare clone: npm packages, dist/, a Pulumi CLI. Quick when nothing is to be done.
 * Writes to node_modules/, dist/ and one cache folder of the user (cacheFolder.mjs), and holds .setup.lock while it works.
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

/** The programs in examples/ find the package by its name, as a user's do: the name leads to the repository itself. @param {string} link */
function ensureSelfLink(link) {
    if (existsSync(link) && realpathSync(link) === realpathSync(REPOSITORY)) return;
    rmSync(link, { recursive: true, force: true });
    symlinkSync(process.platform === "win32" ? REPOSITORY : "..", link, "junction");
}
