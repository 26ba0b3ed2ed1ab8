import { checkMofAliases } from "./mofAliases";
import { mofClass, mofQualifierDeclaration } from "./mofClasses";
import { MofNotSimulated } from "./mofErrors";
import { type MofObject, mofInstance } from "./mofInstances";
import { type MofQualifier, mofQualifiers } from "./mofQualifiers";
import { MofTokenStream } from "./mofTokenStream";
import { type MofSimpleValue, mofSimpleValue } from "./mofValues";

interface Placed {
    /** The path in the `#pragma namespace` in force, if there is one. */
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
    /** What is stored, in the file's order. */
    readonly objects: readonly (MofInstance | MofClass)[];
    readonly autorecover: boolean;
}

/** MicrosoftDocs/win32 desktop-src/WmiSdk/-pragma.md. DSP0004 adds `locale`, the language of the texts. */
const PRAGMAS_WITHOUT_EFFECT = new Set(["amendment", "classflags", "instanceflags", "locale"]);

/** Further ones in DSP0004. Windows: unknown how it treats each. */
const PRAGMAS_NOT_SIMULATED = new Set(["include", "instancelocale", "nonlocal", "nonlocaltype", "source", "sourcetype"]);

/**
 * Parses MOF: directives, classes, qualifier declarations, and instances (DMTF DSP0004; MicrosoftDocs/win32 desktop-src/WmiSdk).
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

/** A top-level declaration, without its semicolon. @returns undefined for a qualifier declaration */
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
    if (tokens.isWord("include")) throw new MofNotSimulated("#include", tokens.here.line);
    if (!tokens.isWord("pragma")) tokens.fail("80044012");
    const { line } = tokens.here;
    tokens.advance();
    const name = tokens.name("80044012").toLowerCase();
    if (name === "autorecover") return "autorecover";
    if (name === "deleteclass" || name === "deleteinstance") return deletion(tokens, name, line);
    if (PRAGMAS_NOT_SIMULATED.has(name)) throw new MofNotSimulated(`#pragma ${name}`, line);
    if (name !== "namespace" && !PRAGMAS_WITHOUT_EFFECT.has(name)) tokens.fail("80044012", line);
    const [given, ...others] = directiveValues(tokens);
    if (name !== "namespace") return undefined;
    // Windows: unknown how it treats a carriage return, which results from a single backslash before "root". Here that is not a path.
    const isPath = typeof given === "string" && /^\P{Cc}+$/u.test(given) && others.length === 0;
    return isPath ? { namespace: given } : tokens.fail("80044013", line);
}

function directiveValues(tokens: MofTokenStream): readonly MofSimpleValue[] {
    tokens.expect("(", "80044009");
    const values: MofSimpleValue[] = [];
    do values.push(mofSimpleValue(tokens));
    while (tokens.accept(","));
    tokens.expect(")", "80044006");
    return values;
}

/**
 * `("CLASS", NOFAIL)` or `("PATH", NOFAIL)`. No effect: the model stores no classes, and only those instances that represent namespaces.
 * For FAIL it would have to know what exists (WmiSdk/pragma-deleteclass.md, pragma-deleteinstance.md).
 */
function deletion(tokens: MofTokenStream, name: string, line: number): undefined {
    tokens.expect("(", "80044009");
    const what = mofSimpleValue(tokens);
    if (typeof what !== "string") return tokens.fail("80044031");
    tokens.expect(",", "80044031");
    const mustBeThere = tokens.acceptWord("fail");
    if (!mustBeThere && !tokens.acceptWord("nofail")) tokens.fail("80044031");
    tokens.expect(")", "80044006");
    if (mustBeThere) throw new MofNotSimulated(`#pragma ${name} with FAIL`, line);
    if (name === "deleteinstance" && /^(?:.*:)?__(?:systemsecurity|namespace)\b/i.test(what))
        throw new MofNotSimulated(`#pragma deleteinstance of ${what}`, line);
    return undefined;
}
