import { DefinitionProblem } from "./problem";

/** Without a byte order mark mofcomp takes a file for ANSI; Unicode has one (MicrosoftDocs/win32 desktop-src/WmiSdk/mofcomp.md). */
export type MofEncoding = "ascii" | "utf-16le" | "utf-16be";

const REMEDY = "save it as ASCII, or as UTF-16 with a byte order mark";

/**
 * Only encodings that are known for sure: what other bytes mean depends on the code page of the system that compiles them.
 * @returns the text without its byte order mark
 * @throws DefinitionProblem
 */
export function decoded(bytes: Uint8Array): { readonly encoding: MofEncoding; readonly text: string } {
    const encoding = encodingOf(bytes);
    const text = encoding === "ascii" ? asciiText(bytes) : utf16Text(bytes, encoding);
    const nul = text.indexOf("\0");
    if (nul >= 0) throw new DefinitionProblem(`there is a NUL character; ${REMEDY}`, lineAt(text, nul));
    return { encoding, text };
}

/** The bytes of a text; `decoded` of them gives the same text and encoding. */
export function encoded(text: string, encoding: MofEncoding): Buffer {
    if (encoding === "ascii") return Buffer.from(text, "latin1");
    const littleEndian = Buffer.from(`\ufeff${text}`, "utf16le");
    return encoding === "utf-16le" ? littleEndian : littleEndian.swap16();
}

function encodingOf([first, second, third]: Uint8Array): MofEncoding {
    if (first === 0xff && second === 0xfe) return "utf-16le";
    if (first === 0xfe && second === 0xff) return "utf-16be";
    if (first === 0xef && second === 0xbb && third === 0xbf)
        throw new DefinitionProblem(`it is UTF-8 with a byte order mark, which the MOF compiler is not documented to read; ${REMEDY}`);
    return "ascii";
}

function asciiText(bytes: Uint8Array): string {
    const text = Buffer.from(bytes).toString("latin1");
    const at = bytes.findIndex((byte) => byte > 0x7e);
    if (at < 0) return text;
    const hex = bytes[at]?.toString(16);
    throw new DefinitionProblem(
        `there is a byte 0x${hex}, which is not ASCII, and no byte order mark; what it means depends on a code page. ${capitalized(REMEDY)}`,
        lineAt(text, at),
    );
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
