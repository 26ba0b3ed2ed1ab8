const HERE_STRING = /(?:^|[\s(=,;{])@(["'])[ \t]*$/;

/**
 * PowerShell without its comment lines and empty lines. Everything else stays as it is: what stands behind code on its line, and
 * every line of a here-string. Block comments are none of ours.
 * @param text LF lines, the last one ended
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
        // What closes one may stand before what opens the next.
        const [, quote] = closedBy === undefined ? (HERE_STRING.exec(line) ?? []) : [];
        if (quote !== undefined) closedBy = `${quote}@`;
    }
    return kept.map((line) => `${line}\n`).join("");
}
