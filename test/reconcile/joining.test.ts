import type { LedgerEntry } from "../../provider/core/ledger/entry";
import type { Memory } from "../../provider/core/ledger/plan";
import { formerlyMine, mine, ORIGINAL_MACHINE, yours } from "./entries";
import { FLAG, type Found, flag, hostWith } from "./flags";

/** An owner joins the owners of a namespace's flag. */

const me = mine(true);
const you = yours(true);
const opposed = yours(false);
const healed = [
    "entry before=absent written=true writing=true owners=org/me#s1:true",
    "root/contoso TRUE",
    "entry before=absent written=true owners=org/me#s1:true",
];

interface Given {
    readonly found: Found;
    readonly entry?: Partial<LedgerEntry>;
    /** What the state remembers. */
    readonly memory?: Memory;
    readonly want: boolean;
}

test.each<[string, Given, string[]]>([
    [
        "nothing there: the entry first, then the item, then that it was written",
        { found: "absent", want: true },
        [
            "entry before=absent writing=true owners=org/me#s1:true",
            "root/contoso TRUE",
            "entry before=absent written=true owners=org/me#s1:true",
        ],
    ],
    ["already so: adopted, nothing compiled", { found: true, want: true }, ["entry before=true owners=org/me#s1:true"]],
    ["absent is as good as false", { found: "absent", want: false }, ["entry before=absent owners=org/me#s1:false"]],
    ["ours and as it should be: nothing", { found: true, entry: { written: true, owners: [me] }, want: true }, []],
    ["drifted: before stays what it was", { found: false, entry: { written: true, owners: [me] }, want: true }, healed],
    [
        "somebody else's entry is joined",
        { found: true, entry: { before: false, written: true, owners: [you] }, want: true },
        ["entry before=false written=true owners=org/you#s9:true,org/me#s1:true"],
    ],
    [
        "a former life is superseded in its place",
        { found: true, entry: { written: true, owners: [formerlyMine(true), you] }, want: true },
        ["entry before=absent written=true owners=org/me#s1:true,org/you#s9:true"],
    ],
    [
        "a former life, and one under another name, are both superseded",
        { found: true, entry: { written: true, owners: [formerlyMine(true), you, { ...me, owner: "org/old" }] }, want: true },
        ["entry before=absent written=true owners=org/me#s1:true,org/you#s9:true"],
    ],
    [
        "a renamed owner is known by its stamp",
        { found: true, entry: { written: true, owners: [{ ...me, owner: "org/old" }] }, want: true },
        ["entry before=absent written=true owners=org/me#s1:true"],
    ],
    [
        "a write that died after the item: it counts as written",
        { found: true, entry: { before: false, writing: true, owners: [formerlyMine(true)] }, want: true },
        ["entry before=false written=true owners=org/me#s1:true"],
    ],
    [
        "a write that died after the item, and took back what was written before: only what stands there counts",
        { found: false, entry: { written: true, writing: false, owners: [mine(false)] }, want: false },
        ["entry before=absent written=false owners=org/me#s1:false"],
    ],
    [
        "a write that died after the item, and another is to follow: it counts as written, should that one fail",
        { found: true, entry: { writing: true, owners: [me] }, want: false },
        [
            "entry before=absent written=true writing=false owners=org/me#s1:false",
            "root/contoso FALSE",
            "entry before=absent written=false owners=org/me#s1:false",
        ],
    ],
    [
        "an entry that came with an image keeps before and loses its owners",
        { found: true, entry: { machine: ORIGINAL_MACHINE, before: false, written: true, owners: [opposed] }, want: true },
        ["entry before=false written=true owners=org/me#s1:true"],
    ],
    [
        "the entry is lost: the state remembers before",
        { found: true, memory: { before: false, put: true }, want: true },
        ["entry before=false written=true owners=org/me#s1:true"],
    ],
    [
        "the ledger knows better than the state",
        { found: true, entry: { before: true, owners: [me] }, memory: { before: false, put: true }, want: true },
        [],
    ],
    [
        "a missing namespace of which something else is wanted now: noted for when it is back",
        { found: "missing", entry: { written: true, owners: [me] }, want: false },
        ["entry before=absent written=true owners=org/me#s1:false"],
    ],
    ["a missing namespace that may be missing", { found: "missing", want: true }, []],
    ["a missing namespace of which the same is wanted", { found: "missing", entry: { written: true, owners: [me] }, want: true }, []],
    ["a missing namespace that only others have an entry of", { found: "missing", entry: { owners: [you] }, want: false }, []],
])("%s", async (_title, { found, entry, memory, want }, written) => {
    const host = hostWith(found, entry);
    const before = host.entry(FLAG)?.since;
    const outcome = await host.declare(flag(want, "skip"), { memory: memory === undefined ? [] : [[FLAG, memory]] });
    expect(outcome).toMatchObject({ written, warnings: [], notes: [], lifeNotices: [], error: undefined });
    expect(host.entry(FLAG)?.since).toBe(before ?? (written.length === 0 ? undefined : "2026-01-02T03:04:05Z"));
});

test("readings that contradict each other are written again, and are an error where they still do", async () => {
    const host = hostWith("contradictory", { written: true, owners: [me] });
    const { written, error } = await host.declare(flag(true));
    expect(written).toEqual(healed);
    expect(error).toMatchObject({ code: "readingsDiffer" });
});

test("of readings that contradict each other, what is stored is what stood there before", async () => {
    const { written } = await hostWith("contradictory").declare(flag(false));
    expect(written[0]).toBe("entry before=true writing=false owners=org/me#s1:false");
});

test.each<[string, string, Found, Partial<LedgerEntry> | undefined, boolean]>([
    ["a missing namespace that must be there", "namespaceNotFound", "missing", undefined, true],
    ["another wish than somebody else's", "ownedByAnother", false, { owners: [opposed] }, true],
    ["another wish, of a namespace that is gone", "ownedByAnother", "missing", { owners: [me, you] }, false],
])("%s is refused before anything is written", async (_title, code, found, entry, want) => {
    const host = hostWith(found, entry);
    const { error, written } = await host.declare(flag(want, code === "namespaceNotFound" ? "error" : "skip"));
    expect(error?.code).toBe(code);
    expect(written).toEqual([]);
});

test.each(["api", "mofcomp"] as const)("compiled by %s, as the program says", async (compiler) => {
    const host = hostWith("absent");
    host.machine.faults.on("compilerApiMissing", {});
    const { error } = await host.declare(flag(true), { claim: { compiler } });
    expect(error?.code).toBe(compiler === "api" ? "hostError" : undefined);
});

test("an opposed owner that no longer exists can be evicted, and that is told", async () => {
    const host = hostWith(false, { owners: [opposed] });
    const { written, warnings } = await host.declare(flag(true), { claim: { evict: new Set(["org/you"]) } });
    expect(written.at(-1)).toBe("entry before=absent written=true owners=org/me#s1:true");
    expect(warnings).toEqual(["root/contoso: WMISEC_EVICT removes the owner org/you, who wanted false"]);
});

describe("somebody is faster than our write, and we look again", () => {
    test("by joining the entry, while the item is as it was", async () => {
        const host = hostWith(false, { written: true, owners: [me] });
        host.meanwhile = () => host.remembers(FLAG, { written: true, owners: [me, you] });
        const { written, error } = await host.declare(flag(true));
        expect(error).toBeUndefined();
        expect(written.at(-1)).toBe("entry before=absent written=true owners=org/me#s1:true,org/you#s9:true");
    });

    test("by taking over the entry of a write of ours that died before the item: the item is not touched", async () => {
        const host = hostWith(false, { written: true, writing: true, owners: [me] });
        host.meanwhile = () => host.remembers(FLAG, { written: true, writing: true, owners: [opposed] });
        expect(await host.declare(flag(true))).toMatchObject({ error: { code: "ownedByAnother" }, written: [] });
    });

    test("by changing the item", async () => {
        const host = hostWith("absent");
        host.meanwhile = () => host.machine.behindOurBack.setFlag("root/contoso", false);
        const { error } = await host.declare(flag(true));
        expect(error).toBeUndefined();
        expect(host.machine.flag("root/contoso")).toBe(true);
        expect(host.entry(FLAG)).toMatchObject({ written: true, owners: [me] });
    });
});
