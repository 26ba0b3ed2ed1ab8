import type { Cursor } from "./cursor";
import { alias, flavors, initializer, qualifierList, refuseStatement } from "./grammar";

/**
 * `class NAME as $ALIAS : SUPERCLASS { features };`, from `class` on, after the qualifiers. A feature is a property with an optional
 * initial value, a reference (`CLASS ref NAME`), or a method with its parameters. Any name is accepted as a type: the compiler checks it.
 */
export function classDeclaration(cursor: Cursor): void {
    cursor.keyword("class");
    cursor.name("a class");
    alias(cursor);
    if (cursor.accept(":")) cursor.name("a superclass");
    cursor.sign("{");
    while (!cursor.isSign("}")) feature(cursor);
    cursor.sign("}");
}

function feature(cursor: Cursor): void {
    typedName(cursor, "a property or method");
    if (cursor.accept("(")) parameters(cursor);
    else arrayAndInitializer(cursor);
    cursor.sign(";");
}

function parameters(cursor: Cursor): void {
    if (cursor.accept(")")) return;
    do {
        typedName(cursor, "a parameter");
        arrayAndInitializer(cursor);
    } while (cursor.accept(","));
    cursor.sign(")");
}

function typedName(cursor: Cursor, what: string): void {
    qualifierList(cursor);
    refuseStatement(cursor);
    cursor.name("a type");
    if (cursor.isWord("ref") && cursor.isNameAhead) cursor.take();
    cursor.name(what);
}

function arrayAndInitializer(cursor: Cursor): void {
    arrayBrackets(cursor);
    if (cursor.accept("=")) initializer(cursor);
}

function arrayBrackets(cursor: Cursor): void {
    if (!cursor.accept("[")) return;
    if (cursor.next.kind === "number") cursor.take();
    cursor.sign("]");
}

/**
 * A qualifier declaration, from `qualifier` on. WMI's form: `Qualifier NAME : FLAVOR FLAVOR;` (MicrosoftDocs/win32
 * desktop-src/WmiSdk/qualifier-flavors.md). DSP0004's: `Qualifier NAME : TYPE = VALUE, Scope(NAME, NAME), Flavor(NAME, NAME);`.
 */
export function qualifierDeclaration(cursor: Cursor): void {
    cursor.keyword("qualifier");
    cursor.name("a qualifier");
    cursor.sign(":");
    // The type (DSP0004), or the first flavor (WMI).
    flavors(cursor);
    arrayAndInitializer(cursor);
    while (cursor.accept(",")) {
        flavors(cursor);
        if (cursor.accept("(")) names(cursor);
    }
}

function names(cursor: Cursor): void {
    do cursor.name("a scope or flavor");
    while (cursor.accept(","));
    cursor.sign(")");
}
