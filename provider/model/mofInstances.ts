import { mofQualifiers } from "./mofQualifiers";
import type { MofTokenStream } from "./mofTokenStream";
import { type MofSimpleValue, mofArray, mofSimpleValue } from "./mofValues";

export interface MofAlias {
    /** Lower case, without the dollar sign. */
    readonly alias: string;
}

type MofElement = MofSimpleValue | MofAlias | MofObject;
export type MofValue = MofElement | readonly MofElement[];

/** An instance, at the top level or embedded in another object. */
export interface MofObject {
    readonly className: string;
    /** By name in lower case. */
    readonly properties: ReadonlyMap<string, MofValue>;
}

/** `instance of CLASS as $ALIAS { ... }`; the next token is `instance`. */
export function mofInstance(tokens: MofTokenStream): MofObject {
    const className = instanceOf(tokens);
    mofAliasClause(tokens);
    return { className, properties: properties(tokens) };
}

/** The initial value of a property or parameter; besides a simple value an alias, an embedded instance, or an array of any of these. */
export function mofInitializer(tokens: MofTokenStream): MofValue {
    return tokens.isSign("{") ? mofArray(tokens, element, { mayBeEmpty: true }) : element(tokens);
}

function element(tokens: MofTokenStream): MofElement {
    if (tokens.accept("$")) return { alias: tokens.name("80044016").toLowerCase() };
    return tokens.isWord("instance") ? embeddedInstance(tokens) : mofSimpleValue(tokens);
}

function embeddedInstance(tokens: MofTokenStream): MofObject {
    const className = instanceOf(tokens);
    if (tokens.isWord("as")) tokens.fail("8004401f");
    return { className, properties: properties(tokens) };
}

/** `as $ALIAS`, or nothing. */
export function mofAliasClause(tokens: MofTokenStream): void {
    if (!tokens.acceptWord("as")) return;
    tokens.expect("$", "80044019");
    tokens.name("80044016");
}

function instanceOf(tokens: MofTokenStream): string {
    tokens.advance();
    if (!tokens.acceptWord("of")) tokens.fail("80044018");
    return tokens.name("80044014");
}

function properties(tokens: MofTokenStream): ReadonlyMap<string, MofValue> {
    tokens.expect("{", "80044003");
    const found = new Map<string, MofValue>();
    while (!tokens.isSign("}")) {
        const qualifiers = mofQualifiers(tokens);
        const property = tokens.name("8004400c").toLowerCase();
        if (found.has(property)) tokens.fail("8004401b");
        // A property with only qualifiers gets its value from a provider
        // (WmiSdk/using-the-system-registry-provider-as-a-property-provider.md).
        if (qualifiers.length > 0 && tokens.isSign(";")) found.set(property, null);
        else {
            tokens.expect("=", "80044002");
            found.set(property, mofInitializer(tokens));
        }
        tokens.expect(";", "80044002");
    }
    tokens.advance();
    return found;
}
