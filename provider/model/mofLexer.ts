import { MofSyntaxError } from "./mofErrors";

export type MofToken = { readonly line: number } & (
    | { readonly kind: "word"; readonly text: string }
    /** Adjacent literals are one string (MicrosoftDocs/win32 desktop-src/WmiSdk/strings.md). */
    | { readonly kind: "string"; readonly text: string }
    /** A character in single quotes: char16. */
    | { readonly kind: "char"; readonly text: string }
    | { readonly kind: "number"; readonly text: string }
    | { readonly kind: "sign"; readonly text: string }
    | { readonly kind: "end" }
);

const BLANK = /[ \t\r\n\f\v]+/y;
const LINE_COMMENT = /\/\/[^\r\n]*/y;
const BLOCK_COMMENT = /\/\*[\s\S]*?\*\//y;
const WORD = /[A-Za-z_][A-Za-z0-9_]*/y;
/** MicrosoftDocs/win32 desktop-src/WmiSdk/numbers.md. */
const NUMBER = /[+-]?(?:0[xX][0-9A-Fa-f]+|[01]+[bB]|\d+(?:\.\d+)?(?:[eE][+-]?\d+)?|\.\d+)\b/y;
const STRING = /"((?:[^"\\\r\n]|\\[^\r\n])*)"/y;
const CHARACTER = /'((?:[^'\\\r\n]|\\[^\r\n])+)'/y;
const SIGN = /[#[\](){}:;,=$]/y;
/** Represents a byte whose meaning depends on a code page: a noncharacter, which no text contains by itself. Only allowed in comments. */
export const UNREADABLE = "\uffff";

const ESCAPES: Readonly<Record<string, string>> = { b: "\b", t: "\t", n: "\n", f: "\f", r: "\r", '"': '"', "'": "'", "\\": "\\" };

/**
 * Splits MOF into tokens, without blanks and comments.
 * @returns the tokens; `end` is the last
 * @throws MofSyntaxError for an unfinished comment or string, an unknown escape, or a stray character
 */
export function mofTokens(text: string): readonly MofToken[] {
    const tokens: MofToken[] = [];
    let at = 0;
    let line = 1;

    const take = (pattern: RegExp): RegExpExecArray | undefined => {
        pattern.lastIndex = at;
        const found = pattern.exec(text);
        if (found === null) return undefined;
        at += found[0].length;
        return found;
    };
    const skipped = (): boolean => {
        const found = take(BLANK) ?? take(LINE_COMMENT) ?? take(BLOCK_COMMENT);
        line += found?.[0].split("\n").slice(1).length ?? 0;
        return found !== undefined;
    };

    while (at < text.length) {
        if (skipped()) continue;
        const word = take(WORD);
        if (word !== undefined) {
            tokens.push({ kind: "word", text: word[0], line });
            continue;
        }
        const number = take(NUMBER);
        if (number !== undefined) {
            tokens.push({ kind: "number", text: number[0], line });
            continue;
        }
        const string = take(STRING);
        if (string !== undefined) {
            const before = tokens.at(-1);
            if (string[0].includes(UNREADABLE)) throw new MofSyntaxError("8004401e", line);
            const value = unescaped(string[1] ?? "", line);
            if (before?.kind === "string") tokens[tokens.length - 1] = { ...before, text: before.text + value };
            else tokens.push({ kind: "string", text: value, line });
            continue;
        }
        const character = take(CHARACTER);
        if (character !== undefined) {
            if (character[0].includes(UNREADABLE)) throw new MofSyntaxError("8004401e", line);
            const value = unescaped(character[1] ?? "", line);
            if (value.length !== 1) throw new MofSyntaxError("80044007", line);
            tokens.push({ kind: "char", text: value, line });
            continue;
        }
        const sign = take(SIGN);
        if (sign === undefined) throw new MofSyntaxError("8004400a", line);
        tokens.push({ kind: "sign", text: sign[0], line });
    }
    tokens.push({ kind: "end", line });
    return tokens;
}

/**
 * Resolves the escapes of CIM's MOF: `\b \t
 * \f \r \" \' \\` and `\x` with one to four hex digits. Any other is refused. Windows: unknown how mofcomp treats an unlisted escape, and
 * whether it also takes the \r in "root\rest" for a carriage return.
 */
function unescaped(text: string, line: number): string {
    return text.replace(/\\(?:[xX]([0-9A-Fa-f]{1,4})|(.))/gs, (_all, hex: string | undefined, letter: string | undefined) => {
        if (hex !== undefined) return String.fromCharCode(Number.parseInt(hex, 16));
        const plain = letter === undefined ? undefined : ESCAPES[letter];
        if (plain === undefined) throw new MofSyntaxError("8004400a", line);
        return plain;
    });
}
