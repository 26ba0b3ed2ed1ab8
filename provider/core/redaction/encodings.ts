/**
 * The byte sequences that a text with non-ASCII letters can have in the output of Windows programs, one character per byte. UTF-16 is
 * listed without its NULs, which the search ignores.
 */
export function encodings(text: string): string[] {
    if (!/[^\0-\x7f]/.test(text)) return [];
    const utf8 = Buffer.from(text, "utf8").toString("latin1");
    const utf16 = Buffer.from(text, "utf16le");
    const pages = PAGES.flatMap((page) => encoded(text, page()) ?? []);
    return [...new Set([utf8, utf16.toString("latin1"), Buffer.from(utf16).swap16().toString("latin1"), ...pages])];
}

/** From a character to its bytes, as characters. */
type Page = ReadonlyMap<string, string>;

/** @returns undefined if the page lacks one of the letters */
function encoded(text: string, page: Page): string | undefined {
    let bytes = "";
    for (const letter of text) {
        const one = letter < "\x80" ? letter : page.get(letter);
        if (one === undefined) return undefined;
        bytes += one;
    }
    return bytes;
}

/** The letters, from 0x80 on, of console code pages that the Encoding Standard lacks; a space if there is none. */
const OEM = [
    "ÇüéâäàåçêëèïîìÄÅÉæÆôöòûùÿÖÜ    ƒáíóúñÑªº                                                        αßΓπΣσµτΦΘΩδ φε             ⁿ",
    "ÇüéâäàåçêëèïîìÄÅÉæÆôöòûùÿÖÜø Ø ƒáíóúñÑªº             ÁÂÀ              ãÃ        ðÐÊËÈıÍÎÏ     Ì ÓßÔÒõÕµþÞÚÛÙýÝ",
    "ÇüéâäůćçłëŐőîŹÄĆÉĹĺôöĽľŚśÖÜŤťŁ čáíóúĄąŽžĘę źČş       ÁÂĚŞ    Żż       Ăă        đĐĎËďŇÍÎě    ŢŮ ÓßÔŃńňŠšŔÚŕŰýÝţ    ˇ       űŘř",
];

const ONE_BYTE = [
    ...["ibm866", "windows-874", "koi8-r", "macintosh"],
    ...[1250, 1251, 1252, 1253, 1254, 1255, 1256, 1257, 1258].map((number) => `windows-${number}`),
];
const TWO_BYTES = ["shift_jis", "gbk", "euc-kr", "big5"];

const PAGES: readonly (() => Page)[] = [
    ...OEM.map((letters) => once(() => oemPage(letters))),
    ...ONE_BYTE.map((label) => once(() => decodedPage(label, oneByte()))),
    ...TWO_BYTES.map((label) => once(() => decodedPage(label, twoBytes()))),
];

/** Built when the first secret needs it. */
function once(make: () => Page): () => Page {
    let made: Page | undefined;
    return () => {
        made ??= make();
        return made;
    };
}

const oemPage = (letters: string): Page => new Map([...letters].map((letter, index) => [letter, String.fromCharCode(0x80 + index)]));

function decodedPage(label: string, candidates: Iterable<number[]>): Page {
    const decoder = new TextDecoder(label);
    const page = new Map<string, string>();
    for (const bytes of candidates) {
        const letter = decoder.decode(Uint8Array.from(bytes));
        if ([...letter].length === 1 && letter !== "\ufffd" && !page.has(letter)) page.set(letter, String.fromCharCode(...bytes));
    }
    return page;
}

function* oneByte(): Generator<number[]> {
    for (let byte = 0x80; byte <= 0xff; byte++) yield [byte];
}

function* twoBytes(): Generator<number[]> {
    yield* oneByte();
    for (let lead = 0x81; lead <= 0xfe; lead++) for (let trail = 0x40; trail <= 0xfe; trail++) yield [lead, trail];
}
