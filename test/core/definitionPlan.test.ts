import { isWmisecError } from "../../provider/core/errors";
import { definitionItem } from "../../provider/core/items/definition";
import { itemName, itemNamed } from "../../provider/core/items/item";
import type { Item } from "../../provider/core/items/kind";
import { type Declaration, owns, satisfies } from "../../provider/core/ledger/declaration";
import type { LedgerEntry } from "../../provider/core/ledger/entry";
import { join } from "../../provider/core/ledger/join";
import type { Memory } from "../../provider/core/ledger/plan";
import { type RecordedState, recordedState } from "../../provider/core/ledger/record";
import { leave, release } from "../../provider/core/ledger/release";
import { editDefinition } from "../../provider/core/mof/document";
import { namespacePath } from "../../provider/core/namespacePath";
import { sha256 } from "../../provider/core/sha256";
import { NOTHING_SEEN } from "../nothingSeen";
import { entryOf, ledgerWith, ME, mine, told, yours } from "./told";

const namespace = namespacePath("root/contoso");
const FILE = "C:\\Contoso\\contoso.mof";
const BACKUP = `${FILE}.pulumi-wmisec-backup`;
const item = definitionItem(FILE, namespace);
const declare = (requires: boolean): Declaration => ({ item, want: { namespace, requires }, alsoFine: [], whenMissing: "error" });

const ORIGINAL = '#pragma namespace("\\\\\\\\.\\\\root\\\\contoso")\r\nclass Contoso_Bill { [key] string Id; };\r\n';
const edited = (text: string, requires: boolean): string => {
    const made = editDefinition(Buffer.from(text, "latin1"), namespace, requires);
    if (!made.ok) throw new Error(made.problem);
    return made.bytes.toString("latin1");
};
const EDITED = edited(ORIGINAL, true);
const SOMEBODYS = `${ORIGINAL}class Contoso_Customer { [key] string Id; };\r\n`;
const content = (text: string) => ({ sha256: sha256(Buffer.from(text, "latin1")) });
const short = (text: string) => content(text).sha256.slice(0, 6);

interface Has {
    /** Undefined: no such file. */
    readonly text?: string;
    readonly backup?: string;
    readonly entry?: LedgerEntry;
    readonly namespace?: "missing";
}

function look({ text, backup, entry, namespace: state }: Has, of: Item = item): RecordedState {
    const kept = backup === undefined ? null : content(backup).sha256;
    return recordedState(of, {
        ...NOTHING_SEEN,
        namespaces: [
            state === "missing"
                ? { path: namespace, state }
                : { path: namespace, state: "present", flag: { effective: true, stored: true } },
        ],
        definitions: [
            text === undefined
                ? { file: FILE, state: "missing", backup: kept }
                : { file: FILE, state: "present", content: Buffer.from(text, "latin1").toString("base64"), backup: kept },
        ],
        ledger: ledgerWith(itemName(item), entry),
    });
}

const me = mine({ namespace, requires: true });
const ours = entryOf({ before: content(ORIGINAL), written: content(EDITED), owners: [me] });

const failureOf = (work: () => unknown) => {
    try {
        work();
    } catch (error) {
        if (isWmisecError(error)) return error;
        throw error;
    }
    throw new Error("no error");
};

describe("join", () => {
    test.each<[string, boolean, Has, string[]]>([
        [
            "says nothing: edited; the ledger knows both contents by hash, the entry first",
            true,
            { text: ORIGINAL },
            [
                `note m1 before=${short(ORIGINAL)} writing=${short(EDITED)} owners=org/me#s1:true for root/contoso`,
                `edit ${short(ORIGINAL)} to say TRUE`,
                `note m1 before=${short(ORIGINAL)} written=${short(EDITED)} owners=org/me#s1:true for root/contoso`,
            ],
        ],
        ["says it already: adopted", true, { text: EDITED }, [`note m1 before=${short(EDITED)} owners=org/me#s1:true for root/contoso`]],
        ["ours and as it should be: nothing", true, { text: EDITED, backup: ORIGINAL, entry: ours }, []],
        [
            "a killed run had written it: it counts as written",
            true,
            { text: EDITED, entry: entryOf({ before: content(ORIGINAL), writing: content(EDITED), owners: [me] }) },
            [`note m1 before=${short(ORIGINAL)} written=${short(EDITED)} owners=org/me#s1:true for root/contoso`],
        ],
        ["no such namespace: not looked at further", true, { namespace: "missing" }, []],
        [
            "nothing said is not as good as FALSE",
            false,
            { text: ORIGINAL },
            expect.arrayContaining([`edit ${short(ORIGINAL)} to say FALSE`]),
        ],
    ])("%s", (_title, requires, has, steps) => {
        expect(told(join(declare(requires), look(has), ME))).toEqual(steps);
    });

    test("somebody replaced the file since: edited again, and what they wrote is what stood there before now", () => {
        const plan = join(declare(true), look({ text: SOMEBODYS, backup: ORIGINAL, entry: ours }), ME);
        expect(told(plan)[1]).toBe(`edit ${short(SOMEBODYS)} to say TRUE`);
        expect(told(plan)[2]).toMatch(`before=${short(SOMEBODYS)}`);
        expect(plan.warnings.join()).toContain(`${FILE} was replaced or changed by somebody since our last edit`);
    });

    test("somebody changed our flag alone: edited again to what we had written, before stays, without a word", () => {
        const plan = join(declare(true), look({ text: EDITED.replace("TRUE", "FALSE"), backup: ORIGINAL, entry: ours }), ME);
        expect(told(plan)[2]).toMatch(`before=${short(ORIGINAL)}`);
        expect(plan.warnings).toEqual([]);
    });

    test("the original came back: edited again without a word", () => {
        expect(join(declare(true), look({ text: ORIGINAL, entry: ours }), ME).warnings).toEqual([]);
    });

    test("adopted without an edit, then replaced: the edit keeps the new version as its backup, so that is what stood there before", () => {
        const adopted = entryOf({ before: content(EDITED), owners: [me] });
        const plan = join(declare(true), look({ text: SOMEBODYS, entry: adopted }), ME);
        expect(told(plan)[2]).toMatch(`before=${short(SOMEBODYS)}`);
        expect(plan.warnings).toEqual([]);
    });

    test("replaced, and the backup is gone: as with the first edit, and it is told", () => {
        const plan = join(declare(true), look({ text: SOMEBODYS, entry: ours }), ME, { before: content(ORIGINAL) });
        expect(told(plan)[2]).toMatch(`before=${short(SOMEBODYS)}`);
        expect(plan.warnings.join()).toMatch(/make a new one: a release will restore this version/);
    });

    test("our entry and the backup are gone: the state's memory is of another version", () => {
        const plan = join(declare(true), look({ text: SOMEBODYS }), ME, { before: content(ORIGINAL) });
        expect(told(plan)[2]).toMatch(`before=${short(SOMEBODYS)}`);
    });

    test("the file is not there: an error that names it, before anything is written", () => {
        const error = failureOf(() => join(declare(true), look({}), ME));
        expect(error).toMatchObject({ code: "definitionMissing", summary: `there is no file ${FILE}` });
        expect(error.details.remedy).toMatch(/correct definitionMof of root\/contoso/);
    });

    test("the file is not MOF: an error with the line", () => {
        const error = failureOf(() => join(declare(true), look({ text: "class X {\r\n" }), ME));
        expect(error.code).toBe("definitionUnreadable");
        expect(error.details.said).toMatch(/^line \d+: /);
        expect(error.details.tried).toMatch(/nothing was written/);
    });

    test("one file for two namespaces of two resources is two wishes that oppose each other", () => {
        const other = yours({ namespace: namespacePath("root/other"), requires: true });
        const error = failureOf(() =>
            join(declare(true), look({ text: ORIGINAL, entry: entryOf({ before: content(ORIGINAL), owners: [other] }) }), ME),
        );
        expect(error).toMatchObject({ code: "ownedByAnother", summary: `${FILE} is wanted as true for root/other by another resource` });
    });
});

describe("release", () => {
    // By its name in the ledger alone, as an orphan or a dropped item is.
    const named = itemNamed(itemName(item));
    const plan = (has: Has, memory?: Memory) => {
        if (named?.type !== "definition") throw new Error("no item");
        return release(look(has, named), ME, { superseded: false }, memory);
    };
    const killed = entryOf({ before: content(ORIGINAL), writing: content(EDITED), owners: [me] });
    const adopted = entryOf({ before: content(EDITED), owners: [me] });

    test.each<[string, Has, string[], RegExp | undefined]>([
        [
            "as we wrote it: put back",
            { text: EDITED, backup: ORIGINAL, entry: ours },
            ["note that it is put back", `restore ${short(ORIGINAL)} over ${short(EDITED)}`, "forget"],
            undefined,
        ],
        [
            "a killed run had written it: put back",
            { text: EDITED, backup: ORIGINAL, entry: killed },
            ["note that it is put back", `restore ${short(ORIGINAL)} over ${short(EDITED)}`, "forget"],
            undefined,
        ],
        [
            "as before: only the backup goes",
            { text: ORIGINAL, backup: ORIGINAL, entry: ours },
            ["note that it is put back", `restore ${short(ORIGINAL)} over ${short(ORIGINAL)}`, "forget"],
            undefined,
        ],
        ["as before and no backup", { text: ORIGINAL, entry: ours }, ["forget"], undefined],
        ["adopted, never edited", { text: EDITED, entry: adopted }, ["forget"], undefined],
        [
            "changed by somebody: left, and told where the backup is",
            { text: SOMEBODYS, backup: ORIGINAL, entry: ours },
            ["forget"],
            /somebody changed it since; the backup is .*\.pulumi-wmisec-backup$/,
        ],
        ["the backup is gone: left", { text: EDITED, entry: ours }, ["forget"], /its backup .* is gone/],
        [
            "another backup: left",
            { text: EDITED, backup: SOMEBODYS, entry: ours },
            ["forget"],
            /with our flag in it.*its backup is not the original/,
        ],
        [
            "the file is gone: not made again",
            { backup: ORIGINAL, entry: ours },
            ["forget"],
            /is gone, and was not created again; the backup is/,
        ],
        ["file and backup are gone", { entry: ours }, ["forget"], undefined],
        ["not MOF any more: hashes are enough", { text: "{{{", backup: ORIGINAL, entry: ours }, ["forget"], /somebody changed it since/],
        [
            "the namespace is gone: put back all the same",
            { text: EDITED, backup: ORIGINAL, entry: ours, namespace: "missing" },
            ["note that it is put back", `restore ${short(ORIGINAL)} over ${short(EDITED)}`, "forget"],
            undefined,
        ],
    ])("%s", (_title, has, steps, warning) => {
        const { warnings, ...rest } = plan(has);
        expect(told(rest)).toEqual(steps);
        if (warning === undefined) expect(warnings).toEqual([]);
        else expect(warnings.join("\n")).toMatch(warning);
    });

    test("others who want it keep it edited", () => {
        const you = yours({ namespace, requires: true });
        const { steps } = plan({ text: EDITED, backup: ORIGINAL, entry: { ...ours, owners: [me, you] } });
        expect(told({ steps })).toEqual([expect.stringContaining("owners=org/you")]);
    });

    test("the entry is lost: what we wrote is not known, so the file stays and it is told where the backup is", () => {
        const { steps, warnings } = plan({ text: EDITED, backup: ORIGINAL }, { before: content(ORIGINAL) });
        expect(steps).toEqual([]);
        expect(warnings.join()).toMatch(/what we wrote is not known; the backup is .*; the ledger has no entry for it/);
    });

    test("leave: file and backup stay, and it is told where that is", () => {
        const { steps, notes } = leave(look({ text: EDITED, backup: ORIGINAL, entry: ours }), ME, { superseded: false });
        expect(told({ steps })).toEqual(["forget"]);
        expect(notes).toEqual([`${FILE} stays as we edited it; the original is in ${BACKUP}`]);
        expect(leave(look({ text: EDITED, entry: adopted }), ME, { superseded: false }).notes).toBeUndefined();
    });
});

describe("what is fine", () => {
    test.each<[Has, boolean | "absent" | "unreadable" | undefined, boolean]>([
        [{ text: EDITED }, true, true],
        [{ text: edited(ORIGINAL, false) }, false, false],
        [{ text: ORIGINAL }, "absent", false],
        [{ text: "{{{" }, "unreadable", false],
        [{}, undefined, false],
    ])("case %#", (has, says, fine) => {
        expect(look(has).definitionFlag).toBe(says);
        expect(satisfies(declare(true), look(has))).toBe(fine);
    });

    test("a missing file needs an entry of ours, a missing namespace does not", () => {
        expect(owns(ME, look({}))).toBe(false);
        expect(owns(ME, look({ namespace: "missing" }))).toBe(true);
    });
});

test.each([
    ["definition:c:\\contoso\\contoso.mof", true],
    ["definition:C:\\Contoso\\contoso.mof", false],
    ["definition:c:\\contoso\\..\\contoso.mof", false],
    ["definition:\\\\server\\share\\x.mof", false],
    ["definition:c:\\windows\\system32\\cmd.exe", false],
    ["definition:c:\\x.mof:stream.mof", false],
    ["definition:", false],
])("the ledger's name %s is one of ours: %s", (name, valid) => {
    expect(itemNamed(name) !== undefined).toBe(valid);
});

test.each<[string, Partial<LedgerEntry>]>([
    ["a flag as what stood there", { before: true }],
    ["nothing as what stood there", { before: "absent" }],
    ["a flag as what we wrote", { before: content(ORIGINAL), written: true }],
    ["a flag as what somebody wants", { before: content(ORIGINAL), owners: [mine(true)] }],
    ["a content as what somebody wants", { before: content(ORIGINAL), owners: [mine(content(ORIGINAL))] }],
])("an entry that has %s is not one of ours", (_title, fields) => {
    const failure = failureOf(() => look({ text: EDITED, backup: ORIGINAL, entry: entryOf({ owners: [me], ...fields }) }));
    expect(failure.code).toBe("ledgerGarbled");
});
