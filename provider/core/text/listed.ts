import { printable } from "../errors";

/** How many names a line has room for. */
const LIMIT = 10;

/** `web-03, web-04`; of more than ten, the first ten `and 37 more`. */
export function listed(names: readonly string[]): string {
    const shown = names.slice(0, LIMIT).map((name) => printable(name, 300));
    return shown.join(", ") + (names.length > LIMIT ? ` and ${names.length - LIMIT} more` : "");
}
