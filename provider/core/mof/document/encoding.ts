import { DefinitionProblem } from "./problem";

/**
 * mofcomp takes a file without a byte order mark for ANSI; Unicode files have one (MicrosoftDocs/win32 desktop-src/WmiSdk/mofcomp.md). ANSI
 * here means ASCII, mixed with bytes of an unknown code page.
 */
export type MofEncoding = "ansi" | "utf-16le" | "utf-16be";

/**
 * In the text, a byte above 0x7f of an ANSI file is this plus the byte: half a surrogate pair, which no valid UTF-16 file contains. So it
 * is not a letter, and it can be turned back into the byte.
 */
const CODE_PAGE_BYTE = 0xdc00;

const REMEDY = "save it as ASCII, or as UTF-16 with a byte order mark";

/**
 * Accepts only encodings that are certain. The meaning of other bytes depends on the code page of the system that compiles them. They are
 * kept in the text (see `codePageByte`) and must be refused wherever they have a meaning.
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

/** The reverse of `decoded`. */
export function encoded(text: string, encoding: MofEncoding): Buffer {
    // Keeps the low byte of each code unit, so the `CODE_PAGE_BYTE` offset disappears.
    if (encoding === "ansi") return Buffer.from(text, "latin1");
    const littleEndian = Buffer.from(`\ufeff${text}`, "utf16le");
    return encoding === "utf-16le" ? littleEndian : littleEndian.swap16();
}

function encodingOf([first, second, third]: Uint8Array): MofEncoding {
    if (first === 0xff && second === 0xfe) return "utf-16le";
    if (first === 0xfe && second === 0xff) return "utf-16be";
    if (first === 0xef && second === 0xbb && third === 0xbf)
        throw new DefinitionProblem(`it is UTF-8 with a byte order mark, and no document says that the MOF compiler reads that; ${REMEDY}`);
    return "ansi";
}

/** The byte above 0x7f that a character represents; undefined for an ordinary character. */
export function codePageByte(character: string): number | undefined {
    const byte = character.charCodeAt(0) - CODE_PAGE_BYTE;
    return byte >= 0x80 && byte <= 0xff ? byte : undefined;
}

/** @throws DefinitionProblem always: such a byte is only accepted in comments */
export function refuseCodePageByte(byte: number, line: number): never {
    throw new DefinitionProblem(
        `there is a byte 0x${byte.toString(16)}, which is not ASCII, and no byte order mark; its meaning depends on a code page, so it is accepted only in comments. ${capitalized(REMEDY)}`,
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
