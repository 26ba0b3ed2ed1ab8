import type { Cursor } from "./cursor";
import { DefinitionProblem } from "./problem";
import { meaning, type Token } from "./tokens";

/** Far deeper than any product's file. Without a limit, a file could exhaust the stack. */
const MAX_DEPTH = 50;

/** A range of the text, from a first token to a last one. */
export interface Span {
    readonly start: number;
    readonly end: number;
    /** Line of the first token, from 1. */
    readonly line: number;
}

/** For most values only the position matters. */
export type Value = Span &
    (
        | { readonly kind: "boolean"; readonly value: boolean }
        | { readonly kind: "string"; readonly literals: readonly Token[] }
        | { readonly kind: "other" }
    );

export interface Qualifier extends Span {
    readonly name: Token;
    /** Undefined for a bare name. */
    readonly value: Value | undefined;
}

/** `instance of CLASS as $ALIAS { NAME = VALUE; ... }`, without what comes before and after it. */
export interface InstanceHead extends Span {
    readonly className: Token;
}

/** `[NAME, NAME(VALUE), NAME{VALUE, VALUE} : FLAVOR FLAVOR]`, or nothing. */
export function qualifierList(cursor: Cursor): readonly Qualifier[] {
    const list: Qualifier[] = [];
    if (!cursor.accept("[")) return list;
    do list.push(qualifier(cursor));
    while (cursor.accept(","));
    cursor.sign("]");
    return list;
}

function qualifier(cursor: Cursor): Qualifier {
    const name = cursor.name("a qualifier");
    let value: Value | undefined;
    let { end } = name;
    if (cursor.accept("(")) {
        value = simpleValue(cursor);
        ({ end } = cursor.sign(")"));
    } else if (cursor.isSign("{")) {
        value = array(cursor, () => simpleValue(cursor));
        ({ end } = value);
    }
    if (cursor.accept(":")) end = flavors(cursor);
    return { name, value, start: name.start, end, line: name.line };
}

/** One or more words. The compiler checks whether they are flavors. @returns the offset after the last */
export function flavors(cursor: Cursor): number {
    let { end } = cursor.name("a flavor");
    while (cursor.next.kind === "word") ({ end } = cursor.take());
    return end;
}

/** An instance, from `instance of` on. */
export function instance(cursor: Cursor, depth: number): InstanceHead {
    if (depth > MAX_DEPTH) throw new DefinitionProblem(`instances are nested more than ${MAX_DEPTH} deep`, cursor.next.line);
    const { start, line } = cursor.keyword("instance");
    cursor.keyword("of");
    const className = cursor.name("a class");
    alias(cursor);
    cursor.sign("{");
    while (!cursor.isSign("}")) {
        const qualifiers = qualifierList(cursor);
        refuseStatement(cursor);
        cursor.name("a property");
        // A property with only qualifiers gets its value from a provider
        // (WmiSdk/using-the-system-registry-provider-as-a-property-provider.md).
        if (qualifiers.length === 0 || !cursor.isSign(";")) {
            cursor.sign("=");
            initializer(cursor, depth);
        }
        cursor.sign(";");
    }
    const { end } = cursor.sign("}");
    return { className, start, end, line };
}

/** Rejects `[QUALIFIERS] instance of CLASS { ... };` in place of a property or method, a common mistake when setting the flag. */
export function refuseStatement(cursor: Cursor): void {
    if (!cursor.isWord("instance") || !cursor.isWordAhead("of")) return;
    throw new DefinitionProblem(
        "a separate instance is not allowed here, inside the braces of another statement. Write it after that statement's }; " +
            'with a line #pragma namespace("...") for its namespace before it: [RequiresEncryption(TRUE)] instance of __SystemSecurity { };',
        cursor.next.line,
    );
}

/** `as $NAME`, or nothing. */
export function alias(cursor: Cursor): void {
    if (!cursor.acceptWord("as")) return;
    cursor.sign("$");
    cursor.name("an alias");
}

/** The initial value of a property, a parameter or a qualifier: a simple value, an array, an alias or an instance. */
export function initializer(cursor: Cursor, depth = 0): Value {
    return cursor.isSign("{") ? array(cursor, () => element(cursor, depth)) : element(cursor, depth);
}

function array(cursor: Cursor, takeElement: () => void): Value {
    const { start, line } = cursor.sign("{");
    if (!cursor.isSign("}")) {
        do takeElement();
        while (cursor.accept(","));
    }
    const { end } = cursor.sign("}");
    return { kind: "other", start, end, line };
}

function element(cursor: Cursor, depth: number): Value {
    if (cursor.isWord("instance")) return { kind: "other", ...instance(cursor, depth + 1) };
    const dollar = cursor.accept("$");
    if (!dollar) return simpleValue(cursor);
    const { end } = cursor.name("an alias");
    return { kind: "other", start: dollar.start, end, line: dollar.line };
}

export function simpleValue(cursor: Cursor): Value {
    const { kind, start, end, line } = cursor.next;
    if (kind === "string") return joinedString(cursor);
    if (kind === "number") return { kind: "other", start, end: cursor.take().end, line };
    if (kind === "char") return character(cursor);
    if (cursor.acceptWord("null")) return { kind: "other", start, end, line };
    if (cursor.acceptWord("true")) return { kind: "boolean", value: true, start, end, line };
    if (cursor.acceptWord("false")) return { kind: "boolean", value: false, start, end, line };
    return cursor.fail("a value");
}

/** Adjacent literals are one string (MicrosoftDocs/win32 desktop-src/WmiSdk/strings.md). */
function joinedString(cursor: Cursor): Value {
    const literals: Token[] = [];
    while (cursor.next.kind === "string") literals.push(cursor.take());
    const [first, last] = [literals[0] as Token, literals.at(-1) as Token];
    return { kind: "string", literals, start: first.start, end: last.end, line: first.line };
}

function character(cursor: Cursor): Value {
    const token = cursor.take();
    if (meaning(token).length !== 1) throw new DefinitionProblem("single quotes hold one character", token.line);
    return { kind: "other", start: token.start, end: token.end, line: token.line };
}
