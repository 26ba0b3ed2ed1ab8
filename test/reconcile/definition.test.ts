import { itemName } from "../../provider/core/items/item";
import { namespaceItem } from "../../provider/core/items/namespaceFlag";
import type { LedgerEntry } from "../../provider/core/ledger/entry";
import { namespacePath } from "../../provider/core/namespacePath";
import {
    adopted,
    content,
    DEFINITION,
    definition,
    EDITED,
    edited,
    FILE,
    type Has,
    hostWith,
    namespace,
    ORIGINAL,
    ours,
    SOMEBODYS,
    short,
} from "./definitionFile";
import { entryOf, formerlyMine, mine, ORIGINAL_MACHINE, yours } from "./entries";

const wanted = "owners=org/me#s1:true for root/contoso";
const flagged = (requires: boolean) => `root/contoso ${String(requires).toUpperCase()}`;

describe("declared", () => {
    test.each<[string, boolean, Has, string[]]>([
        [
            "says nothing: a backup, then edited and compiled; the ledger knows both contents by hash, the entry first",
            true,
            { text: ORIGINAL },
            [
                `entry before=${short(ORIGINAL)} writing=${short(EDITED)} ${wanted}`,
                `contoso.mof.pulumi-wmisec-backup ${short(ORIGINAL)}`,
                `contoso.mof ${short(EDITED)}`,
                flagged(true),
                `entry before=${short(ORIGINAL)} written=${short(EDITED)} ${wanted}`,
            ],
        ],
        ["says it already: adopted", true, { text: EDITED }, [`entry before=${short(EDITED)} ${wanted}`]],
        ["ours and as it should be: nothing", true, { text: EDITED, backup: ORIGINAL, entry: ours }, []],
        [
            "a killed run had written it: it counts as written",
            true,
            { text: EDITED, entry: { ...ours, written: undefined, writing: content(EDITED) } },
            [`entry before=${short(ORIGINAL)} written=${short(EDITED)} ${wanted}`],
        ],
        ["no such namespace: the file is not looked at further, and needs no entry", true, { namespace: "missing" }, []],
    ])("%s", async (_title, requires, has, written) => {
        expect(await hostWith(has).declare(definition(requires))).toMatchObject({ written, warnings: [], error: undefined });
    });

    test.each<[string, boolean, Has]>([
        ["nothing said is not as good as FALSE", false, { text: ORIGINAL }],
        ["FALSE is not TRUE", true, { text: edited(ORIGINAL, false) }],
        ["TRUE is not FALSE", false, { text: EDITED }],
    ])("%s: edited", async (_title, requires, has) => {
        const host = hostWith(has);
        const { error } = await host.declare(definition(requires));
        expect(error).toBeUndefined();
        expect(host.machine.files.text(FILE)).toBe(edited(has.text ?? "", requires));
        expect(host.machine.flag(namespace)).toBe(requires);
    });

    test("compiled by the API, as the program says", async () => {
        const host = hostWith({ text: ORIGINAL });
        host.machine.faults.on("compilerApiMissing", {});
        expect(await host.declare(definition(true), { claim: { compiler: "api" } })).toMatchObject({ error: { code: "hostError" } });
    });
});

describe("declared again, after somebody", () => {
    const replaced = `${FILE} was replaced or changed by somebody since our last edit`;

    test.each<[string, Has, string, RegExp | undefined]>([
        [
            "replaced the file: edited again, and what they wrote is what stood there before now",
            { text: SOMEBODYS, backup: ORIGINAL, entry: ours },
            SOMEBODYS,
            /^C:\\Contoso\\contoso\.mof was replaced or changed by somebody since our last edit.*will leave this version as it is/,
        ],
        [
            "changed our flag alone: edited again to what we had written, before stays, without a word",
            { text: EDITED.replace("TRUE", "FALSE"), backup: ORIGINAL, entry: ours },
            ORIGINAL,
            undefined,
        ],
        ["put the original back: edited again, without a word", { text: ORIGINAL, backup: ORIGINAL, entry: ours }, ORIGINAL, undefined],
        [
            "replaced what was adopted without an edit: the new version is the backup, so that is what stood there before",
            { text: SOMEBODYS, entry: adopted },
            SOMEBODYS,
            undefined,
        ],
        [
            "replaced it, and the backup is gone: as with the first edit, and it is told",
            { text: SOMEBODYS, entry: ours },
            SOMEBODYS,
            /make a new one: a release will restore this version/,
        ],
    ])("%s", async (_title, has, before, warning) => {
        const host = hostWith(has);
        const outcome = await host.declare(definition(true), { memory: [[DEFINITION, { before: content(ORIGINAL) }]] });
        expect(outcome.error).toBeUndefined();
        expect(outcome.before).toEqual({ [itemName(DEFINITION)]: content(before) });
        expect(host.machine.files.text(FILE)).toBe(edited(has.text ?? "", true));
        expect(outcome.warnings).toEqual(warning === undefined ? [] : [expect.stringMatching(warning)]);
        if (warning !== undefined) expect(outcome.warnings.join()).toContain(replaced);
    });

    test.each([
        ["changed nothing", EDITED],
        ["put the original back", ORIGINAL],
    ])("%s, and the program declares the other flag: edited without a word, and before stays", async (_title, text) => {
        const outcome = await hostWith({ text, backup: ORIGINAL, entry: ours }).declare(definition(false));
        expect(outcome).toMatchObject({ warnings: [], error: undefined, before: { [itemName(DEFINITION)]: content(ORIGINAL) } });
    });

    test("took our entry and the backup away: the state's memory is of another version", async () => {
        const { before } = await hostWith({ text: SOMEBODYS }).declare(definition(true), {
            memory: [[DEFINITION, { before: content(ORIGINAL) }]],
        });
        expect(before).toEqual({ [itemName(DEFINITION)]: content(SOMEBODYS) });
    });

    test("took our entry away: the state remembers what is in the backup", async () => {
        const { before } = await hostWith({ text: SOMEBODYS, backup: ORIGINAL }).declare(definition(true), {
            memory: [[DEFINITION, { before: content(ORIGINAL) }]],
        });
        expect(before).toEqual({ [itemName(DEFINITION)]: content(ORIGINAL) });
    });
});

describe("refused before anything is written", () => {
    const refusal = async (has: Has, requires = true) => {
        const { error, written } = await hostWith(has).declare(definition(requires));
        expect(written).toEqual([]);
        return error;
    };
    const other = namespacePath("root/other");

    test("the file is not there: the error names it", async () => {
        expect(await refusal({})).toMatchObject({
            code: "definitionMissing",
            summary: `there is no file ${FILE}`,
            details: { remedy: expect.stringMatching(/correct definitionMof of root\/contoso/) },
        });
    });

    test("the file is not MOF: the error has the line", async () => {
        expect(await refusal({ text: "class X {\r\n" })).toMatchObject({
            code: "definitionUnreadable",
            details: { said: expect.stringMatching(/^line \d+: /), tried: expect.stringMatching(/nothing was written/) },
        });
    });

    test.each([
        ["another namespace", { namespace: other, requires: true }, "true for root/other"],
        ["the same namespace with another flag", { namespace, requires: false }, "false for root/contoso"],
    ])("one file for %s of another resource is two wishes that oppose each other", async (_title, wants, said) => {
        const entry = { before: content(ORIGINAL), owners: [yours(wants)] };
        expect(await refusal({ text: ORIGINAL, entry })).toMatchObject({
            code: "ownedByAnother",
            summary: `${FILE} is wanted as ${said} by another resource`,
        });
    });

    test("one file that the same owner had edited for another namespace", async () => {
        const entry = { before: content(ORIGINAL), owners: [mine({ namespace: other, requires: true })] };
        expect(await refusal({ text: ORIGINAL, entry })).toMatchObject({ code: "definitionHandedOver" });
    });

    test("one file that another resource had edited for another namespace is accepted if its owner is to be evicted", async () => {
        const entry = { before: content(ORIGINAL), owners: [yours({ namespace: other, requires: true })] };
        const { error } = await hostWith({ text: ORIGINAL, entry }).declare(definition(true), { claim: { evict: new Set(["org/you"]) } });
        expect(error).toBeUndefined();
    });
});

describe("a file that also sets the flag of another namespace, which is wanted otherwise", () => {
    const other = namespaceItem(namespacePath("root/other"));
    const text = `${ORIGINAL}#pragma namespace("\\\\\\\\.\\\\root\\\\other")\r\n[RequiresEncryption(FALSE)]\r\ninstance of __SystemSecurity { };\r\n`;

    test.each([
        ["a former life", formerlyMine(true)],
        ["this life under another name", { ...mine(true), owner: "org/old" }],
        ["this life", mine(true)],
    ])("by its own owner, in %s: compiled, and that flag is set again", async (_title, owner) => {
        const host = hostWith({ text });
        host.machine.behindOurBack.createNamespace(other.path, true);
        host.remembers(other, { written: true, owners: [owner] });
        const flag = { item: other, want: true, alsoFine: [], whenMissing: "error" } as const;
        const { error } = await host.run({ declarations: [flag, definition(true)] });
        expect(error).toBeUndefined();
        expect(host.machine.writes.flagHistory(other.path)).toEqual([true, false, true]);
    });

    test("by another owner, on the machine that an image came from: compiled", async () => {
        const host = hostWith({ text });
        host.machine.behindOurBack.createNamespace(other.path, true);
        host.remembers(other, { machine: ORIGINAL_MACHINE, written: true, owners: [yours(true)] });
        expect(await host.declare(definition(true))).toMatchObject({ error: undefined });
        expect(host.machine.flag(other.path)).toBe(false);
    });
});

test.each<[string, Partial<LedgerEntry>]>([
    ["a flag as what stood there", { before: true }],
    ["nothing as what stood there", { before: "absent" }],
    ["a flag as what we wrote", { before: content(ORIGINAL), written: true }],
    ["a flag as what somebody wants", { before: content(ORIGINAL), owners: [mine(true)] }],
    ["a content as what somebody wants", { before: content(ORIGINAL), owners: [mine(content(ORIGINAL))] }],
])("an entry that has %s is not one of ours", async (_title, fields) => {
    const entry = entryOf({ owners: ours.owners ?? [], ...fields });
    const host = hostWith({ text: EDITED, backup: ORIGINAL, entry });
    expect(await host.release(DEFINITION)).toMatchObject({ error: { code: "ledgerGarbled" }, written: [] });
});
