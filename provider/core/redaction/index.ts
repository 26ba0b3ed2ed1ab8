import { foldedCodes, formsOf, withoutEscapes } from "./forms";
import { type LooseForm, looseFormOf, looseSpans } from "./looseForm";
import { PrefixTree } from "./prefixTree";
import { decodedViews, plainView, type Span, type View } from "./views";

/** Shorter secrets would be found in ordinary words. Characters. */
const SHORTEST = 4;
/** The same for decoded bytes, which are arbitrary. */
const SHORTEST_DECODED = 6;
/** A line of a key that a host might echo. Characters. */
const SHORTEST_LINE = 16;
/**
 * The same for names, which Windows and people choose. Shorter secrets occur in harmless names by chance, such as `4544` in a GUID, and a
 * changed name is another name.
 */
export const SHORTEST_IN_NAME = 8;
/** A host may truncate its texts, and a secret in them. Our agent's shortest limit is longer than this. Characters. */
const SHORTEST_CUT = 200;
/** Most characters that one character of a secret takes when escaped or encoded. */
const LONGEST_ESCAPED = 12;

const MARK = "[secret]";

/**
 * Removes this process's secrets from what hosts say: a host that received a password can send it back, anywhere and in any form. Case is
 * ignored; SECURITY.md lists the forms that are found.
 */
export class Redaction {
    readonly #known = new Set<string>();
    readonly #forms = new PrefixTree();
    readonly #loose: LooseForm[] = [];
    #longest = 0;

    /** Adds a secret. If it has several lines, each line is added, too: hosts echo keys line by line. */
    add(secret: string): void {
        if (this.#known.has(secret)) return;
        this.#known.add(secret);
        const lines = secret.split(/\r?\n/);
        const ofKey = lines.length === 1 ? [] : lines.filter((line) => line.length >= SHORTEST_LINE && !line.startsWith("-----"));
        for (const one of [secret, ...ofKey]) {
            if (one.trim().length < SHORTEST) continue;
            for (const form of formsOf(one)) if (form.length >= SHORTEST) this.#forms.add(form);
            const loose = looseFormOf(one);
            if (loose !== undefined) this.#loose.push(loose);
        }
        this.#longest = Math.max(this.#longest, secret.length);
    }

    /** Most characters that a secret takes in a text, however it is written. */
    get reach(): number {
        return this.#longest * LONGEST_ESCAPED;
    }

    /**
     * Removes secrets from text for people. Call it before truncating the text, or half a secret stays.
     * @param from the result begins here; a secret that begins before is still removed completely
     */
    text(text: string, from = 0): string {
        return without(text, this.#spans(text, SHORTEST, true), from);
    }

    /** Removes the longer secrets from a name. */
    name(text: string): string {
        return without(text, this.#spans(text, SHORTEST_IN_NAME, false), 0);
    }

    /** Does data contain a secret, so that it can be neither shown nor changed? */
    isIn(text: string, shortest = SHORTEST): boolean {
        return this.#spans(text, shortest, false).length > 0;
    }

    #spans(text: string, shortest: number, mayBeCut: boolean): Span[] {
        if (this.#longest === 0 || text.length < SHORTEST) return [];
        const cut = mayBeCut && text.length >= SHORTEST_CUT;
        return withoutEscapes(plainView(text)).flatMap((view, depth) => [
            ...this.#find(view, shortest, cut),
            // Not deeper, or every word would be decoded again and again.
            ...(depth > 1 ? [] : decodedViews(view).flatMap((one) => this.#find(one, Math.max(shortest, SHORTEST_DECODED), cut))),
        ]);
    }

    #find(view: View, shortest: number, mayBeCut: boolean): Span[] {
        const text = foldedCodes(view.codes);
        const found: Span[] = this.#loose.flatMap((form) => looseSpans(text, form));
        for (let at = 0; at < text.length; at++) {
            if (!this.#forms.begins(text[at] ?? 0)) continue;
            const end = this.#forms.match(text, at, shortest, mayBeCut && view.isOpen);
            if (end !== undefined) found.push({ from: at, to: end });
        }
        return found.map(({ from, to }) => ({ from: view.from[from] ?? 0, to: view.to[to - 1] ?? 0 }));
    }
}

/** @param from the result begins here, without a span that begins before */
function without(text: string, spans: readonly Span[], from: number): string {
    let left = "";
    let at = from;
    for (const span of [...spans].sort((a, b) => a.from - b.from)) {
        if (span.to <= at) continue;
        // A span that begins where another ended is the same secret, found in another way.
        if (span.from > at || left === "") left += `${text.slice(at, Math.max(span.from, at))}${MARK}`;
        at = span.to;
    }
    return left + text.slice(at);
}
