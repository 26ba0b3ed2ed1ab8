import type { Properties } from "../../provider/handlers/handler";
import { WindowsMachine } from "../../provider/model/windowsMachine";
import { codeOf, partial } from "../errors";
import { CONTOSO, inputs, inputsOn, TRUE } from "../inputs";
import { HandlerWorld } from "./world";

let world: HandlerWorld;
beforeEach(() => {
    world = new HandlerWorld();
});
const namespaces = () => world.handler("WmiNamespaceSecurity");
const created = async (raw: Properties) => namespaces().create(raw);

describe("somebody changes the host between our look and our write", () => {
    test("once: looked at again, and the write is made", async () => {
        let times = 0;
        world.meanwhile = () => {
            if (++times === 1) world.machine("a").behindOurBack.setFlag("root/contoso", false);
        };
        const { outs } = await created(inputs());
        expect(world.machine("a").flag("root/contoso")).toBe(true);
        expect(outs["before"]).toEqual({ "namespace:root/contoso": "absent" });
    });

    test.each([
        ["while the last owner leaves", (text: string) => text],
        ["while the last owner leaves, whose entry was lost", () => null],
    ])("by joining %s: what they want stays", async (_title, entryBefore) => {
        const { id, outs } = await created(inputs());
        const { behindOurBack, ledger } = { behindOurBack: world.machine("a").behindOurBack, ledger: world.machine("a").ledger() };
        const text = ledger["namespace:root/contoso"] ?? "";
        behindOurBack.setLedger("namespace:root/contoso", entryBefore(text));
        const entry = JSON.parse(text) as { owners: object[] };
        const joined = { ...entry, owners: [...entry.owners, { owner: "org/another", stamp: "another-life", wants: true }] };
        let times = 0;
        world.meanwhile = () => {
            if (++times === 1) behindOurBack.setLedger("namespace:root/contoso", JSON.stringify(joined));
        };
        world.machine("a").writes.clear();
        await namespaces().delete(id, outs);
        expect(world.machine("a").writes.items).toEqual([]);
        expect(world.machine("a").flag("root/contoso")).toBe(true);
        expect(world.machine("a").ledger()["namespace:root/contoso"]).toContain("org/another");
    });

    test("each time, before our first step: told, and nothing of us is anywhere", async () => {
        let times = 0;
        const other = (since: number) =>
            JSON.stringify({ v: 1, machine: "m", before: "absent", owners: [], since: `2026-01-01T00:00:${10 + since}Z` });
        world.meanwhile = () => world.machine("a").behindOurBack.setLedger("namespace:root/contoso", other(++times));
        expect(await codeOf(created(inputs()))).toBe("changedMeanwhile");
        expect(times).toBe(10);
        expect([...world.machine("a").writes.items, ...world.machine("a").writes.ledger]).toEqual([]);
    });

    test("by somebody who wants something else: told by whom, and nothing of us is anywhere", async () => {
        await created(inputs({ "root/cimv2": { requiresEncryption: false } }, { owner: "org/another" }));
        const entry = world.machine("a").ledger()["namespace:root/cimv2"] ?? "";
        world.machine("a").writes.clear();
        world.meanwhile = () => world.machine("a").behindOurBack.setLedger("namespace:root/contoso", entry);
        expect(await codeOf(created(inputs()))).toBe("ownedByAnother");
        expect([...world.machine("a").writes.items, ...world.machine("a").writes.ledger]).toEqual([]);
    });

    test("each time, at our second step: told, and the state is kept", async () => {
        let flag = false;
        world.meanwhile = () => {
            flag = !flag;
            world.machine("a").behindOurBack.setFlag("root/contoso", flag ? false : null);
            world.machine("a").behindOurBack.setLedger("namespace:root/contoso", null);
        };
        const failure = await partial(created(inputs()));
        expect(failure.failure).toMatchObject({ code: "changedMeanwhile", host: "a" });
        expect(failure.properties).toMatchObject({ incomplete: true, namespaces: CONTOSO });
    });
});

test("a run that is being stopped begins no write", async () => {
    world.stopped = true;
    expect(await codeOf(created(inputs()))).toBe("cancelled");
    expect(world.machine("a").writes.all).toEqual([]);
});

test("one bad namespace of two: nothing is written at all", async () => {
    expect(await codeOf(created(inputs({ ...CONTOSO, "root/nowhere": TRUE })))).toBe("namespaceNotFound");
    expect(world.machine("a").writes.all).toEqual([]);
});

describe("a write that fails halfway", () => {
    test("keeps a state from which a delete puts everything back", async () => {
        world.machine("a").faults.on("mofcompExit", { exit: 1 });
        const { id, properties } = await partial(created(inputs({ "root/cimv2": TRUE, ...CONTOSO })));
        world.machine("a").faults.off();
        await namespaces().delete(id, properties);
        expect(world.machine("a").ledger()).toEqual({});
    });

    test("is asked for again by diff, whatever the inputs", async () => {
        world.machine("a").faults.on("mofcompExit", { exit: 1 });
        const { properties } = await partial(created(inputs()));
        expect(namespaces().diff(properties, inputs())).toEqual({ changes: true });
    });

    test("in an update keeps what was remembered", async () => {
        const { id, outs } = await created(inputs());
        world.machine("a").faults.on("mofcompExit", { exit: 1 });
        const news = inputs({ ...CONTOSO, "root/cimv2": TRUE });
        const { properties } = await partial(namespaces().update(id, outs, news));
        expect(properties["before"]).toEqual({ "namespace:root/contoso": "absent" });
        world.machine("a").faults.off();
        const healed = await namespaces().update(id, properties, news);
        expect(healed).not.toHaveProperty("incomplete");
        expect(namespaces().diff(healed, news)).toEqual({});
    });
});

test("a create that died after its write, then a change that failed: what was written is put back all the same", async () => {
    const machine = world.machine("a");
    const { id, outs } = await created(inputs());
    const { written, ...entry } = JSON.parse(machine.ledger()["namespace:root/contoso"] ?? "") as { written: true };
    machine.behindOurBack.setLedger("namespace:root/contoso", JSON.stringify({ ...entry, writing: written }));
    machine.faults.on("mofcompExit", { exit: 3 });
    const { properties } = await partial(namespaces().update(id, outs, inputs({ "root/contoso": { requiresEncryption: false } })));
    machine.faults.off();
    await namespaces().delete(id, properties);
    expect([machine.flag("root/contoso"), machine.ledger()]).toEqual([false, {}]);
});

describe("two readings of the flag that contradict each other after a write", () => {
    test("are an error with a code of its own, and drift until the service was restarted", async () => {
        world.machines.set("a", new WindowsMachine({ namespaces: { "root/contoso": false }, instanceReading: "stale" }));
        const failure = await partial(created(inputs()));
        expect(failure.failure).toMatchObject({ code: "readingsDiffer" });
        const { outs, inputs: read } = await namespaces().read(failure.id, failure.properties);
        expect(read["namespaces"]).toEqual({ "root/contoso": { requiresEncryption: "contradictory" } });
        expect(namespaces().diff(outs, inputs())).toEqual({ changes: true });
        world.machine("a").restartWmi();
        const healed = await namespaces().update(failure.id, outs, inputs());
        expect(healed["status"]).toEqual({ "root/contoso": "compliant" });
    });
});

describe("a connection that moves to another machine", () => {
    const at = (host: string, more: object = {}) => inputsOn(host, CONTOSO, more);

    const flags = () => ["a", "b"].map((host) => world.machine(host).flag("root/contoso"));
    const ledgers = () => ["a", "b"].map((host) => Object.keys(world.machine(host).ledger()).length);

    test("is refused by the new host before a write: nothing is written, and the old state stays", async () => {
        const { id, outs } = await created(at("a"));
        world.machine("b").behindOurBack.removeNamespace("root/contoso");
        world.machine("a").writes.clear();
        expect(await codeOf(namespaces().update(id, outs, at("b")))).toBe("namespaceNotFound");
        expect([...world.machine("a").writes.all, ...world.machine("b").writes.items]).toEqual([]);
    });

    /** The new host took the write half, or the old one could not be released: the state knows both. */
    async function halfMoved(broken: "a" | "b") {
        const { id, outs } = await created(at("a"));
        world.machine(broken).faults.on("mofcompExit", { exit: 1 });
        const { properties } = await partial(namespaces().update(id, outs, at("b")));
        world.machine(broken).faults.off();
        expect(properties).toMatchObject({
            connection: { host: "b" },
            incomplete: true,
            unreleased: [{ connection: { host: "a" }, machine: outs["machine"], before: outs["before"] }],
        });
        expect(world.machine("a").flag("root/contoso")).toBe(true);
        return { id, properties, outs };
    }

    test.each(["a", "b"] as const)("fails at %s: the next update finishes the move", async (broken) => {
        const { id, properties } = await halfMoved(broken);
        expect(namespaces().diff(properties, at("b"))).toEqual({ changes: true });
        const moved = await namespaces().update(id, properties, at("b"));
        expect(moved).not.toHaveProperty("unreleased");
        expect(flags()).toEqual([false, true]);
        expect(ledgers()).toEqual([0, 1]);
    });

    test.each(["a", "b"] as const)("fails at %s: a delete puts back both", async (broken) => {
        const { id, properties } = await halfMoved(broken);
        await namespaces().delete(id, properties);
        expect(flags().map(Boolean)).toEqual([false, false]);
        expect(ledgers()).toEqual([0, 0]);
    });

    test.each(["a", "b"] as const)(
        "fails at %s, and the program goes back to the old host: it stays as declared, the new one is released",
        async (broken) => {
            const { id, properties, outs } = await halfMoved(broken);
            const back = await namespaces().update(id, properties, at("a"));
            expect(back).toMatchObject({ connection: { host: "a" }, machine: outs["machine"] });
            expect(back).not.toHaveProperty("unreleased");
            expect(world.machine("a").writes.flagHistory("root/contoso")).toEqual([null, true]);
            expect(flags().map(Boolean)).toEqual([true, false]);
            expect(ledgers()).toEqual([1, 0]);
        },
    );

    test("under keep, to a host that does not answer: nothing is forgotten, and the next update moves", async () => {
        const { id, outs } = await created(at("a", { unreachable: "keep" }));
        world.silent.add("b");
        const later = await namespaces().update(id, outs, at("b", { unreachable: "keep" }));
        expect(later).toMatchObject({ connection: { host: "a" }, machine: outs["machine"] });
        expect(namespaces().diff(later, at("b", { unreachable: "keep" }))).toEqual({ changes: true });
        world.silent.clear();
        await namespaces().update(id, later, at("b", { unreachable: "keep" }));
        expect(flags()).toEqual([false, true]);
        expect(ledgers()).toEqual([0, 1]);
    });

    test("the old host was rebuilt meanwhile: nothing is put back there", async () => {
        const { id, outs } = await created(at("a"));
        world.machine("a").rebuild({ namespaces: { "root/contoso": true } });
        world.machine("a").writes.clear();
        await namespaces().update(id, outs, at("b"));
        expect(world.machine("a").writes.all).toEqual([]);
    });

    test("the old host does not answer: an error, or under keep an output that names what was left behind", async () => {
        const { id, outs } = await created(at("a"));
        world.silent.add("a");
        expect(await codeOf(namespaces().update(id, outs, at("b")))).toBe("unreachable");
        expect(world.machine("b").writes.all).toEqual([]);
        const moved = await namespaces().update(id, outs, at("b", { unreachable: "keep" }));
        const abandoned = [{ host: "a", machine: outs["machine"], items: ["namespace:root/contoso"] }];
        expect(moved["abandoned"]).toEqual(abandoned);
        const changed = await namespaces().update(id, moved, inputsOn("b", { ...CONTOSO, "root/cimv2": TRUE }));
        expect(changed["abandoned"]).toEqual(abandoned);
        expect(world.said.at(-1)).toMatch(
            /^warn a: did not answer, and this resource moves away from it.*its ledger still names org\/policy/,
        );
    });
});

test("a release that puts FALSE in the place of nothing says what that means for clients", async () => {
    const { id, outs } = await created(inputs());
    await namespaces().delete(id, outs);
    expect(world.said).toEqual([
        expect.stringMatching(/^info a: root\/contoso: remote clients may connect unencrypted again, as before our policy\./),
    ]);
});

describe("unreachable: keep", () => {
    const keep = inputs(CONTOSO, { unreachable: "keep" });

    test("a create is an error", async () => {
        world.silent.add("a");
        expect(await codeOf(created(keep))).toBe("unreachable");
    });

    test("an update is put off, and diff asks again", async () => {
        const { id, outs } = await created(keep);
        world.silent.add("a");
        const news = inputs({ ...CONTOSO, "root/cimv2": TRUE }, { unreachable: "keep" });
        const later = await namespaces().update(id, outs, news);
        expect(later["applied"]).toEqual(outs["applied"]);
        expect(world.said).toContain("unreachable a");
        expect(namespaces().diff(later, news)).toEqual({ changes: true });
        world.silent.clear();
        await namespaces().update(id, later, news);
        expect(world.machine("a").flag("root/cimv2")).toBe(true);
    });

    test("strict makes a read and an update errors, and so does unreachable: error", async () => {
        const { id, outs } = await created(keep);
        world.silent.add("a");
        const more = { ...CONTOSO, "root/cimv2": TRUE };
        expect(await codeOf(namespaces().read(id, { ...outs, unreachable: "error" }))).toBe("unreachable");
        const { failure } = await partial(namespaces().update(id, outs, inputs(more)));
        expect(failure).toMatchObject({ code: "unreachable" });
        world.strict = true;
        expect(await codeOf(namespaces().read(id, outs))).toBe("unreachable");
        expect(await codeOf(namespaces().update(id, outs, inputs(more, { unreachable: "keep" })))).toBe("unreachable");
    });

    test("a read keeps what was last known to the letter, and since when it is not known any more", async () => {
        const { id, outs } = await created(keep);
        world.machine("a").behindOurBack.setFlag("root/contoso", false);
        world.silent.add("a");
        const first = await namespaces().read(id, outs);
        expect(first.outs).toEqual({ ...outs, status: { "root/contoso": "unreachable" }, unreachableSince: "2026-01-02T03:04:05.000Z" });
        expect(first.inputs).toEqual(keep);
        const earlier = { ...first.outs, unreachableSince: "2025-12-31T00:00:00.000Z" };
        expect((await namespaces().read(id, earlier)).outs).toEqual(earlier);
    });

    test("denied is never kept", async () => {
        const { id, outs } = await created(keep);
        world.machine("a").faults.on("notElevated", {});
        expect(await codeOf(namespaces().read(id, outs))).toBe("notElevated");
    });

    test("who does not have it is told of it where a read fails for a silent host", async () => {
        const { id, outs } = await created(inputs());
        world.silent.add("a");
        await expect(namespaces().read(id, outs)).rejects.toThrow(/set unreachable: "keep"/);
        world.strict = true;
        await expect(namespaces().read(id, { ...outs, unreachable: "keep" })).rejects.toThrow(/^(?![\s\S]*set unreachable: "keep")/);
    });

    test("a delete is an error; with onDelete: leave it warns and succeeds", async () => {
        const { id, outs } = await created(keep);
        world.silent.add("a");
        await expect(namespaces().delete(id, outs)).rejects.toMatchObject({
            code: "unreachable",
            message: expect.stringContaining("WMISEC_FORGET=a"),
        });
        await namespaces().delete(id, { ...outs, onDelete: "leave" });
        expect(world.said.at(-1)).toMatch(/^warn a: did not answer/);
    });
});

test("a host that is gone for good can be forgotten by name, loudly, and only when it does not answer", async () => {
    const { id, outs } = await created(inputs());
    world.forget.add("a");
    world.silent.add("a");
    expect((await namespaces().read(id, outs)).outs["status"]).toEqual({ "root/contoso": "unreachable" });
    await namespaces().delete(id, outs);
    expect(world.said.at(-1)).toMatch(
        /^warn a: did not answer; it is left as it is, as WMISEC_FORGET says.*org\/policy for namespace:root\/contoso/,
    );
    world.silent.clear();
    await namespaces().delete(id, outs);
    expect(world.machine("a").ledger()).toEqual({});
});

describe("what only changes how we work", () => {
    test("contacts no host while nothing else is to be done", async () => {
        const { id, outs } = await created(inputs());
        world.asked.length = 0;
        const news = {
            ...inputs(CONTOSO, { onDelete: "leave" }),
            connection: { host: "a", user: "somebody else", dialErrorLimit: 0 },
        };
        const after = await namespaces().update(id, outs, news);
        expect(world.asked).toEqual([]);
        expect(after).toMatchObject({
            onDelete: "leave",
            connection: { user: "somebody else" },
            before: outs["before"],
            machine: outs["machine"],
        });
    });

    test.each([
        ["the transport changes", {}, { transport: "openssh" }],
        ["openssh is told a port", { transport: "openssh" }, { transport: "openssh", port: 22 }],
    ])("but where %s, it is looked whether the same machine answers", async (_title, before, after) => {
        const over = (connection: object) => ({ ...inputs(), connection: { host: "a", user: "me", ...connection } });
        const { id, outs } = await created(over(before));
        world.asked.length = 0;
        world.machine("a").writes.clear();
        await namespaces().update(id, outs, over(after));
        expect(world.asked).toContain("machine a");
        expect(world.machine("a").writes.all).toEqual([]);
    });

    test("a default port written out leads to the same place, without openssh", async () => {
        const { id, outs } = await created(inputs());
        world.asked.length = 0;
        const connection = { host: "a", user: "me", port: 22, transport: "ssh" };
        await namespaces().update(id, outs, { ...inputs(), connection });
        expect(world.asked).toEqual([]);
    });

    test("but drift that a refresh found is healed with it", async () => {
        const { id, outs } = await created(inputs());
        world.machine("a").behindOurBack.setFlag("root/contoso", false);
        const read = await namespaces().read(id, outs);
        await namespaces().update(id, read.outs, inputs(CONTOSO, { onDelete: "leave" }));
        expect(world.machine("a").flag("root/contoso")).toBe(true);
    });
});

test("five resources that share an item come to an end, and so do their deletes", async () => {
    const owners = [1, 2, 3, 4, 5].map((n) => `org/policy-${n}`);
    const all = await Promise.all(owners.map((owner) => created(inputs(CONTOSO, { owner }))));
    expect(world.machine("a").writes.flagHistory("root/contoso")).toEqual([null, true]);
    await Promise.all(all.map(({ id, outs }) => namespaces().delete(id, outs)));
    expect(world.machine("a").writes.flagHistory("root/contoso")).toEqual([null, true, false]);
    expect(world.machine("a").ledger()).toEqual({});
});

test("an owner that is evicted is named in a warning", async () => {
    await created(inputs(CONTOSO, { owner: "org/an owner with blanks" }));
    const other = inputs({ "root/contoso": { requiresEncryption: false } });
    expect(await codeOf(created(other))).toBe("ownedByAnother");
    world.evict.add("org/an owner with blanks");
    await created(other);
    expect(world.said.join()).toMatch(/warn a: .*WMISEC_EVICT removes the owner org\/an owner with blanks, who wanted true/);
});

test("a delete that leaves an item to others says to whom", async () => {
    const { id, outs } = await created(inputs());
    await created(inputs(CONTOSO, { owner: "org/another" }));
    await namespaces().delete(id, outs);
    expect(world.said).toContain("info a: root/contoso stays as it is: still wanted by org/another (since 2026-01-02T03:04:05.000Z)");
});

test("what a former life left behind is released with a warning", async () => {
    await created(inputs({ ...CONTOSO, "root/cimv2": TRUE }));
    await created(inputs());
    expect(world.machine("a").flag("root/cimv2")).toBe(false);
    expect(world.said.join()).toMatch(/warn a: root\/cimv2 is released: a former life of this resource/);
});

test("onDelete: leave needs no reading of the item", async () => {
    const { id, outs } = await created(inputs(CONTOSO, { onDelete: "leave" }));
    world.machine("a").faults.on("namespaceDenied", { paths: ["root/contoso"] });
    await namespaces().delete(id, outs);
    expect(world.machine("a").ledger()).toEqual({});
});

test("what a failed create never carried out is not compliant", async () => {
    world.machine("a").faults.on("mofcompExit", { exit: 1 });
    const { id, properties } = await partial(created(inputs()));
    world.machine("a").faults.off();
    const { outs } = await namespaces().read(id, properties);
    expect(outs["status"]).toEqual({ "root/contoso": "drifted" });
});

test("nothing is said of effects while the value can't be read", async () => {
    const sinks = world.handler("UnsecAppPolicy");
    const { id, outs } = await sinks.create({ connection: { host: "a", user: "me" }, owner: "org/sinks", checkAccess: true });
    expect(outs["effects"]).toMatchObject({ defaultCheckAccess: "checks" });
    world.machine("a").faults.on("registryDenied", { keys: ["SOFTWARE\\Microsoft\\WBEM\\CIMOM"] });
    const read = await sinks.read(id, outs);
    expect(read.outs).toMatchObject({ status: "denied", effects: { defaultCheckAccess: "unknown" } });
});

test("a delete never touches a rebuilt host", async () => {
    const { id, outs } = await created(inputs());
    world.machine("a").rebuild({ namespaces: { "root/contoso": true } });
    world.machine("a").writes.clear();
    await namespaces().delete(id, outs);
    expect(world.machine("a").writes.all).toEqual([]);
});

test("a state that this release can't read is refused before anything is contacted", async () => {
    expect(await codeOf(namespaces().delete("life-1", { ...inputs(), schemaVersion: 2 }))).toBe("invalidInput");
    expect(world.asked).toEqual([]);
});

test("a rebuilt host that was healed by a run which died before it could tell: still drift, because the state is about the old machine", async () => {
    const { id, outs } = await created(inputs());
    world.machine("a").rebuild({ namespaces: { "root/contoso": null } });
    const healed = await namespaces().update(id, (await namespaces().read(id, outs)).outs, inputs());
    expect((await namespaces().read(id, outs)).inputs).toMatchObject({ owner: "absent" });
    expect((await namespaces().read(id, healed)).inputs).toMatchObject({ owner: "org/policy" });
});

test("entries of the original that a clone brought along, and that nobody declares, are left to themselves", async () => {
    const { id, outs } = await created(inputs({ ...CONTOSO, "root/cimv2": TRUE }));
    const ledger = world.machine("a").ledger();
    world.machine("a").rebuild({ namespaces: { "root/contoso": true, "root/cimv2": true } });
    for (const [item, text] of Object.entries(ledger)) world.machine("a").behindOurBack.setLedger(item, text);
    const { applied, before, ...rest } = outs as Record<string, Record<string, unknown>>;
    const contoso = "namespace:root/contoso";
    const known = { ...rest, applied: { [contoso]: applied?.[contoso] }, before: { [contoso]: before?.[contoso] }, incomplete: true };
    world.asked.length = 0;
    await namespaces().update(id, known, inputs());
    expect(world.asked.filter((verb) => verb === "observe a")).toHaveLength(1);
    expect(world.said).toEqual([expect.stringMatching(/^warn a: another machine answers as a/)]);
    expect(world.machine("a").ledger()["namespace:root/cimv2"]).toBe(ledger["namespace:root/cimv2"]);
});

test("an empty map is fine and contacts the host for its machine only", async () => {
    const { outs } = await created(inputs({}));
    expect(outs).toMatchObject({ observed: {}, status: {}, before: {} });
    expect(world.machine("a").writes.all).toEqual([]);
});

test.each([
    ["WMISEC_FORGET", () => world.forget.add("a"), {}],
    ['onDelete: "leave"', () => undefined, { onDelete: "leave" }],
])("a host where another run has its turn for long is not silent: %s does not pass over it", async (_what, forget, more) => {
    const { id, outs } = await created(inputs(CONTOSO, { unreachable: "keep", ...more }));
    const entries = world.machine("a").ledger();
    const release = await world.machine("a").mutex.acquire(10);
    forget();
    expect(await codeOf(namespaces().delete(id, outs))).toBe("hostBusy");
    release?.();
    expect(world.machine("a").ledger()).toEqual(entries);
    await namespaces().delete(id, outs);
    expect(world.machine("a").ledger()).toEqual({});
});
