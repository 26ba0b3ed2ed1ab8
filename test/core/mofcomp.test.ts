import { mofcompError } from "../../provider/core/mof/mofcomp";
import { namespacePath } from "../../provider/core/namespacePath";

const NAMESPACE = { namespace: namespacePath("root/contoso") };
const FILE = { file: "C:\\Contoso\\contoso.mof" };

const error = (exit: number, output = "", about: typeof NAMESPACE | typeof FILE = NAMESPACE) =>
    mofcompError({ about, during: "compile" }, exit, output);

test.each([
    [1, "", "mofRejected", /no connection to WMI, or the repository would not store it \(exit 1\)/, /winmgmt/],
    [1, "An error: 0X80041003", "mofRejected", /exit 1, 0x80041003/, /Edit Security/],
    [1, "Fehler 0x8004100E", "mofRejected", /exit 1, 0x8004100e/, /the namespace is gone/],
    [2, "", "mofRejected", /bad switch \(exit 2\)/, /WMISEC_KEEP_MOF=1/],
    [3, "error SYNTAX 0X8004400c: Expected property", "mofSyntax", /syntax error \(exit 3, 0x8004400c\)/, /WMISEC_KEEP_MOF=1/],
    [-2147217405, "", "mofRejected", /WMI error 0x80041003/, /Edit Security/],
    [
        -1073741502,
        "",
        "mofcompFailed",
        /^mofcomp\.exe did not run to its end: Windows ended it with 0xc0000142$/,
        /without a desktop.*compiler: "api"/,
    ],
    [3221225781, "", "mofcompFailed", /0xc0000135/, /sfc \/scannow/],
    [-1073741510, "", "mofcompFailed", /0xc000013a/, /run again/],
    [-1073741819, "Application error", "mofcompFailed", /0xc0000005/, /Application log/],
    [-2147024891, "", "mofRejected", /Windows error 0x80070005/, /Edit Security/],
    [-2147023838, "", "mofRejected", /Windows error 0x80070422/, /is enabled/],
    [-2147023636, "", "mofRejected", /Windows error 0x800704ec/, /AppLocker/],
    [259, "", "mofRejected", /an exit code that is not documented, 0x00000103/, /winmgmt/],
    [1, "Nummer: 0X800706BA, Win32", "mofRejected", /exit 1, 0x800706ba/, /sc qc winmgmt/],
    [1, "0x8004100e12 and 0x1234", "mofRejected", /\(exit 1\)/, /verifyrepository/],
    [1, "0x80041010", "mofRejected", /exit 1, 0x80041010/, /no class __SystemSecurity.*salvagerepository/],
    [1, "0x80041001 then 0x80041006", "mofRejected", /exit 1, 0x80041001, 0x80041006/, /memory or disk space/],
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

test("a class that a definition needs is not there", () => {
    const found = error(1, "Error Number: 0x80041010, Facility: WMI", FILE);
    expect(found.summary).toBe(
        "mofcomp refused C:\\Contoso\\contoso.mof: no connection to WMI, or the repository would not store it (exit 1, 0x80041010)",
    );
    expect(found.details.remedy).toMatch(
        /^a class that the file needs is not in the namespace: compile the MOF file that defines it first/,
    );
});
