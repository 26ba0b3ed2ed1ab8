import { readFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { autorecoverMof, encryptionMof } from "../../provider/core/mof";
import { namespacePath } from "../../provider/core/namespacePath";

const golden = (name: string) => readFileSync(join(__dirname, "../golden/mof", name), "latin1");

test.each([
    ["encryption-required.mof", "root/Contoso/Billing", true],
    ["encryption-not-required.mof", "root/cimv2", false],
])("golden: %s", (file, path, required) => {
    expect(encryptionMof(namespacePath(path), required)).toBe(golden(file));
});

test.each([
    ["autorecover-required.mof", "root/Contoso/Billing", true],
    ["autorecover-not-required.mof", "root/cimv2", false],
])("golden: %s", (file, path, required) => {
    expect(autorecoverMof(namespacePath(path), required)).toBe(golden(file));
});

test("the text is ASCII with CRLF lines, three of them, whatever the path", () => {
    const name = fc.stringMatching(/^[a-z0-9_][a-z0-9_$#.-]{0,10}$/);
    fc.assert(
        fc.property(fc.array(name, { maxLength: 8 }), fc.boolean(), (names, required) => {
            const mof = encryptionMof(namespacePath(["root", ...names].join("/")), required);
            expect(mof).toMatch(/^[\x20-\x7e\r\n]*$/);
            expect(mof.split("\r\n")).toHaveLength(4);
            expect(mof.split("\r\n").join("")).not.toMatch(/[\r\n]/);
        }),
    );
});
