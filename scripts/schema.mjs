/** Writes schema.json, the package's schema for Pulumi, from what the resources say of themselves. */
import "./first.mjs";
import { readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { REPOSITORY } from "./repository.mjs";
import { reportAndFail } from "./setupError.mjs";

await writeSchema().catch(reportAndFail);

async function writeSchema() {
    const { ensureDist } = await import("./dist.mjs");
    await ensureDist(REPOSITORY);
    /** @type {typeof import("../provider/schema/index.js")} */
    const { packageSchema } = createRequire(import.meta.url)("../dist/provider/schema/index.js");
    const { version } = JSON.parse(readFileSync(join(REPOSITORY, "package.json"), "utf8"));
    writeFileSync(join(REPOSITORY, "schema.json"), packageSchema(version));
}
