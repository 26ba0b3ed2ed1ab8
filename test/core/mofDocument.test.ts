import { readFileSync } from "node:fs";
import { join } from "node:path";
import { MAX_DEFINITION_BYTES } from "../../provider/core/limits";
import { editDefinition, flagInDefinition } from "../../provider/core/mof/document";
import { namespacePath } from "../../provider/core/namespacePath";
import { repositoryOf } from "../../provider/model/machineMofcomp";
import { mofcomp } from "../../provider/model/mofCompiler";
import { WindowsMachine } from "../../provider/model/windowsMachine";

const golden = (name: string) => readFileSync(join(__dirname, "../golden/definitions", name));
const utf16le = (ascii: Buffer) => Buffer.concat([Buffer.from([0xff, 0xfe]), Buffer.from(ascii.toString("latin1"), "utf16le")]);
const utf16be = (ascii: Buffer) => utf16le(ascii).swap16();

const CONTOSO = namespacePath("root/Contoso");
const IN_CONTOSO = '#pragma namespace("//./root/Contoso")\n';

const edit = (text: string | Buffer, required = true) =>
    editDefinition(typeof text === "string" ? Buffer.from(text, "latin1") : text, CONTOSO, required);
const flag = (text: string | Buffer) => flagInDefinition(typeof text === "string" ? Buffer.from(text, "latin1") : text, CONTOSO);

function editedText(text: string, required = true): string {
    const result = edit(text, required);
    if (!result.ok) throw new Error(result.problem);
    return result.bytes.toString("latin1");
}

describe("the definition of a product, with comments, classes and namespaces", () => {
    test.each([
        ["two statements of the namespace", "product.lf.mof", "root/Contoso/Billing", true, "billing-required.lf.mof", false],
        ["one statement with qualifiers", "product.crlf.mof", "root/contoso", true, "contoso-required.crlf.mof", false],
        ["no statement: appended", "product.crlf.mof", "root/contoso/other", false, "other-not-required.crlf.mof", "absent"],
        ["no statement, the namespace before any pragma", "product.lf.mof", "root/default", true, "default-required.lf.mof", "absent"],
    ])("golden: %s", (_what, file, path, required, expected, said) => {
        for (const encoded of [(bytes: Buffer) => bytes, utf16le, utf16be]) {
            const before = encoded(golden(file));
            const namespace = namespacePath(path);
            expect(flagInDefinition(before, namespace)).toEqual({ ok: true, flag: said });
            const result = editDefinition(before, namespace, required);
            expect(result).toMatchObject({ ok: true, changed: true });
            expect(result.ok && result.bytes.equals(encoded(golden(expected)))).toBe(true);
            expect(flagInDefinition(encoded(golden(expected)), namespace)).toEqual({ ok: true, flag: required });
        }
    });

    test.each([
        ["product.lf.mof", false, false],
        ["billing-required.lf.mof", false, true],
        ["contoso-required.crlf.mof", true, false],
    ])("golden: %s compiles, and sets what it says", (file, contoso, billing) => {
        const machine = new WindowsMachine();
        expect(mofcomp("C:\\Contoso\\billing.mof", golden(file), repositoryOf(machine))).toMatchObject({ exit: 0 });
        expect([machine.flag("root/Contoso"), machine.flag("root/Contoso/Billing")]).toEqual([contoso, billing]);
    });
});

test.each([
    [
        "the value, flavors and comments kept",
        "[RequiresEncryption(FALSE) : ToInstance /* c */]\ninstance of __SystemSecurity { };",
        "[RequiresEncryption(TRUE) : ToInstance /* c */]\ninstance of __SystemSecurity { };",
    ],
    [
        "the value with blanks around it",
        "[requiresEncryption ( /*a*/ false /*b*/ )] instance of __SystemSecurity { };",
        "[requiresEncryption ( /*a*/ TRUE /*b*/ )] instance of __SystemSecurity { };",
    ],
    [
        "a bare one",
        "[RequiresEncryption /* why */ , A] instance of __SystemSecurity { };",
        "[RequiresEncryption(TRUE) /* why */ , A] instance of __SystemSecurity { };",
    ],
    [
        "a list without it",
        '[Description("x") : Amended // y\n]\ninstance of __SystemSecurity { };',
        '[Description("x") : Amended, RequiresEncryption(TRUE) // y\n]\ninstance of __SystemSecurity { };',
    ],
    [
        "no list, on a line of its own",
        "\t instance of __SystemSecurity { };",
        "\t [RequiresEncryption(TRUE)]\n\t instance of __SystemSecurity { };",
    ],
    [
        "no list, behind something",
        "/* x */ instance of __SystemSecurity { };",
        "/* x */ [RequiresEncryption(TRUE)] instance of __SystemSecurity { };",
    ],
    [
        "each of several",
        "[RequiresEncryption(FALSE)] instance of __SystemSecurity { }; instance of __systemSECURITY as $a { };",
        "[RequiresEncryption(TRUE)] instance of __SystemSecurity { }; [RequiresEncryption(TRUE)] instance of __systemSECURITY as $a { };",
    ],
])("in place: %s", (_what, before, after) => {
    expect(editedText(`${IN_CONTOSO}${before}\n`)).toBe(`${IN_CONTOSO}${after}\n`);
});

test("a file that says so in its own spelling is not touched", () => {
    const text = `${IN_CONTOSO}[RequiresEncryption(true)] instance of __SystemSecurity { };`;
    expect(edit(text)).toEqual({ ok: true, bytes: Buffer.from(text), changed: false });
});

test("a bare qualifier is written out also where it means the same, because older releases of Windows read it otherwise", () => {
    const bare = `${IN_CONTOSO}[RequiresEncryption] instance of __SystemSecurity { };`;
    expect(flag(bare)).toEqual({ ok: true, flag: false });
    expect(editedText(bare, false)).toBe(`${IN_CONTOSO}[RequiresEncryption(FALSE)] instance of __SystemSecurity { };`);
});

describe("appended", () => {
    const own = (end: string) =>
        ['#pragma namespace("\\\\\\\\.\\\\root\\\\contoso")', "[RequiresEncryption(TRUE)]", "instance of __SystemSecurity { };", ""].join(
            end,
        );

    test.each([
        ["CRLF", "class A { };\r\nclass B { };\r\n", "\r\n", "\r\n"],
        ["LF", "class A { };\nclass B { };\n", "\n", "\n"],
        ["CRLF where most lines end so", "class A { };\r\nclass B { };\r\nclass C { };\n", "\r\n", "\r\n"],
        ["LF where most lines end so", "class A { };\nclass B { };\nclass C { };\r\n", "\n", "\n"],
        ["after a comment that ends with the file", "class A { };\n// the end", "\n", "\n\n"],
        ["after one line", "class A { };", "\r\n", "\r\n\r\n"],
        ["to nothing", "", "\r\n", ""],
    ])("%s", (_what, before, end, gap) => {
        expect(editedText(before)).toBe(`${before}${gap}${own(end)}`);
    });

    test("to a file with nothing but a byte order mark", () => {
        expect(edit(Buffer.from([0xfe, 0xff]))).toEqual({ ok: true, bytes: utf16be(Buffer.from(own("\r\n"))), changed: true });
    });

    test.each([
        [
            "embedded in another instance",
            `${IN_CONTOSO}[RequiresEncryption(TRUE)] instance of Contoso_A { b = instance of __SystemSecurity { }; };`,
        ],
        ["in a comment", `${IN_CONTOSO}/* [RequiresEncryption(TRUE)] instance of __SystemSecurity { }; */`],
        ["in a string", `${IN_CONTOSO}instance of A { b = "[RequiresEncryption(TRUE)] instance of __SystemSecurity { };"; };`],
        [
            "of another namespace",
            `#pragma namespace("//./root/Contoso/Billing")\n[RequiresEncryption(TRUE)] instance of __SystemSecurity { };`,
        ],
        ["of another server", `#pragma namespace("//web-08/root/Contoso")\n[RequiresEncryption(TRUE)] instance of __SystemSecurity { };`],
        ["before the pragma", `[RequiresEncryption(TRUE)] instance of __SystemSecurity { };\n${IN_CONTOSO}`],
        ["of another class", `${IN_CONTOSO}[RequiresEncryption(TRUE)] instance of __SystemSecurity2 { };`],
    ])("what stands %s is not the namespace's flag", (_what, text) => {
        expect(flag(text)).toEqual({ ok: true, flag: "absent" });
        expect(editedText(text).startsWith(`${text}\r\n`) || editedText(text).startsWith(`${text}\n`)).toBe(true);
    });
});

test.each([
    ["\\\\\\\\.\\\\root\\\\Contoso"],
    ["//./ROOT/contoso"],
    ["root\\\\Contoso"],
    ["root/Contoso"],
    ['\\\\\\\\.\\\\root" /* joined */ "\\\\Contoso'],
    ["root\\x005CContoso"],
])("a pragma of the namespace: %s", (path) => {
    expect(flag(`# PRAGMA Namespace ( "${path}" )\n[RequiresEncryption(TRUE)] instance of __SystemSecurity { };`)).toEqual({
        ok: true,
        flag: true,
    });
});

test("before any pragma, root\\default is meant", () => {
    const text = Buffer.from("[RequiresEncryption(TRUE)] instance of __SystemSecurity { };");
    expect(flagInDefinition(text, namespacePath("root/default"))).toEqual({ ok: true, flag: true });
});

test.each([
    ["TRUE, then FALSE", "[RequiresEncryption(TRUE)]", "[RequiresEncryption(FALSE)]", false],
    ["FALSE, then TRUE", "[RequiresEncryption(FALSE)]", "[RequiresEncryption(TRUE)]", true],
    ["TRUE, then nothing: whether that keeps it is not known", "[RequiresEncryption(TRUE)]", "", "absent"],
])("of several statements, the last counts: %s", (_what, first, last, expected) => {
    expect(flag(`${IN_CONTOSO}${first} instance of __SystemSecurity { };\n${last} instance of __SystemSecurity { };`)).toEqual({
        ok: true,
        flag: expected,
    });
});

test("what MOF has is read: directives, qualifier declarations, classes, methods, references, aliases, all kinds of values", () => {
    const text = [
        '#include ("other.mof")',
        '#pragma include("other.mof")',
        "#pragma autorecover",
        '#pragma amendment("MS_409")',
        '#pragma instanceflags("updateonly", "createonly")',
        "#pragma deleteinstance(\"A.id='1'\", nofail)",
        "Qualifier Description : ToSubClass Amended;",
        "Qualifier Key : boolean = false, Scope(property, reference), Flavor(DisableOverride, ToSubClass);",
        "Qualifier ValueMap : string[], Scope(any);",
        "class A as $A : B { };",
        "[abstract, Values{\"a\", 'b', 1}] class A { [key] string Id; A ref Other = $A; object ref Any[]; uint32 ref; uint8 Bytes[16] = {0x1F, 017, 101b}; };",
        'class A { void M(); sint32 N([in] A ref a, [in, out] string b[] = {"x" "y"}); real64 r = -1.2778E+02; boolean t = TRUE; datetime d = NULL; };',
        "instance of A as $B { a = {$A, $B}; b = {}; [key] c = instance of A { d = {instance of A { }, instance of A { }}; }; e = '\\x16'; };",
    ].join("\r\n");
    expect(flag(text)).toEqual({ ok: true, flag: "absent" });
});

test.each([
    [
        "a qualifier as text",
        `${IN_CONTOSO}[RequiresEncryption("TRUE")]\ninstance of __SystemSecurity { };`,
        2,
        "must be TRUE or FALSE, without quotes",
    ],
    ["a qualifier as a number", `${IN_CONTOSO}[A,\nRequiresEncryption(1)]\ninstance of __SystemSecurity { };`, 3, "must be TRUE or FALSE"],
    ["a qualifier as an array", `${IN_CONTOSO}[RequiresEncryption{TRUE}]\ninstance of __SystemSecurity { };`, 2, "must be TRUE or FALSE"],
    [
        "a qualifier twice",
        `${IN_CONTOSO}[RequiresEncryption(TRUE), A,\nrequiresencryption(TRUE)]\ninstance of __SystemSecurity { };`,
        3,
        "twice",
    ],
    ["a missing semicolon", "class A { }\nclass B { };", 2, "; is expected, but class is found"],
    ["an unfinished class", "class A {\n string b;\n", 3, "the name of a type is expected, but the file ends"],
    ["an unfinished instance", "instance of A {\n", 2, "the name of a property is expected, but the file ends"],
    ["instance without of", "instance A { };", 1, "of is expected, but A is found"],
    ["qualifiers of nothing", "[A];", 1, "class or instance is expected, but ; is found"],
    ["an empty qualifier list", "[] class A { };", 1, "the name of a qualifier is expected, but ] is found"],
    ["something else", "\n\nstruct A { };", 3, "#pragma, a class, an instance or a qualifier declaration is expected, but struct is found"],
    ["a word where a value belongs", "instance of A { b = yes; };", 1, "a value is expected, but yes is found"],
    ["a directive that is none", "#define A", 1, "pragma is expected, but define is found"],
    ["a namespace that is no text", "#pragma namespace(1)", 1, "takes the path of a namespace in double quotes"],
    ["two namespaces at once", '#pragma namespace("root/Contoso", "root/cimv2")', 1, "takes the path of a namespace in double quotes"],
    ["text that ends in another line", 'instance of A { b = "x;\n"; };', 1, '" is expected'],
    ["a namespace with single backslashes", '\n#pragma namespace("\\\\.\\root\\Contoso")', 2, "MOF has no escape \\C"],
    ["a namespace with a carriage return in it", '#pragma namespace("root\\rest")', 1, "write each backslash twice"],
    ["a comment without its end", "class A { };\n/* x\n\n", 2, "*/ is expected"],
    ["text without its end", 'instance of A {\n b = "x;\n};', 2, '" is expected'],
    ["a property without qualifiers or a value", "instance of A {\n b; };", 2, "= is expected, but ; is found"],
    ["a property with qualifiers and half a value", "instance of A {\n [c] b = ; };", 2, "a value is expected, but ; is found"],
    ["two characters in single quotes", "instance of A { b = 'xy'; };", 1, "one character"],
    ["a number with letters", "instance of A { b = 12x; };", 1, "is not expected here"],
    ["a stray character", "class A { };\n?", 2, '"?" is not expected here'],
    ["a carriage return in a comment", "// a\rclass A { };\n", 1, "carriage return without a line feed"],
])("not MOF: %s", (_what, text, line, said) => {
    const expected = { ok: false, line, problem: expect.stringContaining(said) };
    expect(flag(text)).toEqual(expected);
    expect(edit(text)).toEqual(expected);
});

const SAVE = "save it as ASCII";

test.each([
    ["a code page, in a name", Buffer.from("class A { };\nclass B\u00fc { };\n", "latin1"), 2, "0xfc, which is not ASCII"],
    ["a code page, in text", Buffer.from('class A { };\ninstance of A { b = "\u00df"; };\n', "latin1"), 2, "0xdf, which is not ASCII"],
    ["a code page, escaped in text", Buffer.from('instance of A { b = "\\\u00df"; };\n', "latin1"), 1, "0xdf, which is not ASCII"],
    ["a code page, in a character", Buffer.from("instance of A { b = '\u00df'; };\n", "latin1"), 1, "0xdf, which is not ASCII"],
    ["a code page, as a blank", Buffer.from("class A\u00a0{ };\n", "latin1"), 1, "0xa0, which is not ASCII"],
    ["a code page, after a comment", Buffer.from("/* \u00fc */ \u00fc\n", "latin1"), 1, "0xfc, which is not ASCII"],
    [
        "UTF-8 without a byte order mark, in text",
        Buffer.from('class A { };\ninstance of A { b = "\u20ac"; };'),
        2,
        "0xe2, which is not ASCII",
    ],
    ["DEL in a comment", Buffer.from("\n// \x7f\n", "latin1"), 2, "0x7f"],
    ["DEL", Buffer.from("class A { };\x7f", "latin1"), 1, "0x7f"],
    ["UTF-8 with a byte order mark", Buffer.from("\ufeffclass A { };"), undefined, "UTF-8"],
    ["NUL in ASCII", Buffer.from("class A { };\0"), 1, "NUL"],
    ["UTF-16 without a byte order mark", Buffer.from("class A { };", "utf16le"), 1, "NUL"],
    ["NUL in UTF-16", utf16be(Buffer.from("\nclass A { };\0")), 2, "NUL"],
    ["half a code unit", Buffer.concat([utf16le(Buffer.from("class A { };")), Buffer.from([0x0a])]), undefined, "odd number of bytes"],
    ["half a surrogate pair", Buffer.from("\ufeff\n// \ud83d", "utf16le"), 2, "surrogate"],
    ["halves in the wrong order", Buffer.from("\ufeff// \ude00\ud83d", "utf16le"), 1, "surrogate"],
])("an encoding that can't be kept: %s", (_what, bytes, line, said) => {
    const result = edit(bytes);
    expect(result).toEqual({ ok: false, line, problem: expect.stringContaining(said) });
    expect(result.ok || result.problem.toLowerCase()).toContain(SAVE.toLowerCase());
    expect(flag(bytes)).toEqual(result);
});

test.each([
    ["Windows-1252", Buffer.from("// \u00a9 Contoso, Stra\u00dfe 1\r\n", "latin1")],
    ["UTF-8", Buffer.from("// \u00a9 Contoso\r\n")],
    ["every byte, up to the end of the line", Buffer.from([0x2f, 0x2f, ...Array.from({ length: 128 }, (_, at) => 0x80 + at), 0x0a])],
    [
        "every byte, up to the end of the comment",
        Buffer.from([0x2f, 0x2a, ...Array.from({ length: 128 }, (_, at) => 0x80 + at), 0x2a, 0x2f]),
    ],
])("comments keep the bytes of a code page: %s", (_what, comment) => {
    const statement = (value: string) => Buffer.from(`${IN_CONTOSO}[RequiresEncryption(${value})] instance of __SystemSecurity { };\n`);
    const [before, after] = ["FALSE", "TRUE"].map((value) => Buffer.concat([comment, statement(value), comment]));
    expect(flag(before as Buffer)).toEqual({ ok: true, flag: false });
    expect(edit(before as Buffer)).toEqual({ ok: true, bytes: after, changed: true });
    const machine = new WindowsMachine({ namespaces: { "root/Contoso": null } });
    expect(mofcomp("C:\\Contoso\\contoso.mof", after as Buffer, repositoryOf(machine))).toMatchObject({ exit: 0 });
    expect(machine.flag("root/Contoso")).toBe(true);
});

test("a property with qualifiers and no value is read, by the compiler too", () => {
    const text = `${IN_CONTOSO}class A { [key] string Id; string V; };
instance of A { Id = "a"; [PropertyContext("local|HKEY_LOCAL_MACHINE\\\\SOFTWARE|V"), Dynamic, Provider("RegPropProv")] V; };
[RequiresEncryption(FALSE)] instance of __SystemSecurity { };\n`;
    expect(editedText(text)).toBe(text.replace("(FALSE)", "(TRUE)"));
    const machine = new WindowsMachine({ namespaces: { "root/Contoso": true } });
    expect(mofcomp("C:\\Contoso\\contoso.mof", Buffer.from(text), repositoryOf(machine))).toMatchObject({ exit: 0 });
    expect(machine.flag("root/Contoso")).toBe(false);
});

test.each([
    ["an instance", 'instance of __Namespace {\nName = "Contoso";\n[RequiresEncryption(TRUE)] instance of __SystemSecurity { };\n};'],
    ["an instance, as its property's value", "instance of A {\n[B] c = instance of D {\n instance of __SystemSecurity { };\n}; };"],
    ["a class", "class A {\n[key] string Id;\n[RequiresEncryption(TRUE)]\tInstance Of __SystemSecurity { };\n};"],
])("the flag's statement inside of %s is refused, with the statement to write instead", (_what, text) => {
    expect(edit(text)).toEqual({
        ok: false,
        line: 3,
        problem: expect.stringMatching(
            /is not allowed here.*after that statement's }; .*#pragma namespace.*\[RequiresEncryption\(TRUE\)\] instance of __SystemSecurity { };/,
        ),
    });
});

test("a property may be called instance, and a type, too", () => {
    expect(flag("class A { instance B; instance ref of; }; instance of A { Instance = 1; };")).toEqual({ ok: true, flag: "absent" });
});

test("instances may be nested, but not so deep that reading them exhausts the stack", () => {
    const nested = (depth: number) => `${"instance of A { a = ".repeat(depth)}1${"; }".repeat(depth)};`;
    expect(flag(nested(50))).toEqual({ ok: true, flag: "absent" });
    expect(flag(nested(30_000))).toEqual({ ok: false, line: 1, problem: expect.stringContaining("nested more than 50 deep") });
});

test("a file as large as may be is edited at once, and none becomes larger", () => {
    const statement = "[RequiresEncryption] instance of __SystemSecurity { };\n";
    const many = `${IN_CONTOSO}${statement.repeat(10_000)}`;
    expect(editedText(many)).toBe(many.replaceAll("RequiresEncryption", "RequiresEncryption(TRUE)"));
    expect(edit(`//${"x".repeat(MAX_DEFINITION_BYTES - 10)}`)).toEqual({
        ok: false,
        line: undefined,
        problem: expect.stringContaining("larger than 700000 bytes"),
    });
});
