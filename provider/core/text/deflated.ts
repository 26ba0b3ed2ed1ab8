import { inflateSync } from "node:zlib";
import { zlibSync } from "fflate";

/**
 * Text made short: zlib's format (RFC 1950), in base64.
 *
 * Equal texts give equal results, on every machine: states are compared. The zlib in Node.js does not promise that; it depends on Node's version and on the
 * processor.
 */
export const deflated = (text: string): string => Buffer.from(zlibSync(Buffer.from(text))).toString("base64");

/** The opposite of `deflated`; undefined for anything else. */
export function inflated(text: string): string | undefined {
    try {
        return inflateSync(Buffer.from(text, "base64")).toString();
    } catch {
        return undefined;
    }
}
