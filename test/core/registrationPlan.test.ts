import { isWmisecError } from "../../provider/core/errors";
import { definitionItem } from "../../provider/core/items/definition";
import { itemName, itemNamed, observeRequestFor } from "../../provider/core/items/item";
import type { ItemValue, LiveValue } from "../../provider/core/items/kinds";
import { namespaceItem } from "../../provider/core/items/namespaceFlag";
import { registrationItem } from "../../provider/core/items/registration";
import { type Declaration, owns, satisfies } from "../../provider/core/ledger/declaration";
import type { LedgerEntry } from "../../provider/core/ledger/entry";
import { join } from "../../provider/core/ledger/join";
import { type RecordedState, recordedState } from "../../provider/core/ledger/record";
import { leave, release } from "../../provider/core/ledger/release";
import { autorecoverMof } from "../../provider/core/mof/generate";
import { namespacePath } from "../../provider/core/namespacePath";
import { sha256 } from "../../provider/core/sha256";
import { NOTHING_SEEN } from "../nothingSeen";
import { entryOf, ledgerWith, ME, mine, told, yours } from "./told";

const path = namespacePath("root/contoso");
const item = registrationItem(path);
const declare = (want: boolean): Declaration => ({ item, want, alsoFine: [], whenMissing: "error" });

/** How a registration can be found. */
const FOUND = {
    absent: { registered: false, file: null },
    true: { registered: true, file: sha256(autorecoverMof(path, true)) },
    false: { registered: true, file: sha256(autorecoverMof(path, false)) },
    "listed without a file": { registered: true, file: null },
    "a file that is not listed": { registered: false, file: sha256(autorecoverMof(path, true)) },
    "another text": { registered: true, file: sha256("somebody's") },
} as const;
type Found = keyof typeof FOUND;
const PARTS: readonly Found[] = ["listed without a file", "a file that is not listed", "another text"];

function look(found: Found, known?: LedgerEntry, namespace: "present" | "missing" = "present"): RecordedState {
    return recordedState(item, {
        ...NOTHING_SEEN,
        namespaces: [
            namespace === "missing" ? { path, state: "missing" } : { path, state: "present", flag: { effective: true, stored: true } },
        ],
        registrations: [{ path, state: "read", ...FOUND[found] }],
        ledger: ledgerWith(itemName(item), known),
    });
}

test.each<[Found, LiveValue]>([
    ["absent", "absent"],
    ["true", true],
    ["false", false],
    ...PARTS.map((found): [Found, LiveValue] => [found, "incomplete"]),
])("%s is found as %s", (found, live) => {
    expect(look(found).live).toBe(live);
});

describe("join", () => {
    const known = entryOf({ written: true, owners: [mine(true)] });
    test.each<[string, boolean, RecordedState, string[]]>([
        [
            "nothing there: registered, and nothing is what is put back",
            true,
            look("absent"),
            [
                "note m1 before=absent writing=true owners=org/me#s1:true",
                "register TRUE",
                "note m1 before=absent written=true owners=org/me#s1:true",
            ],
        ],
        ["there: adopted, and it stays when we go", true, look("true"), ["note m1 before=true owners=org/me#s1:true"]],
        ["ours and as it should be: nothing", true, look("true", known), []],
        [
            "the other direction",
            false,
            look("true", known),
            [
                "note m1 before=absent written=true writing=false owners=org/me#s1:false",
                "register FALSE",
                "note m1 before=absent written=false owners=org/me#s1:false",
            ],
        ],
        [
            "nothing is not as good as FALSE: a rebuild would bring the vendor's default",
            false,
            look("absent"),
            [
                "note m1 before=absent writing=false owners=org/me#s1:false",
                "register FALSE",
                "note m1 before=absent written=false owners=org/me#s1:false",
            ],
        ],
        ["no such namespace: nothing to register", true, look("absent", undefined, "missing"), []],
    ])("%s", (_title, want, seen, steps) => {
        expect(told(join(declare(want), seen, ME))).toEqual(steps);
    });

    test.each(PARTS)("%s: written in both directions, and taken away at the end", (found) => {
        for (const want of [true, false]) {
            expect(satisfies(declare(want), look(found))).toBe(false);
            const [first, second] = told(join(declare(want), look(found), ME));
            expect(first).toBe(`note m1 before=absent writing=${want} owners=org/me#s1:${want}`);
            expect(second).toBe(`register ${String(want).toUpperCase()}`);
        }
    });

    test("the step expects what was seen and compiles as the program says", () => {
        const [, step] = join(declare(true), look("another text"), { ...ME, compiler: "api" }).steps;
        expect(step).toEqual({
            do: "registerMof",
            path,
            expect: FOUND["another text"],
            mof: autorecoverMof(path, true),
            compiler: "api",
        });
    });

    test("two owners must agree on what a rebuild brings", () => {
        const theirs = entryOf({ written: false, owners: [yours(false)] });
        expect(() => join(declare(true), look("false", theirs), ME)).toThrow(
            "the registration of root/contoso for a rebuilt repository is wanted as false by another resource",
        );
    });
});

describe("release", () => {
    const release_ = (found: Found, before: ItemValue, namespace?: "missing") => {
        const entry = entryOf({ before, written: true, owners: [mine(true)] });
        return release(look(found, entry, namespace), ME, { superseded: false });
    };
    test.each<[string, Found, ItemValue, string[]]>([
        ["ours is taken away", "true", "absent", ["note that it is put back", "unregister", "forget"]],
        ["nothing there any more: only the entry goes", "absent", "absent", ["forget"]],
        ["there before: it stays", "true", true, ["forget"]],
        ...PARTS.map((found): [string, Found, ItemValue, string[]] => [
            `${found}: the rest is taken away`,
            found,
            "absent",
            ["note that it is put back", "unregister", "forget"],
        ]),
    ])("%s", (_title, found, before, steps) => {
        const plan = release_(found, before);
        expect(told(plan)).toEqual(steps);
        expect(plan.warnings).toEqual([]);
    });

    test("needs no namespace", () => {
        expect(told(release_("true", "absent", "missing"))).toEqual(["note that it is put back", "unregister", "forget"]);
    });

    test("FALSE before: left and told, because to register it again would set the flag", () => {
        const plan = release_("true", false);
        expect(told(plan)).toEqual(["forget"]);
        expect(plan.warnings.join()).toMatch(/was left as it is \(true\): before our policy it was false/);
    });

    test("others who want it keep it", () => {
        const you = yours(true);
        const entry = entryOf({ written: true, owners: [mine(true), you] });
        expect(told(release(look("true", entry), ME, { superseded: false }))).toEqual([
            "note m1 before=absent written=true owners=org/you#s9:true",
        ]);
    });

    test("by the state, when the entry is lost", () => {
        const plan = release(look("true"), ME, { superseded: false }, { before: "absent", put: true });
        expect(told(plan)).toEqual(["see that there is no entry", "unregister"]);
        expect(plan.warnings.join()).toMatch(/the ledger's entry was lost/);
    });

    test("leave: it stays", () => {
        const entry = entryOf({ written: true, owners: [mine(true)] });
        expect(told(leave(look("true", entry), ME, { superseded: false }))).toEqual(["forget"]);
    });
});

test("a registration of a namespace that is gone is no drift, and needs no entry", () => {
    expect(satisfies(declare(true), look("absent", undefined, "missing"))).toBe(true);
    expect(owns(ME, look("absent", undefined, "missing"))).toBe(true);
    expect(owns(ME, look("absent"))).toBe(false);
});

test("a list of another kind is unexpected, and never taken for empty", () => {
    const failure = { type: "pulumi-wmisec.UnexpectedValue", hresult: "0x80131509", wmiCode: null, message: "REG_SZ" };
    const seen = { ...NOTHING_SEEN, registrations: [{ path, state: "failed" as const, failure }] };
    try {
        recordedState(item, seen);
        throw new Error("it was read");
    } catch (error) {
        expect(isWmisecError(error) && error.code).toBe("unexpectedValue");
    }
});

test.each([
    ["registration:root/contoso", true],
    ["registration:ROOT/contoso", false],
    ["registration:root\\contoso", false],
    [`registration:root/${"x".repeat(250)}`, true],
    [`registration:root/${"x".repeat(251)}`, false],
    ["registration:..", false],
    ["registration", false],
    ["", false],
])("the ledger's name %s is one of ours: %s", (name, ours) => {
    expect(itemNamed(name) !== undefined).toBe(ours);
});

test.each<[string, Partial<LedgerEntry>]>([
    ["a file as what stood there", { before: { sha256: "0".repeat(64) } }],
    ["a registry value as what we wrote", { written: { kind: "REG_SZ", value: "1" } }],
    ["a definition as what somebody wants", { owners: [mine({ namespace: path, requires: true })] }],
])("an entry that has %s is not one of ours", (_title, fields) => {
    expect(() => look("true", entryOf({ owners: [mine(true)], ...fields }))).toThrow(/is not one of ours/);
});

test("whether its namespace is there is looked at along with an item, once", () => {
    const asked = observeRequestFor([
        item,
        namespaceItem(path),
        definitionItem("C:\\x.mof", namespacePath("root/other")),
        definitionItem("c:\\y.mof"),
    ]);
    expect(asked).toMatchObject({
        namespaces: ["root/contoso", "root/other"],
        registrations: [path],
        definitions: ["C:\\x.mof", "c:\\y.mof"],
    });
});
