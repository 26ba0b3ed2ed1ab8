import type { LedgerEntry } from "../../provider/core/ledger/entry";
import type { Memory } from "../../provider/core/ledger/plan";
import type { OnDelete } from "../../provider/reconcile";
import { formerlyMine, mine, ORIGINAL_MACHINE, yours } from "./entries";
import { FLAG, type Found, hostWith } from "./flags";

/** The owner of a namespace's flag goes; the last one puts back what stood there before. */

const me = mine(true);
const you = yours(true);
/** The entry says that `before` is being written, then it is, and then the entry goes. */
const putBack = (before: boolean | "absent", wants = true) => [
    `entry before=${before} written=${wants} writing=${before} owners=org/me#s1:${wants}`,
    `root/contoso ${before === true ? "TRUE" : "FALSE"}`,
    "entry gone",
];

interface Given {
    readonly found: Found;
    readonly entry?: Partial<LedgerEntry>;
    readonly memory?: Memory;
    readonly onDelete?: OnDelete;
}

interface Told {
    readonly warning?: RegExp;
    readonly note?: RegExp;
}

test.each<[string, Given, string[], Told]>([
    ["live equals before: no write", { found: false, entry: { before: false, written: true, owners: [me] } }, ["entry gone"], {}],
    ["absent before, false now: no write", { found: false, entry: { before: "absent", written: true, owners: [me] } }, ["entry gone"], {}],
    [
        "live equals written: before is put back, the entry goes after the item",
        { found: true, entry: { before: false, written: true, owners: [me] } },
        putBack(false),
        {},
    ],
    [
        "live equals writing (killed run): it counts as written while it is put back, should that fail",
        { found: true, entry: { before: false, writing: true, owners: [me] } },
        putBack(false),
        {},
    ],
    [
        "absent before: FALSE, and it is told",
        { found: true, entry: { before: "absent", written: true, owners: [me] } },
        putBack("absent"),
        { note: /^root\/contoso: remote clients may connect unencrypted again/ },
    ],
    [
        "vendor default TRUE, somebody weakened it after us: left",
        { found: false, entry: { before: true, owners: [me] } },
        ["entry gone"],
        { warning: /somebody changed it/ },
    ],
    [
        "vendor default TRUE, we had set FALSE",
        { found: false, entry: { before: true, written: false, owners: [mine(false)] } },
        putBack(true, false),
        {},
    ],
    [
        "changed by somebody",
        { found: false, entry: { before: true, written: true, owners: [me] } },
        ["entry gone"],
        { warning: /somebody changed it/ },
    ],
    ["namespace gone: no write", { found: "missing", entry: { before: false, written: true, owners: [me] } }, ["entry gone"], {}],
    [
        "others remain: only the owner goes, and it is told who stays",
        { found: true, entry: { before: false, written: true, owners: [me, you] } },
        ["entry before=false written=true owners=org/you#s9:true"],
        { note: /^root\/contoso stays as it is: still wanted by org\/you \(since 2026-01-01T00:00:00Z\)$/ },
    ],
    ["not one of ours", { found: true, entry: { before: false, written: true, owners: [you] } }, [], {}],
    ["a successor has taken over", { found: true, entry: { before: false, written: true, owners: [{ ...me, stamp: "s2" }] } }, [], {}],
    [
        "leave: the entry goes, the item stays",
        { found: true, entry: { before: false, written: true, owners: [me] }, onDelete: "leave" },
        ["entry gone"],
        {},
    ],
    [
        "handOver: the entry stays without an owner, and so does the item",
        { found: true, entry: { before: false, written: true, owners: [me] }, onDelete: "handOver" },
        ["entry before=false written=true owners="],
        {},
    ],
    [
        "handOver, others remain: only the owner goes",
        { found: true, entry: { before: false, written: true, owners: [me, you] }, onDelete: "handOver" },
        ["entry before=false written=true owners=org/you#s9:true"],
        { note: /still wanted by org\/you/ },
    ],
    [
        "handOver, entry lost: one is made from the state's copy, whatever is found now",
        { found: false, memory: { before: "absent", put: true }, onDelete: "handOver" },
        ["entry before=absent written=true owners="],
        {},
    ],
    [
        "handOver, entry lost, and the state does not know what was written",
        { found: true, memory: { before: "absent" }, onDelete: "handOver" },
        ["entry before=absent owners="],
        {},
    ],
    ["handOver, entry lost and nothing remembered", { found: true, onDelete: "handOver" }, [], {}],
    ["handOver, handed over before", { found: true, entry: { before: false }, memory: { before: true }, onDelete: "handOver" }, [], {}],
    [
        "another machine: never",
        { found: true, entry: { machine: ORIGINAL_MACHINE, before: false, written: true, owners: [me] } },
        [],
        { warning: /another machine/ },
    ],
    [
        "entry lost: the state's copy serves",
        { found: true, memory: { before: false, put: true } },
        ["root/contoso FALSE"],
        { warning: /the ledger's entry was lost/ },
    ],
    [
        "entry lost, absent before: FALSE, and both are told",
        { found: true, memory: { before: "absent", put: true } },
        ["root/contoso FALSE"],
        { warning: /the ledger's entry was lost/, note: /may connect unencrypted again/ },
    ],
    ["entry lost, live equals before", { found: false, memory: { before: "absent", put: true } }, [], {}],
    [
        "entry lost, changed by somebody",
        { found: false, memory: { before: true, put: true } },
        [],
        { warning: /somebody changed it.*; the ledger has no entry for it$/ },
    ],
    ["entry lost and nothing remembered", { found: true }, [], {}],
])("%s", async (_title, { found, entry, memory, onDelete = "restore" }, written, { warning, note }) => {
    const outcome = await hostWith(found, entry).release(FLAG, { onDelete, memory: memory === undefined ? [] : [[FLAG, memory]] });
    expect(outcome).toMatchObject({ written, lifeNotices: [], error: undefined });
    expect(outcome.warnings).toEqual(warning === undefined ? [] : [expect.stringMatching(warning)]);
    expect(outcome.notes).toEqual(note === undefined ? [] : [expect.stringMatching(note)]);
});

test("an update releases former lives, too, and tells of them", async () => {
    const host = hostWith(true, { before: false, written: true, owners: [formerlyMine(true)] });
    const { written, warnings, lifeNotices } = await host.run({ superseded: true });
    expect(written).toEqual(putBack(false).map((one) => one.replace("#s1", "#s0")));
    expect(warnings).toEqual([]);
    expect(lifeNotices).toEqual([{ stamp: "s0", text: expect.stringMatching(/a former life of this resource declared it/) }]);
});

test("an owner that is evicted does not keep the item from going, and that is told", async () => {
    const host = hostWith(true, { before: false, written: true, owners: [me, you] });
    const { written, warnings } = await host.release(FLAG, { claim: { evict: new Set(["org/you"]) } });
    expect(written.at(-1)).toBe("entry gone");
    expect(host.machine.flag("root/contoso")).toBe(false);
    expect(warnings).toEqual(["root/contoso: WMISEC_EVICT removes the owner org/you, who wanted true"]);
});

describe("readings that contradict each other while what stood there before is put back", () => {
    test.each<[string, Partial<LedgerEntry>, boolean]>([
        ["one of them is ours", { before: false, written: true, owners: [me] }, false],
        ["what is stored is as before, and what is in force is ours", { before: true, written: false, owners: [mine(false)] }, true],
    ])("%s: it is written", async (_title, entry, before) => {
        const host = hostWith("contradictory", entry);
        const { written, warnings } = await host.release(FLAG);
        expect(written[1]).toBe(`root/contoso ${before ? "TRUE" : "FALSE"}`);
        expect(host.machine.flag("root/contoso")).toBe(before);
        expect(warnings).toEqual(before ? [expect.stringContaining("contradict each other")] : []);
    });

    test("both may be ours: the one that is to be undone counts as written, should that fail", async () => {
        const entry = { before: true, written: true, writing: false, owners: [mine(false)] };
        const { written } = await hostWith("contradictory", entry).release(FLAG);
        expect(written[0]).toBe("entry before=true written=false writing=true owners=org/me#s1:false");
    });

    test("what is stored is as before, and what is in force is not ours: nothing is written, and only the contradiction is told", async () => {
        const { written, warnings } = await hostWith("contradictory", { before: true, written: true, owners: [me] }).release(FLAG);
        expect(written).toEqual(["entry gone"]);
        expect(warnings).toEqual([expect.stringContaining("contradict each other")]);
    });
});

describe("somebody joins between our look and our write: what they want stays", () => {
    test.each<[string, Partial<LedgerEntry> | undefined, Memory | undefined]>([
        ["the entry of the last owner", { before: false, written: true, owners: [me] }, undefined],
        ["that of a release that died before the item", { before: false, written: true, writing: false, owners: [me] }, undefined],
        ["where the entry was lost", undefined, { before: false, put: true }],
    ])("%s", async (_title, entry, memory) => {
        const host = hostWith(true, entry);
        host.meanwhile = () => host.remembers(FLAG, { before: false, written: true, ...entry, owners: [...(entry?.owners ?? []), you] });
        await host.release(FLAG, { memory: memory === undefined ? [] : [[FLAG, memory]] });
        expect(host.machine.flag("root/contoso")).toBe(true);
        expect(host.entry(FLAG)?.owners).toEqual([you]);
    });
});
