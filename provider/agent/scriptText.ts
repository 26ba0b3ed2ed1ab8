import { readFileSync } from "node:fs";
import { join } from "node:path";

/** A script beside this file. LF lines whatever the checkout did: the hash must not depend on it. A bundle has the texts in itself. */
export const script = (name: string): string => readFileSync(join(__dirname, name), "ascii").replaceAll("\r\n", "\n");
