import { MofSyntaxError } from "./mofErrors";
import type { MofToken } from "./mofLexer";

/**
 * Aliases are valid in the whole file, even before their definition (MicrosoftDocs/win32 desktop-src/WmiSdk/creating-an-alias.md). Windows:
 * unknown which error an undefined alias gives.
 * @param tokens of a parsed text
 * @throws MofSyntaxError for an alias that is defined twice or not at all
 */
export function checkMofAliases(tokens: readonly MofToken[]): void {
    const defined = new Set<string>();
    const used: { readonly name: string; readonly line: number }[] = [];
    for (const [index, token] of tokens.entries()) {
        const [before, after] = [tokens[index - 1], tokens[index + 1]];
        if (token.kind !== "sign" || token.text !== "$" || after?.kind !== "word") continue;
        const name = after.text.toLowerCase();
        const isDefinition = before?.kind === "word" && before.text.toLowerCase() === "as";
        if (!isDefinition) used.push({ name, line: token.line });
        else if (defined.has(name)) throw new MofSyntaxError("80044024", token.line);
        else defined.add(name);
    }
    const unknown = used.find(({ name }) => !defined.has(name));
    if (unknown !== undefined) throw new MofSyntaxError("80044016", unknown.line);
}
