import fc from "fast-check";
import { definitionFile } from "../../provider/core/definitionFile";
import { fuzzRuns } from "../fuzz";

const problem = (path: string): string | undefined => definitionFile.safeParse(path).error?.issues[0]?.message;

test.each([
    "C:\\Contoso\\contoso.mof",
    "c:\\x.mof",
    "D:\\Program Files (x86)\\Contoso, Ltd\\a.b\\Provider's.MOF",
    "C:\\Windows\\System32\\wbem\\ClusWMI.mof",
    "C:\\con tent\\nullable.mof",
    `C:\\${"x".repeat(193)}.mof`,
])("accepted: %s", (path) => {
    expect(definitionFile.parse(path)).toBe(path);
});

test.each([
    ["nothing", "", "must begin with a local drive"],
    ["a name alone", "contoso.mof", "must begin with a local drive"],
    ["slashes", "C:/Contoso/contoso.mof", "has slashes"],
    ["a path of the drive's current folder", "C:contoso.mof", "must begin with a local drive"],
    ["a share", "\\\\files\\contoso.mof", "a network path"],
    ["a device path", "\\\\?\\C:\\contoso.mof", "a network path"],
    ["a variable", "%ProgramFiles%\\contoso.mof", "begins with an environment variable"],
    ["a folder", "C:\\Contoso\\", 'a part that is not a valid file or folder name: ""'],
    ["a doubled separator", "C:\\Contoso\\\\contoso.mof", 'not a valid file or folder name: ""'],
    ["the parent folder", "C:\\Contoso\\..\\contoso.mof", 'not a valid file or folder name: ".."'],
    ["the folder itself", "C:\\.\\contoso.mof", 'not a valid file or folder name: "."'],
    ["a stream", "C:\\contoso.txt:a.mof", "not a valid file or folder name"],
    ["a wildcard", "C:\\*.mof", "not a valid file or folder name"],
    ["quotes", 'C:\\"x".mof', "not a valid file or folder name"],
    ["a slash inside", "C:\\a/b.mof", "has slashes"],
    ["a blank at the end of a folder", "C:\\Contoso \\contoso.mof", "not a valid file or folder name"],
    ["a device", "C:\\NUL.mof", "not a valid file or folder name"],
    ["the console's input", "C:\\ConIn$.mof", "not a valid file or folder name"],
    ["the console's output, with an extension", "C:\\CONOUT$.x\\a.mof", "not a valid file or folder name"],
    ["a device as a folder", "C:\\com1\\x.mof", "not a valid file or folder name"],
    ["another extension", "C:\\contoso.mfl", "must end with .mof"],
    ["a blank at the end", "C:\\contoso.mof ", "not a valid file or folder name"],
    ["a line end", "C:\\contoso.mof\n", "not ASCII"],
    ["letters that are not ASCII", "C:\\Cont\u00f6so.mof", "not ASCII"],
    ["too long a path", `C:\\${"x".repeat(194)}.mof`, "longer than 200 characters"],
])("refused: %s", (_what, path, said) => {
    expect(problem(path)).toContain(said);
});

test("no text makes it throw, and what it accepts is one plain path on a drive", () => {
    const part = fc.oneof(
        fc.string({ unit: "binary" }),
        fc.constantFrom("C:", "..", ".", "a", "b.mof", " ", "nul", ":", "/", "con.mof", "conin$.mof", "x."),
    );
    const path = fc.array(part, { maxLength: 5 }).map((parts) => parts.join("\\"));
    fc.assert(
        fc.property(
            fc.oneof(
                path,
                path.map((rest) => `C:\\${rest}.mof`),
            ),
            (text) => {
                if (problem(text) !== undefined) return;
                expect(text).toMatch(/^[A-Za-z]:(\\[^\\/:*?"<>|]+)+$/);
                expect(text).toMatch(/^[\x20-\x7e]{1,200}$/);
                expect(text.toLowerCase().endsWith(".mof")).toBe(true);
                for (const name of text.split("\\")) expect(name).not.toMatch(/^\.\.?$|[ .]$|^(con|nul)(\.|$)/i);
            },
        ),
        fuzzRuns(),
    );
});
