import { mofAliasClause, mofInitializer } from "./mofInstances";
import { mofFlavors, mofQualifiers } from "./mofQualifiers";
import type { MofTokenStream } from "./mofTokenStream";
import { mofSimpleValue } from "./mofValues";

/** The types that a qualifier can have (MicrosoftDocs/win32 desktop-src/WmiSdk/mof-data-types.md and numbers.md). */
const QUALIFIER_TYPES = new Set(
    "boolean char16 datetime real32 real64 sint8 sint16 sint32 sint64 string uint8 uint16 uint32 uint64".split(" "),
);

/**
 * `class NAME as $ALIAS : SUPERCLASS { ... }`; the next token is `class`. Properties, references and methods are parsed and dropped: the
 * model stores no classes. A type that is not one of CIM's is taken for a class.
 * @returns the name of the class
 */
export function mofClass(tokens: MofTokenStream): string {
    tokens.advance();
    const name = tokens.name("80044014");
    mofAliasClause(tokens);
    if (tokens.accept(":")) tokens.name("80044014");
    tokens.expect("{", "80044003");
    const members = new Set<string>();
    while (!tokens.isSign("}")) {
        if (tokens.here.kind === "end") tokens.fail("80044029");
        member(tokens, members);
    }
    tokens.advance();
    return name;
}

function member(tokens: MofTokenStream, members: Set<string>): void {
    mofQualifiers(tokens);
    const name = declaredName(tokens);
    if (members.has(name)) tokens.fail("8004401b");
    members.add(name);
    if (tokens.accept("(")) parameters(tokens);
    else rest(tokens);
    tokens.expect(";", "80044002");
}

/** A method's parameter list, after the opening parenthesis. */
function parameters(tokens: MofTokenStream): void {
    if (tokens.accept(")")) return;
    do {
        const qualifiers = mofQualifiers(tokens);
        // MicrosoftDocs/win32 desktop-src/WmiSdk/creating-a-method.md, ParameterDirection.
        if (!qualifiers.some(({ name }) => /^(in|out)$/i.test(name))) tokens.fail("80044027");
        declaredName(tokens);
        rest(tokens);
    } while (tokens.accept(","));
    tokens.expect(")", "80044006");
}

/** `TYPE NAME` or `CLASS ref NAME`. @returns the name in lower case */
function declaredName(tokens: MofTokenStream): string {
    tokens.name("80044008");
    const name = tokens.name("8004400c").toLowerCase();
    return name === "ref" && tokens.here.kind === "word" ? tokens.name("8004400c").toLowerCase() : name;
}

/** What follows the name of a property or a parameter: `[SIZE]` and `= VALUE`, both optional. */
function rest(tokens: MofTokenStream): void {
    const isArray = arrayMark(tokens);
    if (!tokens.accept("=")) return;
    if (tokens.isSign("{") && !isArray) tokens.fail("8004400f");
    mofInitializer(tokens);
}

function arrayMark(tokens: MofTokenStream): boolean {
    if (!tokens.accept("[")) return false;
    if (tokens.here.kind === "number") tokens.advance();
    tokens.expect("]", "80044005");
    return true;
}

/**
 * `Qualifier NAME : FLAVOR FLAVOR` (MicrosoftDocs/win32 desktop-src/WmiSdk/qualifier-flavors.md) or `Qualifier NAME : TYPE = VALUE,
 * Scope(WORD, WORD), Flavor(WORD, WORD)` (DSP0004); the next token is `qualifier`. It has no effect.
 */
export function mofQualifierDeclaration(tokens: MofTokenStream): void {
    tokens.advance();
    tokens.name("80044001");
    tokens.expect(":", "8004402d");
    const { here } = tokens;
    if (here.kind === "word" && QUALIFIER_TYPES.has(here.text.toLowerCase())) typeAndScope(tokens);
    else mofFlavors(tokens);
}

function typeAndScope(tokens: MofTokenStream): void {
    tokens.advance();
    const isArray = arrayMark(tokens);
    if (tokens.accept("=")) {
        if (isArray) mofInitializer(tokens);
        else mofSimpleValue(tokens);
    }
    while (tokens.accept(",")) {
        if (!/^(scope|flavor)$/i.test(tokens.name("8004402d"))) tokens.fail("8004402d");
        tokens.expect("(", "80044009");
        do tokens.name("8004402d");
        while (tokens.accept(","));
        tokens.expect(")", "80044006");
    }
}
