import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { repositoryOf } from "../../provider/model/machineMofcomp";
import { type MofcompRun, mofcomp } from "../../provider/model/mofCompiler";
import { WindowsMachine } from "../../provider/model/windowsMachine";
import { VENDOR_LIST } from "../../provider/model/windowsMofs";
import { fuzzRuns } from "../fuzz";

const FILE = "C:\\mof\\x.mof";

function machineWithContoso(): WindowsMachine {
    return new WindowsMachine({ computerName: "WEB-07", namespaces: { "root/Contoso": null } });
}

function compile(machine: WindowsMachine, text: string | Uint8Array, ...switches: string[]): MofcompRun {
    return mofcomp(FILE, typeof text === "string" ? Buffer.from(text, "latin1") : text, repositoryOf(machine), switches);
}

const encryption = (namespace: string, qualifier: string) =>
    `#pragma namespace("${namespace}")\r\n[${qualifier}]\r\ninstance of __SystemSecurity { };\r\n`;
const contoso = (qualifier: string) => encryption("\\\\\\\\.\\\\root\\\\Contoso", qualifier);

describe("the form that we rely on", () => {
    const documented =
        '#pragma namespace("\\\\\\\\.\\\\root\\\\cimv2")\r\n[RequiresEncryption(TRUE)]\r\ninstance of __SystemSecurity { };\r\n';

    test("sets the flag in both readings and says so in the documented words", () => {
        const machine = new WindowsMachine();
        expect(compile(machine, documented)).toEqual({
            exit: 0,
            output: [
                "Microsoft (R) MOF Compiler Version 10.0.20348.1",
                "Copyright (c) Microsoft Corp. 1997-2006. All rights reserved.",
                `Parsing MOF file: ${FILE}`,
                "MOF file has been successfully parsed",
                "Storing data in the repository...",
                `WARNING: File ${FILE} does not contain #PRAGMA AUTORECOVER.`,
                "If the WMI repository is rebuilt in the future, the contents of this MOF file will not be included in the new WMI repository.",
                "To include this MOF file when the WMI Repository is automatically reconstructed, place the #PRAGMA AUTORECOVER statement on the first line of the MOF file.",
                "Done!",
                "",
            ].join("\r\n"),
        });
        expect(machine.namespaces.readings("root/cimv2")).toEqual({ effective: true, stored: true });
        expect(machine.writes.items).toEqual([{ kind: "namespace", by: "agent", name: "root/cimv2", from: null, to: true, order: 1 }]);
    });

    const GOLDEN = join(__dirname, "../golden/mof");
    test.each(readdirSync(GOLDEN))("our golden text %s compiles, and writes one flag", (file) => {
        const machine = new WindowsMachine({ namespaces: { "root/Contoso/Billing": null } });
        expect(compile(machine, readFileSync(join(GOLDEN, file))).exit).toBe(0);
        const flags = machine.writes.items.filter(({ kind }) => kind === "namespace");
        expect(flags.map(({ to }) => to)).toEqual([!file.includes("not-required")]);
    });
});

test.each([
    ["TRUE", "RequiresEncryption(TRUE)", true],
    ["FALSE", "RequiresEncryption(FALSE)", false],
    ["any case", "rEQUIRESeNCRYPTION(tRuE)", true],
    ["a flavor", "RequiresEncryption(TRUE) : ToInstance", true],
    ["two flavors", "RequiresEncryption(TRUE) : ToInstance DisableOverride", true],
    ["other qualifiers beside it", 'Description("x") : Amended, RequiresEncryption(TRUE), Values{"a", "b"}', true],
    ["bare, which means FALSE from Windows 8 on", "RequiresEncryption", false],
])("qualifier: %s", (_name, qualifier, expected) => {
    const machine = machineWithContoso();
    expect(compile(machine, contoso(qualifier)).exit).toBe(0);
    expect(machine.flag("root/Contoso")).toBe(expected);
});

test.each([
    ["backslashes", "\\\\\\\\.\\\\root\\\\Contoso"],
    ["slashes", "//./root/Contoso"],
    ["no server", "root\\\\Contoso"],
    ["the machine's own name", "\\\\\\\\web-07\\\\ROOT\\\\contoso"],
    ["adjacent literals", '\\\\\\\\.\\\\root" \r\n /* joined */ "\\\\Contoso'],
])("namespace path: %s", (_name, path) => {
    const machine = machineWithContoso();
    expect(compile(machine, encryption(path, "RequiresEncryption(TRUE)")).exit).toBe(0);
    expect(machine.flag("root/Contoso")).toBe(true);
});

test("comments, a character in single quotes, escapes and other pragmas are read over", () => {
    const machine = machineWithContoso();
    const text = [
        "// line /* not a block",
        "/* block // with",
        '   #pragma namespace("nonsense") */',
        '#PRAGMA classflags("forceupdate")',
        '#pragma namespace ( "\\\\\\\\.\\\\root" )',
        'instance of __Namespace as $Made { [Key] Name = "M\\x41\\x64"; Letter = \'\\x41\'; Other = "\\"q\\""; Numbers = {1, 0x1F, -2}; Nothing = NULL; };',
    ].join("\n");
    expect(compile(machine, text).exit).toBe(0);
    expect(machine.flag("root/MAd")).toBeNull();
});

test.each([
    [
        "UTF-16LE with a byte order mark",
        Buffer.concat([Buffer.from([0xff, 0xfe]), Buffer.from(contoso("RequiresEncryption(TRUE)"), "utf16le")]),
    ],
    [
        "UTF-16BE with a byte order mark",
        Buffer.concat([Buffer.from([0xfe, 0xff]), Buffer.from(contoso("RequiresEncryption(TRUE)"), "utf16le").swap16()]),
    ],
])("encoding: %s", (_name, bytes) => {
    const machine = machineWithContoso();
    expect(compile(machine, bytes).exit).toBe(0);
    expect(machine.flag("root/Contoso")).toBe(true);
});

test.each([
    ["a missing semicolon", contoso("RequiresEncryption(TRUE)").replace("};", "}"), "80044002", 4],
    ["a missing bracket", contoso("RequiresEncryption(TRUE").replace("]", ""), "80044006", 3],
    ["instance without of", "instance __SystemSecurity { };", "80044018", 1],
    ["an unknown flavor", contoso("RequiresEncryption(TRUE) : Always"), "80044022", 2],
    ["flavors that exclude each other", contoso("RequiresEncryption(TRUE) : EnableOverride DisableOverride"), "80044023", 2],
    ["the same qualifier twice", contoso("RequiresEncryption(TRUE), requiresencryption(FALSE)"), "80044021", 2],
    ["a value without quotes", contoso("RequiresEncryption(YES)"), "80044007", 2],
    ["an unknown pragma", "#pragma wmi\r\n", "80044012", 1],
    ["a namespace with a carriage return in it", '#pragma namespace("\\\\root")\r\n#pragma namespace("root\\rest")', "80044013", 2],
    ["an empty namespace", '#pragma namespace("")\r\n', "80044013", 1],
    ["a string without its end", '#pragma namespace("\\\\\\\\.\\\\root)\r\n', "8004400a", 1],
    ["a comment without its end", "/* \r\n\r\n", "8004400a", 1],
    ["an escape that MOF has not", '#pragma namespace("\\\\\\\\.\\root\\cimv2")', "8004400a", 1],
    ["a property named by a value", "\n\ninstance of X { (1); };", "8004400c", 3],
    ["the same property twice", "instance of X { a = 1;\r\nA = 2; };", "8004401b", 2],
    ["an enumeration", "enum X { a };", "8004400d", 1],
    ["a class without its end", "class X {\r\n uint32 a;\r\n", "80044029", 3],
    ["a property without a type", "class X {\r\n a; };", "8004400c", 2],
    ["a property twice", "class X { string a;\r\nuint32 A; };", "8004401b", 2],
    ["an array's values for what is no array", 'class X { string a = {"x"}; };', "8004400f", 1],
    ["NULL in an array", 'class X { string a[] = {"x", NULL}; };', "80044020", 1],
    ["a parameter that goes neither in nor out", "class X { void M([id(0)] string a); };", "80044027", 1],
    ["a qualifier that only the compiler may set", 'class X { [CIMTYPE("string")] string a; };', "8004401a", 1],
    ["a qualifier declaration without its colon", "qualifier Key boolean;", "8004402d", 1],
    ["a qualifier's scope by another name", "qualifier Key : boolean, Range(class);", "8004402d", 1],
    ["an alias in an embedded instance", "instance of X { a = instance of Y as $z { }; };", "8004401f", 1],
    ["an alias twice", "instance of X as $a { };\r\nclass Y as $A { };", "80044024", 2],
    ["an alias that is defined nowhere", "\r\ninstance of X { a = $b; };", "80044016", 2],
    ["deleting a class without a word on failure", '#pragma deleteclass("X")', "80044031", 1],
    ["deleting an instance by no path", "#pragma deleteinstance(X, NOFAIL)", "80044007", 1],
    ["a property with neither qualifiers nor a value", "instance of X { a; };", "80044002", 1],
    ["an empty array for a qualifier", "class X { [Values{}] string a; };", "80044007", 1],
    ["non-ASCII without a byte order mark", contoso("RequiresEncryption(TRUE)").replace("Contoso", "Cont\u00f6so"), "8004401e", 1],
    ["non-ASCII in text", 'class X { string a = "\u00fc"; };', "8004401e", 1],
    ["non-ASCII in a character", "class X { char16 a = '\u00fc'; };", "8004401e", 1],
])("syntax: %s is exit 3, with code and line, and stores nothing of the file", (_name, bad, code, line) => {
    const machine = machineWithContoso();
    const isAscii = bad.length === Buffer.byteLength(bad);
    const text = isAscii ? `${encryption("root/cimv2", "RequiresEncryption(TRUE)")}${bad}` : bad;
    const shift = isAscii ? 3 : 0;
    const { exit, output } = compile(machine, text);
    expect(exit).toBe(3);
    expect(output).toContain(`${FILE} (${line + shift}): error SYNTAX 0X${code}: `);
    expect(machine.writes.all).toEqual([]);
});

test.each([
    ["a missing namespace", encryption("root/Nowhere", "RequiresEncryption(TRUE)"), "0x8004100e"],
    ["another server's namespace", encryption("//web-08/root/Contoso", "RequiresEncryption(TRUE)"), "0x8004100e"],
    ["a flag that is text", contoso('RequiresEncryption("TRUE")'), "0x80041029"],
    ["a flag that is a number", contoso("RequiresEncryption(1)"), "0x80041029"],
    ["a flavor for classes", contoso("RequiresEncryption(TRUE) : ToSubClass"), "0x80041046"],
    ["a class that is not there", '#pragma namespace("root/Contoso")\r\ninstance of Contoso_Thing { };', "0x80041010"],
    ["a namespace without a name", '#pragma namespace("root")\r\ninstance of __Namespace { };', "0x80041008"],
])("semantics: %s is exit 1 with its code and creates nothing", (_name, text, code) => {
    const machine = machineWithContoso();
    const before = machine.namespaces.list();
    const { exit, output } = compile(machine, text);
    expect(exit).toBe(1);
    expect(output).toContain(`Error Number: ${code}, Facility: WMI`);
    expect(output).not.toContain("Done!");
    expect(machine.namespaces.list()).toEqual(before);
    expect(machine.writes.all).toEqual([]);
});

test("what was stored before a later error stays, what comes after it is not stored", () => {
    const machine = machineWithContoso();
    const text = ["root/Contoso", "root/Nowhere", "root/cimv2"].map((path) => encryption(path, "RequiresEncryption(TRUE)")).join("");
    const { exit, output } = compile(machine, text);
    expect(exit).toBe(1);
    expect(output).toContain("for object 2 defined on lines 5 - 6:");
    expect([machine.flag("root/Contoso"), machine.flag("root/cimv2")]).toEqual([true, null]);
});

describe("a product's definition", () => {
    const definition = (...statements: string[]) => `#pragma namespace("//./root/Contoso")\r\n${statements.join("\r\n")}\r\n`;

    test("classes, qualifier declarations, methods, aliases and embedded instances are accepted and change nothing", () => {
        const machine = machineWithContoso();
        const before = machine.namespaces.list();
        const text = definition(
            '#pragma classflags("updateonly", "forceupdate")',
            '#pragma deleteclass("Contoso_Old", NOFAIL)',
            "qualifier Description : ToSubClass Amended;",
            'Qualifier Tag : string[] = {"a", "b"}, Scope(class, property), Flavor(DisableOverride);',
            'instance of __Win32Provider as $P { Name = "Contoso"; };',
            "instance of __InstanceProviderRegistration { Provider = $P; };",
            "[abstract] class Contoso_Base as $Base { [key] string Id; };",
            "[Dynamic : ToInstance, Values{\"x\", 'y', 1}] class Contoso_Thing : Contoso_Base {",
            "    [read, write] uint32 Numbers[4] = {0x1F, 017, 101b, -1}; real32 Share = 1.5e-2; boolean On = FALSE; datetime When = NULL;",
            "    Contoso_Base ref Owner; object ref Any[]; Contoso_Base Inner; char16 Letter = 'x'; uint32 ref;",
            '    [implemented] void Run([in, id(0)] string Text = "a" " b", [out] Contoso_Base ref Made, [in, out] uint8 Data[]);',
            "    sint32 Stop();",
            "};",
            '[Description("one")] instance of Contoso_Thing as $One { Id = "1"; Inner = instance of Contoso_Base { Id = "2"; }; Owner = $One; };',
            "instance of CONTOSO_THING { Any = {$One, $Base}; };",
        );
        expect(compile(machine, text)).toMatchObject({ exit: 0, output: expect.stringContaining("Done!") });
        expect(machine.writes.all).toEqual([]);
        expect(machine.namespaces.list()).toEqual(before);
    });

    test.each([
        [
            "instance before its class",
            ["instance of Contoso_Thing { };", "class Contoso_Thing { };"],
            "1 defined on lines 2 - 2",
            "0x80041010",
        ],
        [
            "class of another namespace",
            ["class Contoso_Thing { };", '#pragma namespace("root/cimv2")', "instance of Contoso_Thing { };"],
            "2 defined on lines 4 - 4",
            "0x80041010",
        ],
        ["a class with a name of WMI's own", ["class __SystemSecurity { };"], "1 defined on lines 2 - 2", "0x80041010"],
        [
            "class in a namespace that is not there",
            ['#pragma namespace("root/x")', "class\r\nA { };"],
            "1 defined on lines 3 - 4",
            "0x8004100e",
        ],
    ])("%s: exit 1", (_name, statements, where, code) => {
        const { exit, output } = compile(machineWithContoso(), definition(...statements));
        expect(exit).toBe(1);
        expect(output).toContain(`${where}:\r\nError Number: ${code}`);
    });
});

describe("namespaces made by MOF", () => {
    const made = (qualifier: string) => `#pragma namespace("\\\\\\\\.\\\\root")\r\n${qualifier}instance of __Namespace { Name = "Made"; };`;

    test("get the flag that they were made with", () => {
        const machine = new WindowsMachine();
        expect(compile(machine, made("[RequiresEncryption(TRUE)] ")).exit).toBe(0);
        expect(machine.namespaces.readings("root/made")).toEqual({ effective: true, stored: true });
    });

    test("keep their flag when they are there already", () => {
        const machine = new WindowsMachine();
        compile(machine, made(""));
        expect(compile(machine, made("[RequiresEncryption(TRUE)] ")).exit).toBe(0);
        expect(machine.flag("root/Made")).toBeNull();
    });
});

test("without a namespace, root/default is meant; -N: says another; the pragma beats it", () => {
    const machine = machineWithContoso();
    const bare = "[RequiresEncryption(TRUE)] instance of __SystemSecurity { };";
    compile(machine, bare);
    compile(machine, bare, "-N:root\\cimv2");
    compile(machine, contoso("RequiresEncryption(TRUE)"), "-N:root\\subscription");
    expect(machine.writes.items.map(({ name }) => name)).toEqual(["root/default", "root/cimv2", "root/contoso"]);
});

test("a qualifier that is left out is not taken away", () => {
    const machine = machineWithContoso();
    compile(machine, contoso("RequiresEncryption(TRUE)"));
    compile(machine, '#pragma namespace("root/Contoso")\r\ninstance of __SystemSecurity { };');
    expect(machine.flag("root/Contoso")).toBe(true);
});

describe("switches", () => {
    test.each([["-nonsense"], ["-class:createonly"], ["-check", "-autorecover"]])("%s %s is exit 2 and does nothing", (...switches) => {
        const machine = machineWithContoso();
        expect(compile(machine, contoso("RequiresEncryption(TRUE)"), ...switches).exit).toBe(2);
        expect(machine.writes.all).toEqual([]);
    });

    test("-check parses and stores nothing", () => {
        const machine = machineWithContoso();
        expect(compile(machine, contoso("RequiresEncryption(TRUE)"), "-check").exit).toBe(0);
        expect(compile(machine, "instance", "-check").exit).toBe(3);
        expect(machine.writes.all).toEqual([]);
    });

    test.each([
        ["the pragma", `#pragma autorecover\r\n${contoso("RequiresEncryption(TRUE)")}`, []],
        ["the switch", contoso("RequiresEncryption(TRUE)"), ["-autorecover"]],
    ])("autorecover by %s registers the file once and warns no more", (_name, text, switches) => {
        const machine = machineWithContoso();
        const { output } = compile(machine, text, ...switches);
        compile(machine, text, ...switches);
        expect(output).not.toContain("WARNING");
        expect(machine.autorecoverList).toEqual([...VENDOR_LIST, FILE]);
    });
});

describe("a machine that refuses", () => {
    test.each([
        ["the WMI service is down", (machine: WindowsMachine) => machine.faults.on("wmiDown", {}), "0x80070422"],
        ["the account is not elevated", (machine: WindowsMachine) => machine.faults.on("notElevated", {}), "0x80041003"],
        [
            "the namespace is denied",
            (machine: WindowsMachine) => machine.faults.on("namespaceDenied", { paths: ["ROOT\\Contoso"] }),
            "0x80041003",
        ],
    ])("%s: exit 1", (_name, refuse, code) => {
        const machine = machineWithContoso();
        refuse(machine);
        const { exit, output } = compile(machine, contoso("RequiresEncryption(TRUE)"));
        expect(exit).toBe(1);
        expect(output).toContain(`Error Number: ${code}`);
        expect(machine.writes.all).toEqual([]);
    });
});

test("whatever the text, the compiler ends with one of its exits, and stores only what it reports as parsed", () => {
    const piece = fc.constantFrom(
        ..."#pragma namespace ( ) [ ] { } : , ; = $ instance of __SystemSecurity __Namespace RequiresEncryption TRUE FALSE NULL ToInstance as Name".split(
            " ",
        ),
        '"root/Contoso"',
        '"X"',
        "'x'",
        "12",
        "// c\n",
        "/* c */",
        '"',
        "/*",
        "\\",
        "autorecover",
    );
    fc.assert(
        fc.property(fc.array(piece, { maxLength: 40 }), (pieces) => {
            const machine = machineWithContoso();
            const { exit, output } = compile(machine, pieces.join(" "));
            expect([0, 1, 3]).toContain(exit);
            if (exit === 3) expect(machine.writes.all).toEqual([]);
            expect(output.includes("Done!")).toBe(exit === 0);
        }),
        fuzzRuns(),
    );
});

describe("documented MOF", () => {
    test.each([
        ["deleting an instance that need not be there", '#pragma deleteinstance("X.a=1", NOFAIL)'],
        ["a locale", '#pragma locale("en_US")'],
        ["an empty array", "class X { string a[] = {}; }; instance of X { a = { }; };"],
        [
            "a permanent event subscription",
            `#pragma namespace("//./root/subscription")
instance of __EventFilter as $f { Name = "a"; Query = "SELECT * FROM X"; QueryLanguage = "WQL"; EventNamespace = "root/cimv2"; };
instance of NTEventLogEventConsumer as $c { Name = "a"; InsertionStringTemplates = {}; };
instance of __FilterToConsumerBinding { Filter = $f; Consumer = $c; };`,
        ],
        [
            "a timer and a setting of the service",
            'instance of __IntervalTimerInstruction { TimerId = "a"; }; instance of __ArbitratorConfiguration { };',
        ],
    ])("%s has no effect on what the model shows", (_what, text) => {
        const machine = machineWithContoso();
        expect(compile(machine, `${text}\n${contoso("RequiresEncryption(TRUE)")}`)).toMatchObject({ exit: 0 });
        expect(machine.writes.all.map(({ name }) => name)).toEqual(["root/contoso"]);
    });

    test.each([
        ["#include", '\n#include ("x.mof")', 2],
        ["#pragma include", '#pragma include("x.mof")', 1],
        ["#pragma source", '#pragma source("x")', 1],
        ["#pragma deleteclass with FAIL", '#pragma deleteclass("X", FAIL)', 1],
        ["#pragma deleteinstance with FAIL", '#pragma deleteinstance("X.a=1", fail)', 1],
        ["#pragma deleteinstance of __SystemSecurity=@", '#pragma deleteinstance("__SystemSecurity=@", NOFAIL)', 1],
        ["#pragma deleteinstance of //./root:__Namespace.Name='a'", "#pragma deleteinstance(\"//./root:__Namespace.Name='a'\", NOFAIL)", 1],
        ["instances of Win32_Environment", '\n\ninstance of Win32_Environment { Name = "a"; };', 3],
    ])("%s: that it is not simulated is said, and nothing is stored", (what, text, line) => {
        const machine = machineWithContoso();
        expect(() => compile(machine, `${contoso("RequiresEncryption(TRUE)")}${text}`)).toThrow(
            `the simulated MOF compiler does not support ${what} (line ${line + 3}); Windows does`,
        );
        expect(machine.writes.all).toEqual([]);
    });

    test.each([
        ["that is declared nowhere", "instance of Contoso_Nowhere { };"],
        ["of a standard consumer in another namespace", "instance of LogFileEventConsumer { };"],
        ["that no system class is called", "instance of __Eventfilters { };"],
    ])("a class %s is not there", (_what, text) => {
        expect(compile(machineWithContoso(), `${contoso("RequiresEncryption(TRUE)")}${text}`)).toMatchObject({
            exit: 1,
            output: expect.stringContaining("0x80041010"),
        });
    });
});
