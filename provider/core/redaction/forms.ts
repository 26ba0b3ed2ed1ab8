import { encodings } from "./encodings";
import { DATA, plainView, SHELL, unescapedView, type View } from "./views";

/**
 * How many levels of escapes are resolved: JSON in JSON in JSON, and one more, because a character of the secret itself may look like an
 * escape (the + of URLs) and is then resolved along the way.
 */
const ESCAPE_DEPTH = 4;

/** Lower case, character by character, so that lengths do not change. */
const FOLDED = Uint16Array.from({ length: 0x10000 }, (_, code) => {
    const lower = String.fromCharCode(code).toLowerCase();
    return lower.length === 1 ? lower.charCodeAt(0) : code;
});

export const foldedCodes = (codes: Uint16Array): Uint16Array => codes.map((code) => FOLDED[code] ?? code);

export const folded = (text: string): string => stringOf(foldedCodes(plainView(text).codes));

/** The character sequences that reveal the secret in a text, case-folded as by `folded`. */
export function formsOf(secret: string): ReadonlySet<string> {
    const forms = new Set<string>();
    for (const spelling of spellingsOf(secret))
        for (const bytes of [spelling, ...encodings(spelling)])
            for (const view of withoutEscapes(plainView(bytes))) forms.add(stringOf(foldedCodes(view.codes)));
    return forms;
}

/** The view itself, and the views with its escapes resolved, repeatedly and for each escape syntax. */
export function withoutEscapes(view: View): View[] {
    const views = [view];
    for (let next = unescapedView(view, DATA); next !== undefined && views.length <= ESCAPE_DEPTH; next = unescapedView(next, DATA))
        views.push(next);
    return [...views, ...views.slice(0, 2).flatMap((one) => unescapedView(one, SHELL) ?? [])];
}

/** Hosts may decompose accented letters and change the case of names; outside ASCII that changes bytes. */
function spellingsOf(secret: string): ReadonlySet<string> {
    const trimmed = secret.trim();
    const cases = [secret, trimmed, secret.toLowerCase(), secret.toUpperCase()];
    return new Set(isAscii(secret) ? [secret, trimmed] : cases.flatMap((one) => [one, one.normalize("NFC"), one.normalize("NFD")]));
}

/** In chunks: spreading millions of arguments would overflow the stack. */
function stringOf(codes: Uint16Array): string {
    let text = "";
    for (let at = 0; at < codes.length; at += 8192) text += String.fromCharCode(...codes.subarray(at, at + 8192));
    return text;
}

export const isAscii = (text: string): boolean => !/[^\0-\x7f]/.test(text);
