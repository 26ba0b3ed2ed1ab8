import { MofSyntaxError } from "./mofErrors";
import type { MofToken } from "./mofLexer";

/**
 * Aliases hold for the whole file, also before they are defined (MicrosoftDocs/win32 desktop-src/WmiSdk/creating-an-alias.md).
 * Windows: unknown which error an alias gives that is defined nowhere.
 * @param tokens of a text that was parsed
 * @throws MofSyntaxError for an alias that is defined twice or nowhere
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
