import { Malformed } from "./malformed";

/** Characters that XML 1.0 can't hold, not even as a reference. */
const NO_CHARACTER = /[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/u;

const REFERENCES: Readonly<Record<string, string>> = {
    "&": "&amp;",
    "<": "&lt;",
    ">": "&gt;",
    '"': "&quot;",
    "'": "&apos;",
    "\t": "&#9;",
    "\n": "&#10;",
    "\r": "&#13;",
};

/**
 * Escapes text for an element or an attribute. A reader gets back exactly the same text.
 * @throws Malformed for a character that XML can't hold
 */
export function escapeXml(text: string): string {
    if (NO_CHARACTER.test(text)) throw new Malformed("a control character that XML can't hold");
    return text.replace(/[&<>"'\t\n\r]/g, (sign) => REFERENCES[sign] ?? sign);
}
