import fc from "fast-check";

/** A top-level statement, or a directive. Comments in it are `/*cN*\/` or `//cN`, each N once in a document. */
export interface RandomStatement {
    readonly text: string;
    /** The namespace that it names, for a `#pragma namespace`; lower case, `/` between names. */
    readonly opens: string | undefined;
    readonly isSystemSecurity: boolean;
}

export interface RandomMof {
    readonly statements: readonly RandomStatement[];
    readonly encoding: "ansi" | "utf-16le" | "utf-16be";
}

/** Namespaces that the documents name. */
export const RANDOM_NAMESPACES = ["root/default", "root/cimv2", "root/contoso", "root/contoso/billing"] as const;

/** At least one blank or comment, `@` where a comment's own text goes. */
function gap(): fc.Arbitrary<string> {
    return fc.constantFrom(" ", " ", " ", " ", "\t", "\n", "\n    ", "/*@*/", ' /*@ \n"; */ ', "//@ ' \" /*\n", "\n\n//@ };\n");
}

interface Draft {
    /** `%` stands for a number that no other statement has. */
    readonly tokens: readonly string[];
    readonly opens: string | undefined;
    readonly isSystemSecurity: boolean;
}

function statement(): fc.Arbitrary<Draft> {
    const plain = (tokens: fc.Arbitrary<readonly string[]>) =>
        tokens.map((found): Draft => ({ tokens: found, opens: undefined, isSystemSecurity: false }));
    return fc.oneof(
        { weight: 4, arbitrary: pragmaNamespace() },
        { weight: 5, arbitrary: systemSecurity() },
        plain(fc.constantFrom(...FIXED.map((text) => text.split(" ")))),
        plain(classDeclaration()),
        plain(instance(fc.constant("__Win32Provider"), true).map((tokens) => [...tokens, ";"])),
    );
}

const FIXED = [
    "# pragma autorecover",
    '# PRAGMA classflags ( "updateonly" , "forceupdate" )',
    '# pragma deleteclass ( "Contoso_%" , NOFAIL )',
    "Qualifier Description : ToSubClass Amended ;",
    'qualifier Tag% : string [ ] = { "a" , "b" } , Scope ( class , property ) , Flavor ( DisableOverride ) ;',
] as const;

const anyCase = (text: string): fc.Arbitrary<string> =>
    fc
        .array(fc.boolean(), { minLength: text.length, maxLength: text.length })
        .map((upper) => [...text].map((letter, at) => (upper[at] ? letter.toUpperCase() : letter.toLowerCase())).join(""));

function pragmaNamespace(): fc.Arbitrary<Draft> {
    return fc
        .constantFrom(...RANDOM_NAMESPACES)
        .chain((path) => fc.tuple(fc.constant(path), anyCase(path), fc.constantFrom("\\\\\\\\.\\\\", "//./", ""), fc.nat()))
        .map(([path, spelled, server, cut]) => {
            const full = `${server}${server.startsWith("/") ? spelled : spelled.replaceAll("/", "\\\\")}`;
            // Not inside an escape: each backslash stands twice.
            const at = full.search(/[a-z]/i) + (cut % 4);
            const literals = cut % 2 === 0 ? [`"${full}"`] : [`"${full.slice(0, at)}"`, `"${full.slice(at)}"`];
            return { tokens: ["#", "pragma", "namespace", "(", ...literals, ")"], opens: path, isSystemSecurity: false };
        });
}

function systemSecurity(): fc.Arbitrary<Draft> {
    const value = fc.constantFrom([], ["(", "TRUE", ")"], ["(", "false", ")"], ["(", "True", ")"]);
    const flag = fc
        .tuple(anyCase("RequiresEncryption"), value, fc.constantFrom([], [":", "ToInstance"], [":", "ToInstance", "DisableOverride"]))
        .map(([name, given, flavors]) => [name, ...given, ...flavors]);
    const list = fc
        .tuple(fc.option(flag, { nil: undefined }), fc.subarray(OTHER_QUALIFIERS.map((text) => text.split(" "))), fc.nat())
        .map(([own, others, at]) =>
            bracketed(
                own === undefined ? others : [...others.slice(0, at % (others.length + 1)), own, ...others.slice(at % (others.length + 1))],
            ),
        );
    return fc.tuple(list, instance(anyCase("__SystemSecurity"), true)).map(([qualifiers, tokens]) => ({
        tokens: [...qualifiers, ...tokens, ";"],
        opens: undefined,
        isSystemSecurity: true,
    }));
}

const OTHER_QUALIFIERS = ['Description ( "RequiresEncryption(TRUE)" ) : Amended', "Bare", 'Values { "a" , "b" }', "Locale ( 0x409 )"];

const bracketed = (qualifiers: readonly (readonly string[])[]): readonly string[] =>
    qualifiers.length === 0 ? [] : ["[", ...joined(qualifiers, ","), "]"];

const joined = (parts: readonly (readonly string[])[], separator: string): readonly string[] =>
    parts.flatMap((part, index) => (index === 0 ? part : [separator, ...part]));

/** Without the semicolon after it. */
function instance(className: fc.Arbitrary<string>, mayHaveAlias: boolean): fc.Arbitrary<readonly string[]> {
    const depth = fc.createDepthIdentifier();
    const { tokens } = fc.letrec<{ tokens: readonly string[]; value: readonly string[] }>((tie) => ({
        tokens: fc
            .tuple(fc.array(tie("value"), { maxLength: 3 }), fc.boolean())
            .map(([values, hasList]) => [
                "{",
                ...values.flatMap((value, index) => [...(hasList ? ["[", "key", "]"] : []), `P${index}`, "=", ...value, ";"]),
                "}",
            ]),
        value: fc.oneof(
            { depthIdentifier: depth, maxDepth: 3 },
            simpleValue(),
            fc.array(simpleValue(), { minLength: 1, maxLength: 3 }).map((items) => ["{", ...joined(items, ","), "}"]),
            tie("tokens").map((body) => ["instance", "of", "__SystemSecurity", ...body]),
            tie("tokens").map((body) => ["{", "instance", "of", "Contoso_Part", ...body, "}"]),
        ),
    }));
    const alias = mayHaveAlias ? fc.constantFrom([], ["as", "$", "A%"]) : fc.constant([]);
    return fc.tuple(className, alias, tokens).map(([name, as, body]) => ["instance", "of", name, ...as, ...body]);
}

function simpleValue(): fc.Arbitrary<readonly string[]> {
    return fc.constantFrom(
        ...[
            '"RequiresEncryption"',
            '"a\\"};" "//"',
            '"\\\\\\\\"',
            '"\\x41\\n"',
            "'x'",
            "'\\''",
            "0x1F",
            "017",
            "101b",
            "-1.5e3",
            "TRUE",
            "7",
        ].map((text) => text.split(" ")),
    );
}

function classDeclaration(): fc.Arbitrary<readonly string[]> {
    const features = fc.subarray(
        [
            "[ key , read : ToSubClass ] string Id ;",
            "uint32 Numbers [ 4 ] = { 0x1F , 017 } ;",
            "Contoso_% ref Owner ;",
            "uint8 ref ;",
            'void Run ( [ in , id ( 0 ) ] string Text = "a" , [ out ] Contoso_% ref Made ) ;',
            "sint32 Stop ( ) ;",
        ].map((text) => text.split(" ")),
    );
    return fc
        .tuple(fc.subarray(OTHER_QUALIFIERS.map((text) => text.split(" "))), features, fc.boolean())
        .map(([qualifiers, found, derived]) => [
            ...bracketed(qualifiers),
            "class",
            "Contoso_%",
            ...(derived ? [":", "Contoso_Base"] : []),
            "{",
            ...found.flat(),
            "}",
            ";",
        ]);
}

/** Documents that a MOF compiler accepts on a machine that has the namespaces: statements with comments and blanks anywhere. */
export const randomMof: fc.Arbitrary<RandomMof> = fc
    .record({
        encoding: fc.constantFrom("ansi" as const, "utf-16le" as const, "utf-16be" as const),
        lineEnd: fc.constantFrom("\n", "\r\n"),
        statements: fc.array(statement(), { maxLength: 8 }),
        gaps: fc.infiniteStream(gap()),
    })
    .map(({ encoding, lineEnd, statements, gaps }) => {
        let comments = 0;
        const between = (): string => {
            const template: string = gaps.next().value ?? " ";
            const foreign = encoding === "ansi" ? "\u00e9\u0080\u00ff" : "\u20ac\ud83d\ude00";
            return template.replaceAll("\n", lineEnd).replaceAll("@", () => `c${comments++}${foreign}`);
        };
        const written = statements.map(({ tokens, ...rest }, index) => {
            const renamed = tokens.map((token) => token.replaceAll("%", String(index)));
            return { ...rest, text: `${between()}${renamed.map((token) => `${token}${between()}`).join("")}` };
        });
        return { encoding, statements: written };
    });
