import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { REPOSITORY } from "./cli";

/** Pulumi's language host for YAML: its folder, or why there is none. Building it takes about 3 minutes, once; on a busy machine longer. */
export const yamlLanguage = JSON.parse(
    execFileSync(process.execPath, [join(REPOSITORY, "scripts/yamlLanguage.mjs")], { encoding: "utf8", timeout: 2_400_000 }),
) as { readonly folder: string } | { readonly missing: string };
