/** `node scripts/build.mjs [--if-changed]`: makes dist/; with the flag only when the sources are not the ones it was made from. */
import { ensureDependencies } from "./dependencies.mjs";
import { buildDist, ensureDist } from "./dist.mjs";
import { REPOSITORY } from "./repository.mjs";
import { reportAndFail } from "./setupError.mjs";

try {
    await ensureDependencies(REPOSITORY);
    await (process.argv.includes("--if-changed") ? ensureDist : buildDist)(REPOSITORY);
} catch (error) {
    reportAndFail(error);
}
