import type { ItemValue } from "../../provider/core/items/kinds";
import { registrationItem } from "../../provider/core/items/registration";
import type { Declaration } from "../../provider/core/ledger/declaration";
import type { LedgerEntry } from "../../provider/core/ledger/entry";
import { AUTORECOVER_LIST } from "../../provider/core/mof/autorecover";
import { autorecoverMof } from "../../provider/core/mof/generate";
import { namespacePath } from "../../provider/core/namespacePath";
import { sha256 } from "../../provider/core/sha256";
import { registeredFile } from "../../provider/model/registrations";
import { entryOf, mine, yours } from "./entries";
import { PolicyHost } from "./policyHost";

const path = namespacePath("root/contoso");
const item = registrationItem(path);
const FILE = registeredFile(path);
const declare = (want: boolean): Declaration => ({ item, want, alsoFine: [], whenMissing: "error" });

/** How a registration can be found: the text of our file, and whether it is in the list. */
const FOUND = {
    absent: {},
    true: { text: autorecoverMof(path, true), listed: true },
    false: { text: autorecoverMof(path, false), listed: true },
    "listed without a file": { listed: true },
    "a file that is not listed": { text: autorecoverMof(path, true) },
    "another text": { text: "somebody's", listed: true },
} as const satisfies Record<string, { text?: string; listed?: true }>;
type Found = keyof typeof FOUND;
const PARTS: readonly Found[] = ["listed without a file", "a file that is not listed", "another text"];

function hostWith(found: Found, entry?: Partial<LedgerEntry>, namespace: "present" | "missing" = "present"): PolicyHost {
    const host = new PolicyHost({ namespaces: namespace === "missing" ? {} : { [path]: true } });
    const { text, listed }: { text?: string; listed?: true } = FOUND[found];
    if (text !== undefined) host.machine.behindOurBack.writeFile(FILE, text);
    if (listed) host.machine.behindOurBack.register(FILE);
    return host.remembers(item, entry);
}

const hashOf = (want: boolean) => sha256(autorecoverMof(path, want)).slice(0, 6);
const registered = (want: boolean, isListed = false) => [
    `root!contoso.mof ${hashOf(want)}`,
    `root/contoso ${String(want).toUpperCase()}`,
    ...(isListed ? [] : ["list with root!contoso.mof"]),
];
const known = { written: true, owners: [mine(true)] };

describe("declared", () => {
    test.each<[string, boolean, [Found, (Partial<LedgerEntry> | undefined)?, "missing"?], string[]]>([
        [
            "nothing there: registered, and nothing is what is put back",
            true,
            ["absent"],
            [
                "entry before=absent writing=true owners=org/me#s1:true",
                ...registered(true),
                "entry before=absent written=true owners=org/me#s1:true",
            ],
        ],
        ["there: adopted, and it stays when we go", true, ["true"], ["entry before=true owners=org/me#s1:true"]],
        ["FALSE there: adopted, too", false, ["false"], ["entry before=false owners=org/me#s1:false"]],
        ["ours and as it should be: nothing", true, ["true", known], []],
        [
            "the other direction",
            false,
            ["true", known],
            [
                "entry before=absent written=true writing=false owners=org/me#s1:false",
                ...registered(false, true),
                "entry before=absent written=false owners=org/me#s1:false",
            ],
        ],
        [
            "nothing is not as good as FALSE: a rebuild would bring the vendor's default",
            false,
            ["absent"],
            [
                "entry before=absent writing=false owners=org/me#s1:false",
                ...registered(false),
                "entry before=absent written=false owners=org/me#s1:false",
            ],
        ],
        ["no such namespace: nothing to register, and no drift", true, ["absent", undefined, "missing"], []],
    ])("%s", async (_title, want, [found, entry, namespace], written) => {
        expect(await hostWith(found, entry, namespace).declare(declare(want))).toMatchObject({ written, warnings: [], error: undefined });
    });

    test.each(PARTS.flatMap((found) => [true, false].map((want) => [found, want] as const)))(
        "%s, declared %s: written, and taken away at the end",
        async (found, want) => {
            const host = hostWith(found);
            const { written } = await host.declare(declare(want));
            expect(written[0]).toBe(`entry before=absent writing=${want} owners=org/me#s1:${want}`);
            expect(written[1]).toBe(`root!contoso.mof ${hashOf(want)}`);
            expect(host.machine.autorecoverList).toContain(FILE);
            await host.release(item);
            expect(host.machine.files.list()).toEqual([]);
            expect(host.machine.autorecoverList).not.toContain(FILE);
        },
    );

    test("changed by somebody between our look and our write: looked at again", async () => {
        const host = hostWith("another text");
        host.meanwhile = () => host.machine.behindOurBack.deleteFile(FILE);
        const { error } = await host.declare(declare(true));
        expect(error).toBeUndefined();
        expect(host.machine.files.text(FILE)).toBe(autorecoverMof(path, true));
    });

    test.each(["api", "mofcomp"] as const)("compiled by %s, as the program says", async (compiler) => {
        const host = hostWith("absent");
        host.machine.faults.on("compilerApiMissing", {});
        const { error } = await host.declare(declare(true), { claim: { compiler } });
        expect(error?.code).toBe(compiler === "api" ? "hostError" : undefined);
    });

    test("two owners must agree on what a rebuild brings", async () => {
        const { error } = await hostWith("false", { written: false, owners: [yours(false)] }).declare(declare(true));
        expect(error?.summary).toBe("the registration of root/contoso for a rebuilt repository is wanted as false by another resource");
    });
});

describe("released", () => {
    const taken = (was: boolean | undefined, isListed = true) => [
        "entry before=absent written=true writing=absent owners=org/me#s1:true",
        ...(isListed ? ["list without root!contoso.mof"] : []),
        ...(was === undefined ? [] : ["root!contoso.mof gone"]),
        "entry gone",
    ];
    test.each<[string, Found, ItemValue, string[], RegExp | undefined]>([
        ["ours is taken away", "true", "absent", taken(true), undefined],
        ["nothing there any more: only the entry goes", "absent", "absent", ["entry gone"], undefined],
        ["there before: it stays", "true", true, ["entry gone"], undefined],
        ["listed without a file: the rest is taken away", "listed without a file", "absent", taken(undefined), undefined],
        ["a file that is not listed: the rest is taken away", "a file that is not listed", "absent", taken(true, false), undefined],
        ["another text: the rest is taken away", "another text", "absent", taken(true), undefined],
        [
            "FALSE before: left and told, because to register it again would set the flag",
            "true",
            false,
            ["entry gone"],
            /was left as it is \(true\): before our policy it was false/,
        ],
    ])("%s", async (_title, found, before, written, warning) => {
        const outcome = await hostWith(found, { ...known, before }).release(item);
        expect(outcome).toMatchObject({ written, notes: [], error: undefined });
        expect(outcome.warnings).toEqual(warning === undefined ? [] : [expect.stringMatching(warning)]);
    });

    test("works without the namespace", async () => {
        expect((await hostWith("true", known, "missing").release(item)).written).toEqual(taken(true));
    });

    test("others who want it keep it", async () => {
        const entry = entryOf({ written: true, owners: [mine(true), yours(true)] });
        expect((await hostWith("true", entry).release(item)).written).toEqual(["entry before=absent written=true owners=org/you#s9:true"]);
    });

    test("by the state, when the entry is lost", async () => {
        const { written, warnings } = await hostWith("true").release(item, { memory: [[item, { before: "absent", put: true }]] });
        expect(written).toEqual(["list without root!contoso.mof", "root!contoso.mof gone"]);
        expect(warnings.join()).toMatch(/the ledger's entry was lost/);
    });

    test("stays with onDelete: leave", async () => {
        const { written, notes } = await hostWith("true", known).release(item, { onDelete: "leave" });
        expect([written, notes]).toEqual([["entry gone"], []]);
    });
});

test("a list of another kind is unexpected, and never taken for empty", async () => {
    const host = hostWith("absent");
    host.machine.behindOurBack.setValue(AUTORECOVER_LIST.key, AUTORECOVER_LIST.name, { kind: "REG_SZ", value: "C:\\x.mof" });
    expect(await host.declare(declare(true))).toMatchObject({ error: { code: "unexpectedValue" }, written: [] });
});

test.each<[string, Partial<LedgerEntry>]>([
    ["a file as what stood there", { before: { sha256: "0".repeat(64) } }],
    ["a registry value as what we wrote", { written: { kind: "REG_SZ", value: "1" } }],
    ["a definition as what somebody wants", { owners: [mine({ namespace: path, requires: true })] }],
])("an entry that has %s is not one of ours", async (_title, fields) => {
    const { error, written } = await hostWith("true", { owners: [mine(true)], ...fields }).release(item);
    expect(error?.summary).toMatch(/is not one of ours/);
    expect(written).toEqual([]);
});
