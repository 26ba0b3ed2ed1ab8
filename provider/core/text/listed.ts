import { printable } from "../errors";

/** Most names that fit on a line. */
const LIMIT = 10;

/** `web-03, web-04`; of more than ten names, the first ten `and 37 more`. */
export function listed(names: readonly string[]): string {
    const shown = names.slice(0, LIMIT).map((name) => printable(name, 300));
    return shown.join(", ") + (names.length > LIMIT ? ` and ${names.length - LIMIT} more` : "");
}
