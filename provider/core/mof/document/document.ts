import { classDeclaration, qualifierDeclaration } from "./classes";
import { Cursor } from "./cursor";
import { type InstanceHead, instance, type Qualifier, qualifierList, type Span, simpleValue, type Value } from "./grammar";
import { DefinitionProblem } from "./problem";
import { meaning, type Token, tokensOf } from "./tokens";

/** A top-level instance with its qualifiers: what is compiled into a namespace. */
export interface InstanceStatement {
    readonly qualifiers: readonly Qualifier[];
    readonly instance: InstanceHead;
    /** The path from the `#pragma namespace` in force, with escapes resolved; undefined if there is none before. */
    readonly namespace: string | undefined;
}

/**
 * Reads MOF as Windows products write it (DMTF DSP0004 appendix A; MicrosoftDocs/win32 desktop-src/WmiSdk, "Managed Object Format"):
 * directives, classes, qualifier declarations and instances. Included files are not read.
 *
 * Only the syntax is checked. Whether names exist, types match and flavors are compatible is left to the compiler on the host.
 * @returns the top-level instances, in order
 * @throws DefinitionProblem with the line and what was expected there
 */
export function instancesOf(text: string): readonly InstanceStatement[] {
    const cursor = new Cursor(tokensOf(text));
    const instances: InstanceStatement[] = [];
    let namespace: string | undefined;
    while (!cursor.isAtEnd) {
        if (cursor.accept("#")) {
            namespace = directive(cursor) ?? namespace;
            continue;
        }
        if (cursor.isWord("qualifier")) qualifierDeclaration(cursor);
        else {
            const qualifiers = qualifierList(cursor);
            if (cursor.isWord("class")) classDeclaration(cursor);
            else if (cursor.isWord("instance")) instances.push({ qualifiers, instance: instance(cursor, 0), namespace });
            else cursor.fail(qualifiers.length > 0 ? "class or instance" : "#pragma, a class, an instance or a qualifier declaration");
        }
        cursor.sign(";");
    }
    return instances;
}

/**
 * `#pragma NAME`, `#pragma NAME(VALUE, WORD)`, `#include("FILE")`, after the `#`.
 * @returns the namespace, if it is a `#pragma namespace`
 */
function directive(cursor: Cursor): string | undefined {
    if (cursor.acceptWord("include")) {
        directiveArguments(cursor);
        return undefined;
    }
    cursor.keyword("pragma");
    const name = cursor.name("a directive");
    const isNamespace = name.text.toLowerCase() === "namespace";
    if (!isNamespace && !cursor.isSign("(")) return undefined;
    const given = directiveArguments(cursor);
    return isNamespace ? namespaceText(given, name) : undefined;
}

/** Besides values there are bare words: `#pragma deleteclass("CLASS", NOFAIL)`. */
function directiveArguments(cursor: Cursor): readonly Value[] {
    const given: Value[] = [];
    cursor.sign("(");
    do given.push(bareWord(cursor) ?? simpleValue(cursor));
    while (cursor.accept(","));
    cursor.sign(")");
    return given;
}

function bareWord(cursor: Cursor): Value | undefined {
    const word: (Span & Token) | undefined = cursor.acceptWord("fail") ?? cursor.acceptWord("nofail");
    return word && { kind: "other", start: word.start, end: word.end, line: word.line };
}

function namespaceText([path, ...others]: readonly Value[], { line }: Token): string {
    if (path?.kind !== "string" || others.length > 0)
        throw new DefinitionProblem(
            '#pragma namespace takes the path of a namespace in double quotes, as in ("\\\\\\\\.\\\\root\\\\cimv2")',
            line,
        );
    const text = path.literals.map(meaning).join("");
    // For example "\\.\root", in which \r is a carriage return. No document says which namespace the compiler takes that for.
    if (text === "" || /\p{Cc}/u.test(text))
        throw new DefinitionProblem("the path of the namespace is empty or contains control characters; write each backslash twice", line);
    return text;
}
