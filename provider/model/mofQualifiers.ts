import type { MofTokenStream } from "./mofTokenStream";
import { type MofSimpleValue, mofArray, mofSimpleValue } from "./mofValues";

export interface MofQualifier {
    readonly name: string;
    /** Undefined for a bare name without parentheses. */
    readonly value: MofSimpleValue | readonly MofSimpleValue[] | undefined;
    /** Lower case. */
    readonly flavors: readonly string[];
}

const FLAVORS = new Set("amended disableoverride enableoverride nottoinstance nottosubclass restricted toinstance tosubclass".split(" "));

/** A list in square brackets, or nothing. */
export function mofQualifiers(tokens: MofTokenStream): readonly MofQualifier[] {
    const list: MofQualifier[] = [];
    if (!tokens.accept("[")) return list;
    do {
        const name = tokens.name("80044001");
        if (name.toLowerCase() === "cimtype") tokens.fail("8004401a");
        if (list.some((other) => other.name.toLowerCase() === name.toLowerCase())) tokens.fail("80044021");
        const value = qualifierValue(tokens);
        list.push({ name, value, flavors: tokens.accept(":") ? mofFlavors(tokens) : [] });
    } while (tokens.accept(","));
    tokens.expect("]", "80044005");
    return list;
}

function qualifierValue(tokens: MofTokenStream): MofQualifier["value"] {
    if (tokens.isSign("{")) return mofArray(tokens, mofSimpleValue, { mayBeEmpty: false });
    if (!tokens.accept("(")) return undefined;
    const value = mofSimpleValue(tokens);
    tokens.expect(")", "80044006");
    return value;
}

/** One or more flavors, separated by blanks (MicrosoftDocs/win32 desktop-src/WmiSdk/qualifier-flavors.md). */
export function mofFlavors(tokens: MofTokenStream): readonly string[] {
    const found: string[] = [];
    for (let { here } = tokens; here.kind === "word"; { here } = tokens) {
        const flavor = here.text.toLowerCase();
        if (!FLAVORS.has(flavor)) tokens.fail("80044022");
        found.push(flavor);
        tokens.advance();
    }
    if (found.length === 0) tokens.fail("80044022");
    if (found.includes("enableoverride") && found.includes("disableoverride")) tokens.fail("80044023");
    if (found.includes("restricted") && (found.includes("toinstance") || found.includes("tosubclass"))) tokens.fail("80044025");
    return found;
}
