import fc from "fast-check";
import { backslashed, MAX_NAMESPACE_LEVELS, namespacePath, parseNamespacePath } from "../../provider/core/namespacePath";
import { fuzzRuns } from "../fuzz";

const problemOf = (text: string): string => {
    const parsed = parseNamespacePath(text);
    if (parsed.ok) throw new Error(`${text} was accepted as ${parsed.path}`);
    return parsed.problem;
};

test.each([
    ["root", "root"],
    ["root/cimv2", "root/cimv2"],
    ["ROOT\\CIMV2", "root/cimv2"],
    ["root\\\\Contoso\\\\Billing", "root/contoso/billing"],
    ["\\\\.\\root\\cimv2", "root/cimv2"],
    ["//./root/cimv2", "root/cimv2"],
    ["root/Microsoft/SqlServer/ServerEvents/INST$1", "root/microsoft/sqlserver/serverevents/inst$1"],
])("%j is %j", (text, path) => {
    expect(namespacePath(text)).toBe(path);
});

test.each([
    ["C:\\x", "looks like a file path"],
    ["\\\\other\\root\\x", "another computer (other)"],
    ["Contoso", 'did you mean "root/Contoso"'],
    ["rootcimv2", 'did you mean "root/cimv2"? A single backslash gets lost'],
    ["rootMicrosoftDNS", "write root/cimv2, or root\\\\cimv2"],
    ["root\tools", "became a control character"],
    ["root\news", "became a control character"],
    ["rooted", 'did you mean "root/ed"'],
    ["", "empty"],
    ["   ", "empty"],
    [" root/cimv2", "begins or ends with a space"],
    ["root/Größe", "ASCII"],
    ["root/a\u202eb", "ASCII"],
    ['root/a"b', "quotes"],
    ["root/a'b", "quotes"],
    ["root/*", "wildcards"],
    ["root/a?", "wildcards"],
    ["root/cimv2/", "ends with a separator"],
    ["/root/cimv2", "starts with a separator"],
    ["root/cimv2:Win32_Process", "colon"],
    ["root/..", '".." is not a namespace name'],
    ["root/a b", '"a b" is not a namespace name'],
    ["root/a;b", "is not a namespace name"],
    [`root${"/a".repeat(40)}`, `at most ${MAX_NAMESPACE_LEVELS}`],
    [`root${"/a".repeat(1000)}`, "2004 characters"],
])("%j is refused and the message says why", (text, words) => {
    expect(problemOf(text)).toContain(words);
});

test("a very long path is not repeated whole in the message", () => {
    expect(problemOf(`root/${"x".repeat(100_000)}`).length).toBeLessThan(250);
});

test("what parses is in one normal form, whatever its spelling", () => {
    const name = fc.stringMatching(/^[A-Za-z0-9_][A-Za-z0-9_$#.-]{0,10}$/);
    const separator = fc.constantFrom("/", "\\", "\\\\");
    fc.assert(
        fc.property(fc.array(name, { maxLength: 8 }), separator, fc.boolean(), (names, between, shout) => {
            const text = ["root", ...names].join(between);
            const path = namespacePath(shout ? text.toUpperCase() : text);
            expect(path).toBe(["root", ...names].join("/").toLowerCase());
            expect(namespacePath(path)).toBe(path);
            expect(namespacePath(backslashed(path))).toBe(path);
        }),
        fuzzRuns(),
    );
});

test("no text makes the parser throw, and no accepted path holds a character that means something to MOF or WQL", () => {
    fc.assert(
        fc.property(fc.string({ unit: "binary" }), (text) => {
            const parsed = parseNamespacePath(text);
            if (parsed.ok) expect(parsed.path).toMatch(/^root(\/[a-z0-9_][a-z0-9_$#.-]*)*$/);
        }),
        fuzzRuns(),
    );
});
