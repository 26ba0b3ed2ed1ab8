import { MofSyntaxError, type SyntaxErrorCode } from "./mofErrors";
import { type MofToken, mofTokens } from "./mofLexer";

export type MofValue = string | number | boolean | null | readonly MofValue[];

export interface MofQualifier {
    readonly name: string;
    /** undefined: the bare name, without parentheses. */
    readonly value: MofValue | undefined;
    /** Lower case. */
    readonly flavors: readonly string[];
}

export interface MofInstance {
    readonly className: string;
    readonly qualifiers: readonly MofQualifier[];
    /** By name in lower case. */
    readonly properties: ReadonlyMap<string, MofValue>;
    /** The text of the `#pragma namespace` in force, if there is one. */
    readonly namespace: string | undefined;
    readonly firstLine: number;
    readonly lastLine: number;
}

export interface MofFile {
    readonly instances: readonly MofInstance[];
    readonly autorecover: boolean;
}

/** MicrosoftDocs/win32 desktop-src/WmiSdk/-pragma.md. Those that delete are left out: the model refuses what it can't do. */
const PRAGMAS_WITHOUT_EFFECT = new Set(["amendment", "classflags", "instanceflags"]);
const FLAVORS = new Set("amended disableoverride enableoverride nottoinstance nottosubclass restricted toinstance tosubclass".split(" "));

/**
 * Reads the part of MOF that encryption policy relies on: pragmas, and instances with qualifiers and simple properties.
 * Class declarations and embedded objects are valid MOF and refused here as syntax errors: the model has no classes.
 * @throws MofSyntaxError
 */
export function parseMof(text: string): MofFile {
    const tokens = mofTokens(text);
    const instances: MofInstance[] = [];
    let autorecover = false;
    let namespace: string | undefined;
    let at = 0;

    const here = (): MofToken => tokens[Math.min(at, tokens.length - 1)] as MofToken;
    const fail = (code: SyntaxErrorCode, line = here().line): never => {
        throw new MofSyntaxError(code, line);
    };
    const isSign = (sign: string): boolean => {
        const token = here();
        return token.kind === "sign" && token.text === sign;
    };
    const isWord = (word: string): boolean => {
        const token = here();
        return token.kind === "word" && token.text.toLowerCase() === word;
    };
    const accept = (sign: string): boolean => {
        if (!isSign(sign)) return false;
        at += 1;
        return true;
    };
    const expect = (sign: string, code: SyntaxErrorCode): void => {
        if (!accept(sign)) fail(code);
    };
    const name = (code: SyntaxErrorCode): string => {
        const token = here();
        if (token.kind !== "word") return fail(code);
        at += 1;
        return token.text;
    };

    const simpleValue = (): MofValue => {
        const token = here();
        at += 1;
        if (token.kind === "string" || token.kind === "char") return token.text;
        if (token.kind === "number") return Number(token.text);
        const word = token.kind === "word" ? token.text.toLowerCase() : "";
        if (word === "true" || word === "false") return word === "true";
        if (word === "null") return null;
        at -= 1;
        return fail("80044007");
    };
    const value = (): MofValue => {
        if (!accept("{")) return simpleValue();
        const items: MofValue[] = [];
        do items.push(simpleValue());
        while (accept(","));
        expect("}", "80044004");
        return items;
    };

    const flavors = (): string[] => {
        const found: string[] = [];
        for (let token = here(); token.kind === "word"; token = here()) {
            const flavor = token.text.toLowerCase();
            if (!FLAVORS.has(flavor)) fail("80044022");
            found.push(flavor);
            at += 1;
        }
        if (found.length === 0) fail("80044022");
        if (found.includes("enableoverride") && found.includes("disableoverride")) fail("80044023");
        if (found.includes("restricted") && (found.includes("toinstance") || found.includes("tosubclass"))) fail("80044025");
        return found;
    };
    const qualifiers = (): MofQualifier[] => {
        const list: MofQualifier[] = [];
        if (!accept("[")) return list;
        do {
            const qualifier = name("80044001");
            if (list.some((other) => other.name.toLowerCase() === qualifier.toLowerCase())) fail("80044021");
            let given: MofValue | undefined;
            if (accept("(")) {
                given = simpleValue();
                expect(")", "80044006");
            } else if (isSign("{")) given = value();
            list.push({ name: qualifier, value: given, flavors: accept(":") ? flavors() : [] });
        } while (accept(","));
        expect("]", "80044005");
        return list;
    };

    const pragma = (): void => {
        if (!isWord("pragma")) fail("80044012");
        const { line } = here();
        at += 1;
        const word = name("80044012").toLowerCase();
        if (word === "autorecover") {
            autorecover = true;
            return;
        }
        if (word !== "namespace" && !PRAGMAS_WITHOUT_EFFECT.has(word)) fail("80044012", line);
        expect("(", "80044009");
        const given = simpleValue();
        expect(")", "80044006");
        if (word !== "namespace") return;
        namespace = typeof given === "string" && given !== "" ? given : fail("80044013", line);
    };

    const instance = (ownQualifiers: readonly MofQualifier[], firstLine: number): void => {
        if (isWord("class")) fail("80044017");
        if (!isWord("instance")) fail("8004400a");
        at += 1;
        if (!isWord("of")) fail("80044018");
        at += 1;
        const className = name("80044014");
        if (isWord("as")) {
            at += 1;
            expect("$", "80044019");
            name("80044016");
        }
        expect("{", "80044003");
        const properties = new Map<string, MofValue>();
        while (!isSign("}")) {
            qualifiers();
            const property = name("8004400c").toLowerCase();
            if (properties.has(property)) fail("8004401b");
            expect("=", "80044002");
            properties.set(property, value());
            expect(";", "80044002");
        }
        at += 1;
        const lastLine = here().line;
        expect(";", "80044002");
        instances.push({ className, qualifiers: ownQualifiers, properties, namespace, firstLine, lastLine });
    };

    while (here().kind !== "end") {
        if (accept("#")) pragma();
        else {
            const { line } = here();
            instance(qualifiers(), line);
        }
    }
    return { instances, autorecover };
}
