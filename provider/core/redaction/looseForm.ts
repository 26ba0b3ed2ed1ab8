import { folded, isAscii } from "./forms";
import type { Span } from "./views";

/**
 * The ASCII parts of a secret that has other letters, too. They survive when somebody decodes bytes with the wrong code page or lacks the
 * letters; the other letters do not.
 */
export interface LooseForm {
    /** Case-folded. */
    readonly parts: readonly Part[];
    /** Number of non-ASCII letters at the end. */
    readonly after: number;
}

interface Part {
    readonly text: string;
    /** Number of non-ASCII letters between the previous part and this one. */
    readonly before: number;
}

/** Fewer ASCII characters would be found in any text. */
const SHORTEST_ASCII = 6;
/** Most characters that may replace one non-ASCII letter: UTF-8 bytes taken for letters and encoded again, or `&auml;`. */
const MOST_FOR_LETTER = 8;

/** @returns undefined if the secret is all ASCII or has too little of it */
export function looseFormOf(secret: string): LooseForm | undefined {
    const letters = [...folded(secret)];
    if (letters.every(isAscii) || letters.filter(isAscii).length < SHORTEST_ASCII) return undefined;
    const parts: Part[] = [];
    let before = 0;
    let text = "";
    for (const letter of letters) {
        if (isAscii(letter)) text += letter;
        else {
            if (text !== "") {
                parts.push({ text, before });
                before = 0;
            }
            text = "";
            before++;
        }
    }
    if (text === "") return { parts, after: before };
    return { parts: [...parts, { text, before }], after: 0 };
}

/** Places where the parts follow one another, each gap as wide as the replaced letters may be. */
export function looseSpans(text: Uint16Array, { parts, after }: LooseForm): Span[] {
    const [first, ...more] = parts;
    if (first === undefined) return [];
    const spans: Span[] = [];
    for (let at = 0; at < text.length; at++) {
        if (!isAt(text, at, first.text)) continue;
        let ends: ReadonlySet<number> = new Set([at + first.text.length]);
        for (const part of more) ends = nextEnds(text, ends, part);
        if (ends.size === 0) continue;
        spans.push({ from: edge(text, at, -1, first.before), to: edge(text, Math.max(...ends), 1, after) });
    }
    return spans;
}

function nextEnds(text: Uint16Array, ends: ReadonlySet<number>, { text: part, before }: Part): ReadonlySet<number> {
    const next = new Set<number>();
    for (const end of ends)
        for (let gap = 0; gap <= before * MOST_FOR_LETTER; gap++) if (isAt(text, end + gap, part)) next.add(end + gap + part.length);
    return next;
}

function isAt(text: Uint16Array, at: number, part: string): boolean {
    if (at + part.length > text.length) return false;
    for (let index = 0; index < part.length; index++) if (text[at + index] !== part.charCodeAt(index)) return false;
    return true;
}

const QUESTION_MARK = 0x3f;

/**
 * Extends a match over what may remain of letters at its edge. In ASCII that is only the question marks of a program that lacked the
 * letters.
 */
function edge(text: Uint16Array, at: number, step: 1 | -1, letters: number): number {
    let end = at;
    for (let left = letters * MOST_FOR_LETTER; left > 0; left--) {
        const code = text[step === 1 ? end : end - 1];
        if (code === undefined || (code < 0x80 && code !== QUESTION_MARK)) break;
        end += step;
    }
    return end;
}
