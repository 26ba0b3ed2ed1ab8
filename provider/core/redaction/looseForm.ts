import { folded, isAscii } from "./forms";
import type { Span } from "./views";

/**
 * What is certain of a secret with letters outside ASCII: its ASCII. The letters are another thing wherever somebody took the bytes
 * of one code page for those of another, or had no such letters.
 */
export interface LooseForm {
    /** Folded. */
    readonly parts: readonly Part[];
    /** Letters outside ASCII at its end. */
    readonly after: number;
}

interface Part {
    readonly text: string;
    /** Letters outside ASCII between the part before and this one. */
    readonly before: number;
}

/** Less ASCII would be found in any text. Characters. */
const SHORTEST_ASCII = 6;
/** Characters that may stand for one letter outside ASCII: bytes of UTF-8 that were taken for letters and encoded again, `&auml;`. */
const MOST_FOR_LETTER = 8;

/** @returns undefined for a secret that is all ASCII, or has too little of it */
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

/** Where the parts follow each other, each as far behind the one before as its letters may have become. */
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

/** What may be left of letters at the edge: nothing in ASCII but the question marks of a program that had no such letters. */
function edge(text: Uint16Array, at: number, step: 1 | -1, letters: number): number {
    let end = at;
    for (let left = letters * MOST_FOR_LETTER; left > 0; left--) {
        const code = text[step === 1 ? end : end - 1];
        if (code === undefined || (code < 0x80 && code !== QUESTION_MARK)) break;
        end += step;
    }
    return end;
}
