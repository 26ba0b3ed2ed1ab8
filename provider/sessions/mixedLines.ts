type Encoding = "utf8" | "utf-16le" | "utf-16be";

const LF = 0x0a;

/**
 * The lines of a file with mixed encodings. In Windows PowerShell `>>` and `Out-File -Append` write UTF-16 into any file, and ssh
 * then appends UTF-8. So each line is decoded separately: as UTF-16 if it has a byte order mark, or a zero byte beside its first
 * character; else as UTF-8. A line with both encodings keeps its unreadable characters (see `isGarbled`).
 * @returns without line ends and byte order marks; the first is line 1 of the file
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

/** Whether a line mixes two encodings: it has a zero byte, or a line feed inside a two-byte character. */
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
