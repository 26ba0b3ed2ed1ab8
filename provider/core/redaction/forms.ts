import { encodings } from "./encodings";
import { DATA, plainView, SHELL, unescapedView, type View } from "./views";

/**
 * How often escapes are resolved: JSON in JSON in JSON, and once more, because what looks like another way's escape in the secret itself
 * (the + of URLs) is resolved along the way.
 */
const ESCAPE_DEPTH = 4;

/** Letters without case, each by itself, so that lengths stay. */
const FOLDED = Uint16Array.from({ length: 0x10000 }, (_, code) => {
    const lower = String.fromCharCode(code).toLowerCase();
    return lower.length === 1 ? lower.charCodeAt(0) : code;
});

export const foldedCodes = (codes: Uint16Array): Uint16Array => codes.map((code) => FOLDED[code] ?? code);

export const folded = (text: string): string => stringOf(foldedCodes(plainView(text).codes));

/** What a text holds where a secret stands in it, spelled as `folded` spells. */
export function formsOf(secret: string): ReadonlySet<string> {
    const forms = new Set<string>();
    for (const spelling of spellingsOf(secret))
        for (const bytes of [spelling, ...encodings(spelling)])
            for (const view of withoutEscapes(plainView(bytes))) forms.add(stringOf(foldedCodes(view.codes)));
    return forms;
}

/** The view and what it says with its escapes resolved, once and again, as each way of writing them has it. */
export function withoutEscapes(view: View): View[] {
    const views = [view];
    for (let next = unescapedView(view, DATA); next !== undefined && views.length <= ESCAPE_DEPTH; next = unescapedView(next, DATA))
        views.push(next);
    return [...views, ...views.slice(0, 2).flatMap((one) => unescapedView(one, SHELL) ?? [])];
}

/** Hosts take accents apart and change the case of names; outside ASCII that changes bytes. */
function spellingsOf(secret: string): ReadonlySet<string> {
    const trimmed = secret.trim();
    const cases = [secret, trimmed, secret.toLowerCase(), secret.toUpperCase()];
    return new Set(isAscii(secret) ? [secret, trimmed] : cases.flatMap((one) => [one, one.normalize("NFC"), one.normalize("NFD")]));
}

/** In pieces: a spread of millions would overflow the stack. */
function stringOf(codes: Uint16Array): string {
    let text = "";
    for (let at = 0; at < codes.length; at += 8192) text += String.fromCharCode(...codes.subarray(at, at + 8192));
    return text;
}

export const isAscii = (text: string): boolean => !/[^\0-\x7f]/.test(text);
