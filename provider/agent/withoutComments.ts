const HERE_STRING = /(?:^|[\s(=,;{])@(["'])[ \t]*$/;

/**
 * PowerShell without its comment lines and empty lines. Everything else stays: comments after code on the same line, and every line
 * of a here-string. Our scripts have no block comments.
 * @param text LF lines, the last one with its LF
 */
export function withoutComments(text: string): string {
    const kept: string[] = [];
    let closedBy: string | undefined;
    for (const line of text.split("\n")) {
        const inside = closedBy !== undefined;
        if (inside) {
            if (line.startsWith(closedBy ?? "")) closedBy = undefined;
        } else if (/^[ \t]*(#|$)/.test(line)) continue;
        kept.push(line);
        // The line that closes one here-string may open the next.
        const [, quote] = closedBy === undefined ? (HERE_STRING.exec(line) ?? []) : [];
        if (quote !== undefined) closedBy = `${quote}@`;
    }
    return kept.map((line) => `${line}\n`).join("");
}
