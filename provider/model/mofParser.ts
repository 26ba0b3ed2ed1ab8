import { checkMofAliases } from "./mofAliases";
import { mofClass, mofQualifierDeclaration } from "./mofClasses";
import { type MofObject, mofInstance } from "./mofInstances";
import { type MofQualifier, mofQualifiers } from "./mofQualifiers";
import { MofTokenStream } from "./mofTokenStream";
import { type MofSimpleValue, mofSimpleValue } from "./mofValues";

interface Placed {
    /** The text of the `#pragma namespace` in force, if there is one. */
    readonly namespace: string | undefined;
    readonly firstLine: number;
    readonly lastLine: number;
}

export interface MofInstance extends MofObject, Placed {
    readonly kind: "instance";
    readonly qualifiers: readonly MofQualifier[];
}

export interface MofClass extends Placed {
    readonly kind: "class";
    readonly name: string;
}

export interface MofFile {
    /** What is stored, in the order of the file. */
    readonly objects: readonly (MofInstance | MofClass)[];
    readonly autorecover: boolean;
}

/**
 * MicrosoftDocs/win32 desktop-src/WmiSdk/-pragma.md. `deleteinstance` is left out: the model refuses what it can't do. So is
 * `deleteclass` with FAIL.
 */
const PRAGMAS_WITHOUT_EFFECT = new Set(["amendment", "classflags", "instanceflags"]);

/**
 * Reads MOF: directives, classes, qualifier declarations, and instances (DMTF DSP0004; MicrosoftDocs/win32 desktop-src/WmiSdk).
 * @throws MofSyntaxError
 */
export function parseMof(text: string): MofFile {
    const tokens = new MofTokenStream(text);
    const objects: (MofInstance | MofClass)[] = [];
    let autorecover = false;
    let namespace: string | undefined;

    while (tokens.here.kind !== "end") {
        if (tokens.accept("#")) {
            const found = directive(tokens);
            if (found === "autorecover") autorecover = true;
            else namespace = found?.namespace ?? namespace;
            continue;
        }
        const firstLine = tokens.here.line;
        const found = declaration(tokens);
        const lastLine = tokens.here.line;
        tokens.expect(";", "80044002");
        if (found !== undefined) objects.push({ ...found, namespace, firstLine, lastLine });
    }
    checkMofAliases(tokens.all);
    return { objects, autorecover };
}

/** What stands before a semicolon at the top of a file. @returns undefined for a qualifier declaration */
function declaration(tokens: MofTokenStream): Omit<MofInstance, keyof Placed> | Omit<MofClass, keyof Placed> | undefined {
    if (tokens.isWord("qualifier")) {
        mofQualifierDeclaration(tokens);
        return undefined;
    }
    const qualifiers = mofQualifiers(tokens);
    if (tokens.isWord("class")) return { kind: "class", name: mofClass(tokens) };
    if (tokens.isWord("instance")) return { kind: "instance", qualifiers, ...mofInstance(tokens) };
    return tokens.fail(tokens.isWord("typedef") || tokens.isWord("enum") ? "8004400d" : "8004400a");
}

/** What follows `#`. */
function directive(tokens: MofTokenStream): "autorecover" | { readonly namespace: string } | undefined {
    // The model's machine has no other files.
    if (tokens.isWord("include")) tokens.fail("80044030");
    if (!tokens.isWord("pragma")) tokens.fail("80044012");
    const { line } = tokens.here;
    tokens.advance();
    const name = tokens.name("80044012").toLowerCase();
    if (name === "autorecover") return "autorecover";
    if (name === "deleteclass") return deleteClass(tokens);
    if (name !== "namespace" && !PRAGMAS_WITHOUT_EFFECT.has(name)) tokens.fail("80044012", line);
    const [given, ...others] = directiveValues(tokens);
    if (name !== "namespace") return undefined;
    return typeof given === "string" && given !== "" && others.length === 0 ? { namespace: given } : tokens.fail("80044013", line);
}

function directiveValues(tokens: MofTokenStream): readonly MofSimpleValue[] {
    tokens.expect("(", "80044009");
    const values: MofSimpleValue[] = [];
    do values.push(mofSimpleValue(tokens));
    while (tokens.accept(","));
    tokens.expect(")", "80044006");
    return values;
}

/** `("CLASS", NOFAIL)`, without effect: there are no classes but those of the file itself. */
function deleteClass(tokens: MofTokenStream): undefined {
    tokens.expect("(", "80044009");
    if (typeof mofSimpleValue(tokens) !== "string") tokens.fail("80044031");
    tokens.expect(",", "80044031");
    if (!tokens.acceptWord("nofail")) tokens.fail("80044031");
    tokens.expect(")", "80044006");
    return undefined;
}
