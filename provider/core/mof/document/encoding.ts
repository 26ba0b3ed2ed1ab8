import { DefinitionProblem } from "./problem";

/**
 * Without a byte order mark mofcomp takes a file for ANSI; Unicode has one (MicrosoftDocs/win32 desktop-src/WmiSdk/mofcomp.md).
 * ANSI is ASCII here, with bytes of an unknown code page among it.
 */
export type MofEncoding = "ansi" | "utf-16le" | "utf-16be";

/**
 * A byte above 0x7f of an ANSI file is this plus the byte in the text: half of a surrogate pair, which no UTF-16 file has in it.
 * So it is no letter, and goes back to the byte that it was.
 */
const CODE_PAGE_BYTE = 0xdc00;

const REMEDY = "save it as ASCII, or as UTF-16 with a byte order mark";

/**
 * Only encodings that are known for sure: what other bytes mean depends on the code page of the system that compiles them. Those that
 * are kept in the text, as `codePageByte` tells, must be refused wherever they mean anything.
 * @returns the text without its byte order mark
 * @throws DefinitionProblem
 */
export function decoded(bytes: Uint8Array): { readonly encoding: MofEncoding; readonly text: string } {
    const encoding = encodingOf(bytes);
    const text = encoding === "ansi" ? ansiText(bytes) : utf16Text(bytes, encoding);
    const nul = text.indexOf("\0");
    if (nul >= 0) throw new DefinitionProblem(`there is a NUL character; ${REMEDY}`, lineAt(text, nul));
    return { encoding, text };
}

/** The bytes of a text; `decoded` of them gives the same text and encoding. */
export function encoded(text: string, encoding: MofEncoding): Buffer {
    // Takes the low byte of each unit: what `CODE_PAGE_BYTE` was added to.
    if (encoding === "ansi") return Buffer.from(text, "latin1");
    const littleEndian = Buffer.from(`\ufeff${text}`, "utf16le");
    return encoding === "utf-16le" ? littleEndian : littleEndian.swap16();
}

function encodingOf([first, second, third]: Uint8Array): MofEncoding {
    if (first === 0xff && second === 0xfe) return "utf-16le";
    if (first === 0xfe && second === 0xff) return "utf-16be";
    if (first === 0xef && second === 0xbb && third === 0xbf)
        throw new DefinitionProblem(`it is UTF-8 with a byte order mark, which the MOF compiler is not documented to read; ${REMEDY}`);
    return "ansi";
}

/** The byte above 0x7f that a character stands for; undefined for a character that means itself. */
export function codePageByte(character: string): number | undefined {
    const byte = character.charCodeAt(0) - CODE_PAGE_BYTE;
    return byte >= 0x80 && byte <= 0xff ? byte : undefined;
}

/** @throws DefinitionProblem that says what is wrong with such a byte outside of comments */
export function refuseCodePageByte(byte: number, line: number): never {
    throw new DefinitionProblem(
        `there is a byte 0x${byte.toString(16)}, which is not ASCII, and no byte order mark; what it means depends on a code page, so it is taken in comments alone. ${capitalized(REMEDY)}`,
        line,
    );
}

function ansiText(bytes: Uint8Array): string {
    const text = Buffer.from(bytes)
        .toString("latin1")
        .replace(/[\x80-\xff]/g, (character) => String.fromCharCode(CODE_PAGE_BYTE + character.charCodeAt(0)));
    const at = text.indexOf("\x7f");
    if (at >= 0) throw new DefinitionProblem(`there is a control character 0x7f; ${REMEDY}`, lineAt(text, at));
    return text;
}

function utf16Text(bytes: Uint8Array, encoding: "utf-16le" | "utf-16be"): string {
    if (bytes.length % 2 !== 0) throw new DefinitionProblem(`it begins as UTF-16 and has an odd number of bytes; ${REMEDY}`);
    const units = Buffer.from(bytes.subarray(2));
    const text = (encoding === "utf-16be" ? units.swap16() : units).toString("utf16le");
    const lone = /[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/.exec(text);
    if (lone !== null) throw new DefinitionProblem(`there is half of a UTF-16 surrogate pair; ${REMEDY}`, lineAt(text, lone.index));
    return text;
}

const capitalized = (text: string) => text.charAt(0).toUpperCase() + text.slice(1);

const lineAt = (text: string, at: number) => text.slice(0, at).split("\n").length;
