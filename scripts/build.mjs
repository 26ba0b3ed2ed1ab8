/** `node scripts/build.mjs [--if-changed]`: makes dist/; with the flag only when the sources are not the ones it was made from. */
import "./first.mjs";
import { REPOSITORY } from "./repository.mjs";
import { reportAndFail } from "./setupError.mjs";

const { ensureDist } = await import("./dist.mjs");
await ensureDist(REPOSITORY, { isForced: !process.argv.includes("--if-changed") }).catch(reportAndFail);
