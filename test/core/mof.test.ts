import { readFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { autorecoverMof, encryptionMof } from "../../provider/core/mof/generate";
import { namespacePath } from "../../provider/core/namespacePath";
import { repositoryOf } from "../../provider/model/machineMofcomp";
import { mofcomp } from "../../provider/model/mofCompiler";
import { WindowsMachine } from "../../provider/model/windowsMachine";
import { VENDOR_LIST } from "../../provider/model/windowsMofs";
import { fuzzRuns } from "../fuzz";

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
const randomPath = fc
    .array(fc.stringMatching(/^[a-z0-9_][a-z0-9_$#.-]{0,10}$/), { maxLength: 8 })
    .map((names) => namespacePath(["root", ...names].join("/")));

test("the text is ASCII with CRLF lines, three of them, whatever the path", () => {
    fc.assert(
        fc.property(randomPath, fc.boolean(), (path, required) => {
            const mof = encryptionMof(path, required);
            expect(mof).toMatch(/^[\x20-\x7e\r\n]*$/);
            expect(mof.split("\r\n")).toHaveLength(4);
            expect(mof.split("\r\n").join("")).not.toMatch(/[\r\n]/);
        }),
        fuzzRuns(),
    );
});

test("the model's compiler takes the text, whatever the path: it sets that namespace's flag alone, and registers the file only where that is asked", () => {
    const FILE = "C:\\x.mof";
    const builder = fc.constantFrom({ build: encryptionMof, registered: [] }, { build: autorecoverMof, registered: [FILE] });
    fc.assert(
        fc.property(randomPath, fc.boolean(), builder, (path, required, { build, registered }) => {
            const machine = new WindowsMachine({ namespaces: { [path]: null } });
            const { exit } = mofcomp(FILE, Buffer.from(build(path, required), "ascii"), repositoryOf(machine));
            expect(exit).toBe(0);
            const flags = machine.writes.items.filter(({ kind }) => kind === "namespace");
            expect(flags.map(({ name, to }) => [name, to])).toEqual([[path, required]]);
            expect(machine.autorecoverList).toEqual([...VENDOR_LIST, ...registered]);
        }),
        fuzzRuns(),
    );
});
