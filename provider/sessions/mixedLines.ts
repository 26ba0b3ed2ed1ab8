type Encoding = "utf8" | "utf-16le" | "utf-16be";

const LF = 0x0a;

/**
 * The lines of a file of which parts were written by others than the rest: in Windows PowerShell, `>>` and `Out-File -Append`
 * write UTF-16 whatever stands there, and what ssh adds to such a file is UTF-8 again. So each line is read for itself: as
 * UTF-16 where a byte order mark or a zero byte beside its first character says so, else as UTF-8. In a line that is glued
 * together of both, what can't be read is left as it is (see `isGarbled`).
 * @returns without line ends and byte order marks; the first one is line 1 of the file
 */
export function mixedLines(content: Buffer): string[] {
    const lines: string[] = [];
    for (let at = 0; at < content.length; ) {
        const { encoding, mark } = encodingAt(content, at);
        const end = endOfLine(content, at + mark, encoding);
        lines.push(new TextDecoder(encoding).decode(content.subarray(at + mark, end)).replace(/\r$/, ""));
        at = end + (encoding === "utf8" ? 1 : 2);
    }
    return lines;
}

/** Whether a line is glued together of two encodings: a zero byte is left over, or a line end hides in a character of two bytes. */
export function isGarbled(line: string): boolean {
    for (let at = 0; at < line.length; at++) {
        const unit = line.charCodeAt(at);
        if (unit === 0 || (unit > 0xff && (unit >> 8 === LF || (unit & 0xff) === LF))) return true;
    }
    return false;
}

/** @returns `mark`: how many bytes a byte order mark takes */
function encodingAt(content: Buffer, at: number): { encoding: Encoding; mark: number } {
    const [first, second, third] = content.subarray(at, at + 3);
    if (first === 0xff && second === 0xfe) return { encoding: "utf-16le", mark: 2 };
    if (first === 0xfe && second === 0xff) return { encoding: "utf-16be", mark: 2 };
    if (first === 0xef && second === 0xbb && third === 0xbf) return { encoding: "utf8", mark: 3 };
    if (second === 0) return { encoding: "utf-16le", mark: 0 };
    return { encoding: first === 0 ? "utf-16be" : "utf8", mark: 0 };
}

/** Where the line's LF begins, or the end of the content. */
function endOfLine(content: Buffer, from: number, encoding: Encoding): number {
    if (encoding === "utf8") {
        const end = content.indexOf(LF, from);
        return end < 0 ? content.length : end;
    }
    for (let at = from; at + 1 < content.length; at += 2)
        if ((encoding === "utf-16le" ? content.readUInt16LE(at) : content.readUInt16BE(at)) === LF) return at;
    return content.length;
}
