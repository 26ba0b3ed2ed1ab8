import type { MofTokenStream } from "./mofTokenStream";

export interface MofNumber {
    /** As written: the model does not evaluate numbers. */
    readonly number: string;
}

export type MofSimpleValue = string | MofNumber | boolean | null;

/** Text, a character, a number, TRUE, FALSE or NULL: all that a qualifier or a directive may have. */
export function mofSimpleValue(tokens: MofTokenStream): MofSimpleValue {
    const { here } = tokens;
    if (here.kind === "string" || here.kind === "char") {
        tokens.advance();
        return here.text;
    }
    if (here.kind === "number") {
        tokens.advance();
        return { number: here.text };
    }
    if (tokens.acceptWord("true")) return true;
    if (tokens.acceptWord("false")) return false;
    if (tokens.acceptWord("null")) return null;
    return tokens.fail("80044007");
}

interface ArrayRules {
    /** Products write `= {}`; DSP0004 allows it from 3.0 on. Windows: unknown whether a qualifier may have an empty array. */
    readonly mayBeEmpty: boolean;
}

/** `{ VALUE, VALUE }`. */
export function mofArray<T>(tokens: MofTokenStream, one: (tokens: MofTokenStream) => T, { mayBeEmpty }: ArrayRules): readonly T[] {
    tokens.expect("{", "80044003");
    const items: T[] = [];
    if (mayBeEmpty && tokens.accept("}")) return items;
    do {
        const item = one(tokens);
        if (item === null) tokens.fail("80044020");
        items.push(item);
    } while (tokens.accept(","));
    tokens.expect("}", "80044004");
    return items;
}
