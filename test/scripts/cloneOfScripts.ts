import { cpSync, mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { SCRIPTS, temporaryFolder } from "./runModule";

/** A clone in which nothing was set up, but for these files. */
export function cloneOfScripts(files: Readonly<Record<string, string>> = {}): string {
    const root = temporaryFolder();
    cpSync(SCRIPTS, join(root, "scripts"), { recursive: true });
    for (const [path, text] of Object.entries(files)) {
        mkdirSync(dirname(join(root, path)), { recursive: true });
        writeFileSync(join(root, path), text);
    }
    return root;
}
