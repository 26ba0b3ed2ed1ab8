/**
 * All that `npm test` and `npm run demo` need, from a bare clone: npm packages, dist/, a Pulumi CLI. Quick when nothing is to be done.
 * Writes to node_modules/, dist/ and one cache folder of the user (cacheFolder.mjs), and tells where the CLI is in
 * node_modules/.cache/pulumi-wmisec/cli.json: `{ bin, path, version, route }` as ensurePulumi gives it.
 */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { ensureDependencies } from "./dependencies.mjs";
import { ensureDist } from "./dist.mjs";
import { ensurePulumi } from "./pulumiCli.mjs";
import { REPOSITORY, repositoryCache, withRepositoryLock } from "./repository.mjs";
import { ensureSelfLink } from "./selfLink.mjs";
import { reportAndFail, SetupError } from "./setupError.mjs";
import { atLeast, parseVersion } from "./version.mjs";

try {
    const node = parseVersion(process.version);
    if (!node || !atLeast(node, [20, 0, 0])) {
        throw new SetupError(`this is Node ${process.version}`, { remedy: "use Node 20 or newer" });
    }
    await ensureDependencies(REPOSITORY);
    await withRepositoryLock(REPOSITORY, async () => ensureSelfLink(REPOSITORY));
    await ensureDist(REPOSITORY);
    writeFileSync(join(repositoryCache(REPOSITORY), "cli.json"), `${JSON.stringify(await ensurePulumi(), null, 4)}\n`);
} catch (error) {
    reportAndFail(error);
}
