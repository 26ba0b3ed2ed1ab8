import { codePageByte, refuseCodePageByte } from "./encoding";
import { DefinitionProblem } from "./problem";

export interface Token {
    /** A `string` is one literal. MOF joins adjacent ones; here each is a separate token. */
    readonly kind: "word" | "string" | "char" | "number" | "sign" | "end";
    /** As written, including quotes and escapes. */
    readonly text: string;
    /** From 1. */
    readonly line: number;
    /** Offsets of the first character and of the one after the last. */
    readonly start: number;
    readonly end: number;
}

const BLANK = /[ \t\r\n\f\v]+/y;
/** DSP0004 allows more non-ASCII characters in names; only letters and digits are accepted here. */
const WORD = /[\p{L}_][\p{L}\p{N}_]*/uy;
/** Decimal, hexadecimal, octal, binary (`1000001B`) and floating point (MicrosoftDocs/win32 desktop-src/WmiSdk/numbers.md). */
const NUMBER = /[+-]?(?:0[xX][0-9A-Fa-f]+|[01]+[bB]|\d+(?:\.\d+)?(?:[eE][+-]?\d+)?|\.\d+(?:[eE][+-]?\d+)?)(?![\p{L}\p{N}_])/uy;
const SIGNS = new Set("#[](){}:;,=$");

/**
 * Splits MOF into tokens with their positions; `end` is the last. Only blanks and comments lie between two tokens.
 * @throws DefinitionProblem
 */
export function tokensOf(text: string): readonly Token[] {
    const tokens: Token[] = [];
    let at = 0;
    let line = 1;

    const matched = (pattern: RegExp): number | undefined => {
        pattern.lastIndex = at;
        return pattern.test(text) ? pattern.lastIndex : undefined;
    };
    const skipTo = (end: number): void => {
        for (; at < end; at++) if (text[at] === "\n") line += 1;
    };
    const push = (kind: Token["kind"], end: number): void => {
        tokens.push({ kind, text: text.slice(at, end), line, start: at, end });
        at = end;
    };

    while (at < text.length) {
        const skipped = matched(BLANK) ?? commentEnd(text, at, line);
        if (skipped !== undefined) {
            skipTo(skipped);
            continue;
        }
        const character = text.charAt(at);
        const word = matched(WORD);
        const number = word === undefined ? matched(NUMBER) : undefined;
        if (word !== undefined) push("word", word);
        else if (number !== undefined) push("number", number);
        else if (character === '"') push("string", literalEnd(text, at, line));
        else if (character === "'") push("char", literalEnd(text, at, line));
        else if (SIGNS.has(character)) push("sign", at + 1);
        else refuseCharacter(character, line);
    }
    push("end", at);
    return tokens;
}

function refuseCharacter(character: string, line: number): never {
    const byte = codePageByte(character);
    if (byte !== undefined) refuseCodePageByte(byte, line);
    throw new DefinitionProblem(`${JSON.stringify(character)} is not expected here`, line);
}

/** @returns the offset after the comment that begins at `at`; undefined if none does */
function commentEnd(text: string, at: number, line: number): number | undefined {
    if (text.startsWith("/*", at)) {
        const end = text.indexOf("*/", at + 2);
        if (end < 0) throw new DefinitionProblem("a comment begins here and never ends: */ is expected", line);
        return end + 2;
    }
    if (!text.startsWith("//", at)) return undefined;
    const found = text.indexOf("\n", at);
    const end = found < 0 ? text.length : found;
    // No document says whether such a carriage return ends the comment, and what follows may be a statement.
    if (/\r[^\r]/.test(text.slice(at, end)))
        throw new DefinitionProblem("a comment contains a carriage return without a line feed; save the file with CRLF or LF", line);
    return end;
}

/** @returns the offset after the literal that begins at `at`. It ends on its own line, with the same quote. */
function literalEnd(text: string, at: number, line: number): number {
    const quote = text.charAt(at);
    for (let end = at + 1; end < text.length; end++) {
        const character = text.charAt(end);
        if (character === quote) return end + 1;
        if (character === "\n" || character === "\r") break;
        const byte = codePageByte(character);
        if (byte !== undefined) refuseCodePageByte(byte, line);
        if (character === "\\" && codePageByte(text.charAt(end + 1)) === undefined) end += 1;
    }
    throw new DefinitionProblem(`text begins here and does not end on this line: ${quote} is expected`, line);
}

const ESCAPES: Readonly<Record<string, string>> = { b: "\b", t: "\t", n: "\n", f: "\f", r: "\r", '"': '"', "'": "'", "\\": "\\" };

/**
 * The text of a literal. Resolves the escapes of DSP0004: `\b \t
 * \f \r \" \' \\`, and `\x` with one to four hex digits.
 * @throws DefinitionProblem for any other escape
 */
export function meaning({ text, line }: Token): string {
    return text
        .slice(1, -1)
        .replace(/\\(?:[xX]([0-9A-Fa-f]{1,4})|([\s\S]))/g, (all, hex: string | undefined, letter: string | undefined) => {
            if (hex !== undefined) return String.fromCharCode(Number.parseInt(hex, 16));
            const plain = letter === undefined ? undefined : ESCAPES[letter];
            if (plain === undefined)
                throw new DefinitionProblem(`MOF has no escape ${all}; a backslash in text is written as two backslashes`, line);
            return plain;
        });
}
