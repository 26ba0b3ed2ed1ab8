import type { MofTokenStream } from "./mofTokenStream";

export type MofSimpleValue = string | number | boolean | null;

/** Text, a character, a number, TRUE, FALSE or NULL: all that a qualifier or a directive may have. */
export function mofSimpleValue(tokens: MofTokenStream): MofSimpleValue {
    const { here } = tokens;
    if (here.kind === "string" || here.kind === "char") {
        tokens.advance();
        return here.text;
    }
    if (here.kind === "number") {
        tokens.advance();
        return numberOf(here.text);
    }
    if (tokens.acceptWord("true")) return true;
    if (tokens.acceptWord("false")) return false;
    if (tokens.acceptWord("null")) return null;
    return tokens.fail("80044007");
}

/** `{ VALUE, VALUE }`. Windows: unknown whether an array may be empty. Here it may not, as in DSP0004. */
export function mofArray<T>(tokens: MofTokenStream, one: (tokens: MofTokenStream) => T): readonly T[] {
    tokens.expect("{", "80044003");
    const items: T[] = [];
    do {
        const item = one(tokens);
        if (item === null) tokens.fail("80044020");
        items.push(item);
    } while (tokens.accept(","));
    tokens.expect("}", "80044004");
    return items;
}

/** MicrosoftDocs/win32 desktop-src/WmiSdk/numbers.md: `0x41`, `0101` and `1000001B` are all 65. */
function numberOf(text: string): number {
    const sign = text.startsWith("-") ? -1 : 1;
    const digits = text.replace(/^[+-]/, "");
    if (/^[01]+b$/i.test(digits)) return sign * Number.parseInt(digits, 2);
    if (/^0[0-7]+$/.test(digits)) return sign * Number.parseInt(digits, 8);
    return sign * Number(digits);
}
