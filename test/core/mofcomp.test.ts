import { mofcompError } from "../../provider/core/mofcomp";
import { namespacePath } from "../../provider/core/namespacePath";

const error = (exit: number, output = "") =>
    mofcompError({ about: { namespace: namespacePath("root/contoso") }, during: "compile" }, exit, output);

test.each([
    [1, "", "mofRejected", /no connection to WMI, or the repository would not store it \(exit 1\)/, /winmgmt/],
    [1, "An error: 0X80041003", "mofRejected", /exit 1, 0x80041003/, /Edit Security/],
    [1, "Fehler 0x8004100E", "mofRejected", /exit 1, 0x8004100e/, /the namespace is gone/],
    [2, "", "mofRejected", /bad switch \(exit 2\)/, /WMISEC_KEEP_MOF=1/],
    [3, "error SYNTAX 0X8004400c: Expected property", "mofSyntax", /syntax error \(exit 3, 0x8004400c\)/, /WMISEC_KEEP_MOF=1/],
    [-2147217405, "", "mofRejected", /WMI error 0x80041003/, /Edit Security/],
])("exit %d with %j", (exit, output, code, message, remedy) => {
    const found = error(exit, output);
    expect(found.code).toBe(code);
    expect(found.summary).toMatch(message);
    expect(found.details.remedy).toMatch(remedy);
});

test("what mofcomp printed is shown, without what a terminal would obey", () => {
    const found = error(1, "line 1\r\n\u001b[2Jline 2");
    expect(found.message).toContain("line 1\n");
    expect(found.message).not.toContain("\u001b");
});
