import { isWmisecError } from "../../provider/core/errors";
import { itemName } from "../../provider/core/items/item";
import type { ItemValue } from "../../provider/core/items/kinds";
import { namespaceItem } from "../../provider/core/items/namespaceFlag";
import { UNSEC_APP_ITEM } from "../../provider/core/items/registryValue";
import { type Declaration, owns, satisfies } from "../../provider/core/ledger/declaration";
import { formatEntry, type LedgerEntry, type Owner, parseEntry } from "../../provider/core/ledger/entry";
import { join } from "../../provider/core/ledger/join";
import type { Memory } from "../../provider/core/ledger/plan";
import { type RecordedState, recordedState } from "../../provider/core/ledger/record";
import { dropOwner, release } from "../../provider/core/ledger/release";
import { namespacePath } from "../../provider/core/namespacePath";
import { type RegistryData, UNSEC_APP_VALUE } from "../../provider/core/registry";
import type { Observation } from "../../provider/core/wire/observation";
import { NOTHING_SEEN } from "../nothingSeen";
import { entryOf, ledgerWith, ME, mine, told, yours } from "./told";

const path = namespacePath("root/contoso");
const item = namespaceItem(path);
const me = mine(true);
const olderMe: Owner = { ...me, stamp: "s0" };
const you = yours(true);
const opposed = yours(false);

/** How the owner leaves, and what the state remembers. */
interface Leave {
    readonly superseded: boolean;
    readonly leave?: boolean;
    readonly memory?: Memory;
}

/** A host whose namespace's flag is `live` in both readings, with that entry. */
function look(live: boolean | "absent" | "missing" | "contradictory", known?: LedgerEntry): RecordedState {
    const flag =
        live === "contradictory"
            ? { effective: false, stored: true }
            : { effective: live === "absent" ? null : live === true, stored: live === "absent" ? null : live === true };
    const seen: Observation = {
        ...NOTHING_SEEN,
        namespaces: [live === "missing" ? { path, state: "missing" } : { path, state: "present", flag }],
        ledger: ledgerWith(itemName(item), known),
    };
    return recordedState(item, seen);
}

const declare = (want: boolean, whenMissing: "error" | "skip" = "error"): Declaration => ({ item, want, alsoFine: [], whenMissing });

const codeOf = (work: () => unknown): string => {
    try {
        work();
    } catch (error) {
        if (isWmisecError(error)) return error.code;
        throw error;
    }
    return "no error";
};

describe("what stands there before is long", () => {
    const value = (length: number): RegistryData => ({ kind: "REG_SZ", value: "x".repeat(length) });
    const lookAtValue = (data: RegistryData, text?: string): RecordedState =>
        recordedState(UNSEC_APP_ITEM, {
            ...NOTHING_SEEN,
            values: [{ ...UNSEC_APP_VALUE, state: "present", data }],
            ledger: text === undefined ? [] : [{ item: itemName(UNSEC_APP_ITEM), text }],
        });
    const wish: Declaration = { item: UNSEC_APP_ITEM, want: { kind: "REG_SZ", value: "1" }, alsoFine: [], whenMissing: "error" };

    test.each([1000, 20_000, 32_000, 33_000, 64_000])("%i characters: what is joined can be released, or is refused before", (length) => {
        const joined = (() => {
            try {
                return join(wish, lookAtValue(value(length)), ME).steps;
            } catch (error) {
                if (isWmisecError(error)) return error;
                throw error;
            }
        })();
        expect(isWmisecError(joined) ? joined.message : joined.length).toEqual(
            length < 32_500 ? 3 : expect.stringContaining("too long to be recorded and restored"),
        );
        if (isWmisecError(joined)) return;
        const text = joined.flatMap((step) => (step.do === "setLedger" ? [step.text ?? ""] : [])).at(-1);
        const released = release(lookAtValue({ kind: "REG_SZ", value: "1" }, text), ME, { superseded: false });
        expect(released.steps.map((step) => step.do)).toEqual(["setLedger", "setValue", "setLedger"]);
    });

    test("an entry of an older release, too long to be written once more, is released all the same", () => {
        const entry = entryOf({
            before: value(40_000),
            written: { kind: "REG_SZ", value: "1" },
            owners: [{ ...mine(true), wants: wish.want }],
        });
        const { steps } = release(lookAtValue({ kind: "REG_SZ", value: "1" }, formatEntry(entry)), ME, { superseded: false });
        expect(steps).toEqual([
            expect.objectContaining({ do: "setLedger", text: formatEntry(entry) }),
            expect.objectContaining({ do: "setValue", data: value(40_000) }),
            expect.objectContaining({ do: "setLedger", text: null }),
        ]);
    });
});

describe("join", () => {
    const cases: [string, Declaration, RecordedState, Memory | undefined, string[]][] = [
        [
            "nothing there: the entry first, then the item, then that it was written",
            declare(true),
            look("absent"),
            undefined,
            [
                "note m1 before=absent writing=true owners=org/me#s1:true",
                "compile TRUE",
                "note m1 before=absent written=true owners=org/me#s1:true",
            ],
        ],
        ["already so: adopted, nothing compiled", declare(true), look(true), undefined, ["note m1 before=true owners=org/me#s1:true"]],
        ["absent is as good as false", declare(false), look("absent"), undefined, ["note m1 before=absent owners=org/me#s1:false"]],
        ["ours and as it should be: nothing", declare(true), look(true, entryOf({ written: true, owners: [me] })), undefined, []],
        [
            "drifted: before stays what it was",
            declare(true),
            look(false, entryOf({ written: true, owners: [me] })),
            undefined,
            [
                "note m1 before=absent written=true writing=true owners=org/me#s1:true",
                "compile TRUE",
                "note m1 before=absent written=true owners=org/me#s1:true",
            ],
        ],
        [
            "somebody else's entry is joined",
            declare(true),
            look(true, entryOf({ before: false, written: true, owners: [you] })),
            undefined,
            ["note m1 before=false written=true owners=org/you#s9:true,org/me#s1:true"],
        ],
        [
            "a former life is superseded in its place",
            declare(true),
            look(true, entryOf({ written: true, owners: [olderMe, you] })),
            undefined,
            ["note m1 before=absent written=true owners=org/me#s1:true,org/you#s9:true"],
        ],
        [
            "a renamed owner is known by its stamp",
            declare(true),
            look(true, entryOf({ written: true, owners: [{ ...me, owner: "org/old" }] })),
            undefined,
            ["note m1 before=absent written=true owners=org/me#s1:true"],
        ],
        [
            "a write that died after the item: it counts as written",
            declare(true),
            look(true, entryOf({ before: false, writing: true, owners: [olderMe] })),
            undefined,
            ["note m1 before=false written=true owners=org/me#s1:true"],
        ],
        [
            "a write that died after the item, and another is to follow: it counts as written, should that one fail",
            declare(false),
            look(true, entryOf({ writing: true, owners: [me] })),
            undefined,
            [
                "note m1 before=absent written=true writing=false owners=org/me#s1:false",
                "compile FALSE",
                "note m1 before=absent written=false owners=org/me#s1:false",
            ],
        ],
        [
            "an entry that came with an image keeps before and loses its owners",
            declare(true),
            look(true, entryOf({ machine: "m0", before: false, written: true, owners: [opposed] })),
            undefined,
            ["note m1 before=false written=true owners=org/me#s1:true"],
        ],
        [
            "the entry is lost: the state remembers before",
            declare(true),
            look(true),
            { before: false, put: true },
            ["note m1 before=false written=true owners=org/me#s1:true"],
        ],
        [
            "the ledger knows better than the state",
            declare(true),
            look(true, entryOf({ before: "absent", written: true, owners: [me] })),
            { before: true },
            [],
        ],
        [
            "readings that contradict each other are written again",
            declare(true),
            look("contradictory", entryOf({ written: true, owners: [me] })),
            undefined,
            [
                "note m1 before=absent written=true writing=true owners=org/me#s1:true",
                "compile TRUE",
                "note m1 before=absent written=true owners=org/me#s1:true",
            ],
        ],
        ["a missing namespace that may be missing", declare(true, "skip"), look("missing"), undefined, []],
        [
            "a missing namespace of which something else is wanted now: noted for when it is back",
            declare(false, "skip"),
            look("missing", entryOf({ written: true, owners: [me] })),
            undefined,
            ["note m1 before=absent written=true owners=org/me#s1:false"],
        ],
        [
            "a missing namespace of which the same is wanted",
            declare(true, "skip"),
            look("missing", entryOf({ written: true, owners: [me] })),
            undefined,
            [],
        ],
        [
            "a missing namespace that only others have an entry of",
            declare(false, "skip"),
            look("missing", entryOf({ owners: [you] })),
            undefined,
            [],
        ],
    ];
    test.each(cases)("%s", (_title, declaration, seen, memory, steps) => {
        expect(told(join(declaration, seen, ME, memory))).toEqual(steps);
    });

    test("refusals", () => {
        expect(codeOf(() => join(declare(true), look("missing"), ME))).toBe("namespaceNotFound");
        const shared = entryOf({ owners: [me, you] });
        expect(codeOf(() => join(declare(false, "skip"), look("missing", shared), ME))).toBe("ownedByAnother");
        expect(codeOf(() => join(declare(true), look(false, entryOf({ owners: [opposed] })), ME))).toBe("ownedByAnother");
    });

    test.each([
        ["too many owners", 1000, "x"],
        ["too long a text", 38, "x".repeat(1700)],
    ])("an entry that could not be read back is not written: %s", (_title, count, name) => {
        const owners = Array.from({ length: count }, (_, index) => ({ owner: `${name}${index}`, stamp: "s", wants: true }));
        const known = { ...entryOf({ written: true }), owners };
        const seen = { ...look(true), entry: known, entryText: formatEntry(known) };
        expect(codeOf(() => join(declare(true), seen, ME))).toBe("ledgerFull");
        expect(codeOf(() => join(declare(true), seen, { ...ME, evict: new Set([`${name}0`, `${name}1`]) }))).toBe("no error");
    });

    test("an opposed owner that no longer exists can be evicted", () => {
        const plan = join(declare(true), look(false, entryOf({ before: "absent", owners: [opposed] })), {
            ...ME,
            evict: new Set(["org/you"]),
        });
        expect(told(plan).at(-1)).toBe("note m1 before=absent written=true owners=org/me#s1:true");
    });

    test("each step expects what the one before it left", () => {
        const [first, second, third] = join(declare(true), look(false, entryOf({ owners: [] })), ME).steps;
        expect(first).toMatchObject({ expect: formatEntry(entryOf({ owners: [] })) });
        expect(second).toMatchObject({ do: "compileMof", expect: { effective: false, stored: false } });
        expect(third).toMatchObject({ expect: first?.do === "setLedger" ? first.text : undefined });
    });
});

describe("release", () => {
    const restore: Leave = { superseded: false };
    const cases: [string, RecordedState, Leave, string[], RegExp | undefined][] = [
        [
            "live equals before: no write",
            look(false, entryOf({ before: false, written: true, owners: [me] })),
            restore,
            ["forget"],
            undefined,
        ],
        [
            "absent before, false now: no write",
            look(false, entryOf({ before: "absent", written: true, owners: [me] })),
            restore,
            ["forget"],
            undefined,
        ],
        [
            "live equals written: before is put back, the entry goes after the item",
            look(true, entryOf({ before: false, written: true, owners: [me] })),
            restore,
            ["note that it is put back", "compile FALSE", "forget"],
            undefined,
        ],
        [
            "live equals writing (killed run)",
            look(true, entryOf({ before: false, writing: true, owners: [me] })),
            restore,
            ["note that it is put back", "compile FALSE", "forget"],
            undefined,
        ],
        [
            "absent before: FALSE, and it is told",
            look(true, entryOf({ before: "absent", written: true, owners: [me] })),
            restore,
            ["note that it is put back", "compile FALSE", "forget"],
            undefined,
        ],
        [
            "vendor default TRUE, somebody weakened it after us: left",
            look(false, entryOf({ before: true, written: undefined, owners: [me] })),
            restore,
            ["forget"],
            /somebody changed it/,
        ],
        [
            "vendor default TRUE, we had set FALSE",
            look(false, entryOf({ before: true, written: false, owners: [{ ...me, wants: false }] })),
            restore,
            ["note that it is put back", "compile TRUE", "forget"],
            undefined,
        ],
        [
            "changed by somebody",
            look(false, entryOf({ before: true, written: true, owners: [me] })),
            restore,
            ["forget"],
            /somebody changed it/,
        ],
        [
            "namespace gone: no write",
            look("missing", entryOf({ before: false, written: true, owners: [me] })),
            restore,
            ["forget"],
            undefined,
        ],
        [
            "others remain: only the owner goes",
            look(true, entryOf({ before: false, written: true, owners: [me, you] })),
            restore,
            ["note m1 before=false written=true owners=org/you#s9:true"],
            undefined,
        ],
        ["not one of ours", look(true, entryOf({ before: false, written: true, owners: [you] })), restore, [], undefined],
        [
            "a successor has taken over",
            look(true, entryOf({ before: false, written: true, owners: [{ ...me, stamp: "s2" }] })),
            restore,
            [],
            undefined,
        ],
        [
            "an update releases former lives, too",
            look(true, entryOf({ before: false, written: true, owners: [olderMe] })),
            { ...restore, superseded: true },
            ["note that it is put back", "compile FALSE", "forget"],
            /a former life of this resource declared it/,
        ],
        [
            "leave: the entry goes, the item stays",
            look(true, entryOf({ before: false, written: true, owners: [me] })),
            { ...restore, leave: true },
            ["forget"],
            undefined,
        ],
        [
            "another machine: never",
            look(true, entryOf({ machine: "m0", before: false, written: true, owners: [me] })),
            restore,
            [],
            /another machine/,
        ],
        [
            "entry lost: the state's copy serves",
            look(true),
            { ...restore, memory: { before: false, put: true } },
            ["see that there is no entry", "compile FALSE"],
            /the ledger's entry was lost/,
        ],
        ["entry lost, live equals before", look(false), { ...restore, memory: { before: "absent", put: true } }, [], undefined],
        ["entry lost, changed by somebody", look(false), { ...restore, memory: { before: true, put: true } }, [], /somebody changed it/],
        ["entry lost and nothing remembered", look(true), restore, [], undefined],
    ];
    test.each(cases)("%s", (title, seen, options, steps, report) => {
        const plan = options.leave ? dropOwner(seen, ME, options) : release(seen, ME, options, options.memory);
        expect(plan.falseForAbsent ?? false).toBe(title.startsWith("absent before: FALSE"));
        expect(told(plan)).toEqual(steps);
        if (report === undefined) expect([plan.warnings, plan.formerLife]).toEqual([[], undefined]);
        else expect([...plan.warnings, plan.formerLife?.text].join("\n")).toMatch(report);
    });

    test("a write that died after the item counts as written while it is put back, should that fail", () => {
        const [first] = release(look(true, entryOf({ before: false, writing: true, owners: [me] })), ME, { superseded: false }).steps;
        const text = first?.do === "setLedger" ? first.text : null;
        expect(parseEntry(text)).toMatchObject({ entry: { before: false, written: true, writing: false } });
    });

    test("a registry value's absence is put back as absence, its kind as its kind", () => {
        const data = (value: RegistryData | undefined): Observation["values"] => [
            value === undefined ? { ...UNSEC_APP_VALUE, state: "absent" } : { ...UNSEC_APP_VALUE, state: "present", data: value },
        ];
        const one: RegistryData = { kind: "REG_SZ", value: "1" };
        const restored = (before: ItemValue) => {
            const text = formatEntry(entryOf({ before, written: one, owners: [{ ...me, wants: one }] }));
            const seen = { ...NOTHING_SEEN, values: data(one), ledger: [{ item: itemName(UNSEC_APP_ITEM), text }] };
            return told(release(recordedState(UNSEC_APP_ITEM, seen), ME, { superseded: false }));
        };
        expect(restored("absent")).toEqual(["note that it is put back", "set absent", "forget"]);
        expect(restored({ kind: "REG_DWORD", value: 1 })).toEqual(["note that it is put back", "set REG_DWORD 1", "forget"]);
    });
});

describe("what is fine", () => {
    test.each([
        [true, true, true],
        [true, false, false],
        [true, "absent", false],
        [false, "absent", true],
        [false, false, true],
        [false, true, false],
        [true, "contradictory", false],
        [false, "contradictory", false],
    ] as const)("declared %s, found %s: %s", (want, live, fine) => {
        expect(satisfies(declare(want), look(live))).toBe(fine);
    });

    test("missing is fine only where it may be missing", () => {
        expect(satisfies(declare(true, "skip"), look("missing"))).toBe(true);
        expect(satisfies(declare(true), look("missing"))).toBe(false);
    });

    test("REG_DWORD 1 is not REG_SZ 1", () => {
        const one: Declaration = { item: UNSEC_APP_ITEM, want: { kind: "REG_SZ", value: "1" }, alsoFine: [], whenMissing: "error" };
        const found = (live: RegistryData) => ({ live, possible: [live], contradictory: false, namespaceMissing: false });
        expect(satisfies(one, found({ kind: "REG_DWORD", value: 1 }))).toBe(false);
        expect(satisfies(one, found({ kind: "REG_SZ", value: "1" }))).toBe(true);
    });

    test("an entry is ours by owner, stamp and machine", () => {
        expect(owns(ME, look(true, entryOf({ owners: [me] })))).toBe(true);
        expect(owns(ME, look(true, entryOf({ owners: [olderMe] })))).toBe(false);
        expect(owns(ME, look(true, entryOf({ machine: "m0", owners: [me] })))).toBe(false);
        expect(owns(ME, look(true))).toBe(false);
        expect(owns(ME, look("missing"))).toBe(true);
    });
});

describe("unknown is never absent", () => {
    const failed = (wmiCode: string | null, type = "System.Management.ManagementException"): Observation => ({
        ...NOTHING_SEEN,
        namespaces: [{ path, state: "failed", failure: { type, hresult: "0x80131501", wmiCode, message: "no" } }],
    });
    test.each([
        ["0x80041003", "denied"],
        ["0x80041013", "hostError"],
        [null, "hostError"],
    ])("a reading that failed with %s is %s", (wmiCode, code) => {
        expect(codeOf(() => recordedState(item, failed(wmiCode)))).toBe(code);
    });

    test.each([
        ["not json", "ledgerGarbled"],
        ['{"v":1}', "ledgerGarbled"],
        [null, "ledgerGarbled"],
        ['{"v":2,"anything":"else"}', "ledgerTooNew"],
        [formatEntry(entryOf({ owners: [] })).replace('"absent"', '"C:\\\\evil"'), "ledgerGarbled"],
    ])("an entry that reads %s is refused", (text, code) => {
        const seen: Observation = {
            ...NOTHING_SEEN,
            namespaces: [{ path, state: "present", flag: { effective: null, stored: null } }],
            ledger: [{ item: itemName(item), text }],
        };
        expect(codeOf(() => recordedState(item, seen))).toBe(code);
    });
});
