import { foldedCodes, formsOf, withoutEscapes } from "./forms";
import { type LooseForm, looseFormOf, looseSpans } from "./looseForm";
import { PrefixTree } from "./prefixTree";
import { decodedViews, plainView, type Span, type View } from "./views";

/** Shorter ones would be found in words that are no secrets. Characters. */
const SHORTEST = 4;
/** Of what is found in decoded bytes, which are any bytes. */
const SHORTEST_DECODED = 6;
/** A line of a key, as a host might echo one. Characters. */
const SHORTEST_LINE = 16;
/**
 * What is found in names, which Windows and other people gave: shorter secrets are parts of honest ones by chance, such as `4544` of
 * a GUID, and a name that is changed is another name.
 */
export const SHORTEST_IN_NAME = 8;
/** A host may cut its texts, and a secret in them. The shortest that our agent cuts is longer. Characters. */
const SHORTEST_CUT = 200;
/** How many characters one of a secret can take where it is escaped or encoded. */
const LONGEST_ESCAPED = 12;

const MARK = "[secret]";

/**
 * Knows the secrets of this process and takes them out of what hosts say: one that was told a password can say it back, anywhere and
 * in any form. Upper and lower case are the same; SECURITY.md says which forms are found.
 */
export class Redaction {
    readonly #known = new Set<string>();
    readonly #forms = new PrefixTree();
    readonly #loose: LooseForm[] = [];
    #longest = 0;

    /** A secret, and of one of several lines each line: keys are echoed so. */
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

    /** No secret takes more characters of a text, however it is written. */
    get reach(): number {
        return this.#longest * LONGEST_ESCAPED;
    }

    /**
     * Text that people will read, without the secrets in it. To be called before a text is cut, or half of one stays.
     * @param from what stands before is not told; a secret that begins there is taken out whole
     */
    text(text: string, from = 0): string {
        return without(text, this.#spans(text, SHORTEST, true), from);
    }

    /** A name that somebody gave, without the longer secrets in it. */
    name(text: string): string {
        return without(text, this.#spans(text, SHORTEST_IN_NAME, false), 0);
    }

    /** Does data hold a secret, so that it can be neither told nor changed? */
    isIn(text: string, shortest = SHORTEST): boolean {
        return this.#spans(text, shortest, false).length > 0;
    }

    #spans(text: string, shortest: number, mayBeCut: boolean): Span[] {
        if (this.#longest === 0 || text.length < SHORTEST) return [];
        const cut = mayBeCut && text.length >= SHORTEST_CUT;
        return withoutEscapes(plainView(text)).flatMap((view, depth) => [
            ...this.#find(view, shortest, cut),
            // Deeper, every word would be decoded over and over.
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

/** @param from what stands before is left out, and so is a span that begins there */
function without(text: string, spans: readonly Span[], from: number): string {
    let left = "";
    let at = from;
    for (const span of [...spans].sort((a, b) => a.from - b.from)) {
        if (span.to <= at) continue;
        // One that goes on where another ended is the same secret, found in another way.
        if (span.from > at || left === "") left += `${text.slice(at, Math.max(span.from, at))}${MARK}`;
        at = span.to;
    }
    return left + text.slice(at);
}
