/** `node scripts/build.mjs [--if-changed]`: builds dist/. With the flag, only if the sources have changed since the last build. */
import "./first.mjs";
import { REPOSITORY } from "./repository.mjs";
import { reportAndFail } from "./setupError.mjs";

const { ensureDist } = await import("./dist.mjs");
await ensureDist(REPOSITORY, { isForced: !process.argv.includes("--if-changed") }).catch(reportAndFail);
