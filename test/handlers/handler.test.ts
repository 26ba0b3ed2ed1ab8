import type { Bag } from "../../provider/handlers/handler";
import { WindowsMachine } from "../../provider/model/windowsMachine";
import { codeOf, HandlerWorld, partial } from "./world";

const inputs = (host: string, namespaces: Record<string, unknown>, more: object = {}): Bag => ({
    connection: { host, user: "me" },
    owner: "org/policy",
    namespaces,
    ...more,
});
const TRUE = { requiresEncryption: true };
const CONTOSO = { "root/contoso": TRUE };

let world: HandlerWorld;
beforeEach(() => {
    world = new HandlerWorld();
});
const namespaces = () => world.handler("WmiNamespaceSecurity");
const created = async (raw: Bag) => namespaces().create(raw);

describe("somebody changes the host between our look and our write", () => {
    test("once: looked at again, and the write is made", async () => {
        let times = 0;
        world.meanwhile = () => {
            if (++times === 1) world.machine("a").behindOurBack.setFlag("root/contoso", false);
        };
        const { outs } = await created(inputs("a", CONTOSO));
        expect(world.machine("a").flag("root/contoso")).toBe(true);
        expect(outs["before"]).toEqual({ "namespace:root/contoso": "absent" });
    });

    test("each time: told, and the state is kept", async () => {
        let flag = false;
        world.meanwhile = () => {
            flag = !flag;
            world.machine("a").behindOurBack.setFlag("root/contoso", flag ? false : null);
            world.machine("a").behindOurBack.setLedger("namespace:root/contoso", null);
        };
        const failure = await partial(created(inputs("a", CONTOSO)));
        expect(failure.failure).toMatchObject({ code: "changedMeanwhile", host: "a" });
        expect(failure.properties).toMatchObject({ incomplete: true, namespaces: CONTOSO });
    });
});

test("a run that is being stopped begins no write", async () => {
    world.stopped = true;
    expect(await codeOf(created(inputs("a", CONTOSO)))).toBe("cancelled");
    expect(world.machine("a").writes.all).toEqual([]);
});

test("one bad namespace of two: nothing is written at all", async () => {
    expect(await codeOf(created(inputs("a", { ...CONTOSO, "root/nowhere": TRUE })))).toBe("namespaceNotFound");
    expect(world.machine("a").writes.all).toEqual([]);
});

describe("a write that fails halfway", () => {
    test("keeps a state from which a delete puts everything back", async () => {
        world.machine("a").faults.on("mofcompExit", { exit: 1 });
        const { id, properties } = await partial(created(inputs("a", { "root/cimv2": TRUE, ...CONTOSO })));
        world.machine("a").faults.off();
        await namespaces().delete(id, properties);
        expect(world.machine("a").ledger()).toEqual({});
    });

    test("is asked for again by diff, whatever the inputs", async () => {
        world.machine("a").faults.on("mofcompExit", { exit: 1 });
        const { properties } = await partial(created(inputs("a", CONTOSO)));
        expect(namespaces().diff(properties, inputs("a", CONTOSO))).toEqual({ changes: true });
    });

    test("in an update keeps what was remembered", async () => {
        const { id, outs } = await created(inputs("a", CONTOSO));
        world.machine("a").faults.on("mofcompExit", { exit: 1 });
        const news = inputs("a", { ...CONTOSO, "root/cimv2": TRUE });
        const { properties } = await partial(namespaces().update(id, outs, news));
        expect(properties["before"]).toEqual({ "namespace:root/contoso": "absent" });
        world.machine("a").faults.off();
        const healed = await namespaces().update(id, properties, news);
        expect(healed).not.toHaveProperty("incomplete");
        expect(namespaces().diff(healed, news)).toEqual({});
    });
});

describe("two readings of the flag that contradict each other after a write", () => {
    test("are an error with a code of its own, and drift until the service was restarted", async () => {
        world.machines.set("a", new WindowsMachine({ namespaces: { "root/contoso": false }, instanceReading: "stale" }));
        const failure = await partial(created(inputs("a", CONTOSO)));
        expect(failure.failure).toMatchObject({ code: "readingsDiffer" });
        const { outs, inputs: read } = await namespaces().read(failure.id, failure.properties);
        expect(read["namespaces"]).toEqual({ "root/contoso": { requiresEncryption: "contradictory" } });
        expect(namespaces().diff(outs, inputs("a", CONTOSO))).toEqual({});
        world.machine("a").restartWmi();
        const healed = await namespaces().update(failure.id, outs, inputs("a", CONTOSO));
        expect(healed["status"]).toEqual({ "root/contoso": "compliant" });
    });
});

describe("a connection that moves to another machine", () => {
    const at = (host: string, more: object = {}) => inputs(host, CONTOSO, more);

    test("fails at the new host: the old one is untouched, and the state keeps its connection", async () => {
        const { id, outs } = await created(at("a"));
        world.machine("b").faults.on("mofcompExit", { exit: 1 });
        const { properties } = await partial(namespaces().update(id, outs, at("b")));
        expect(properties).toMatchObject({ connection: { host: "a" }, machine: outs["machine"], before: outs["before"] });
        expect(world.machine("a").flag("root/contoso")).toBe(true);
        world.machine("b").faults.off();
        const moved = await namespaces().update(id, properties, at("b"));
        expect(moved).toMatchObject({ connection: { host: "b" } });
        expect([world.machine("a").flag("root/contoso"), world.machine("b").flag("root/contoso")]).toEqual([false, true]);
    });

    test("fails at the release of the old host: the state keeps the old connection, and the next update finishes", async () => {
        const { id, outs } = await created(at("a"));
        world.machine("a").faults.on("mofcompExit", { exit: 1 });
        const { properties } = await partial(namespaces().update(id, outs, at("b")));
        expect(properties).toMatchObject({ connection: { host: "a" }, incomplete: true });
        expect(world.machine("b").flag("root/contoso")).toBe(true);
        world.machine("a").faults.off();
        await namespaces().update(id, properties, at("b"));
        expect(world.machine("a").ledger()).toEqual({});
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
        const keeping = { ...outs, unreachable: "keep" };
        const moved = await namespaces().update(id, keeping, at("b", { unreachable: "keep" }));
        expect(moved["abandoned"]).toEqual({ host: "a", machine: outs["machine"], items: ["namespace:root/contoso"] });
        expect(world.said).toContain("unreachable a");
    });
});

describe("unreachable: keep", () => {
    const keep = inputs("a", CONTOSO, { unreachable: "keep" });

    test("a create is an error", async () => {
        world.silent.add("a");
        expect(await codeOf(created(keep))).toBe("unreachable");
    });

    test("an update is put off, and diff asks again", async () => {
        const { id, outs } = await created(keep);
        world.silent.add("a");
        const news = inputs("a", { ...CONTOSO, "root/cimv2": TRUE }, { unreachable: "keep" });
        const later = await namespaces().update(id, outs, news);
        expect(later["applied"]).toEqual(outs["applied"]);
        expect(namespaces().diff(later, news)).toEqual({ changes: true });
        world.silent.clear();
        await namespaces().update(id, later, news);
        expect(world.machine("a").flag("root/cimv2")).toBe(true);
    });

    test("strict makes a read an error", async () => {
        const { id, outs } = await created(keep);
        world.silent.add("a");
        world.strict = true;
        expect(await codeOf(namespaces().read(id, outs))).toBe("unreachable");
    });

    test("denied is never kept", async () => {
        const { id, outs } = await created(keep);
        world.machine("a").faults.on("notElevated", {});
        expect(await codeOf(namespaces().read(id, outs))).toBe("notElevated");
    });

    test("a delete is an error; with onDelete: leave it warns and succeeds", async () => {
        const { id, outs } = await created(keep);
        world.silent.add("a");
        expect(await codeOf(namespaces().delete(id, outs))).toBe("unreachable");
        await namespaces().delete(id, { ...outs, onDelete: "leave" });
        expect(world.said.at(-1)).toMatch(/^warn a: did not answer/);
    });
});

describe("what only changes how we work", () => {
    test("contacts no host while nothing else is to be done", async () => {
        const { id, outs } = await created(inputs("a", CONTOSO));
        world.asked.length = 0;
        const news = {
            ...inputs("a", CONTOSO, { onDelete: "leave" }),
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

    test("but drift that a refresh found is healed with it", async () => {
        const { id, outs } = await created(inputs("a", CONTOSO));
        world.machine("a").behindOurBack.setFlag("root/contoso", false);
        const read = await namespaces().read(id, outs);
        await namespaces().update(id, read.outs, inputs("a", CONTOSO, { onDelete: "leave" }));
        expect(world.machine("a").flag("root/contoso")).toBe(true);
    });
});

test("a delete never touches a rebuilt host", async () => {
    const { id, outs } = await created(inputs("a", CONTOSO));
    world.machine("a").rebuild({ namespaces: { "root/contoso": true } });
    world.machine("a").writes.clear();
    await namespaces().delete(id, outs);
    expect(world.machine("a").writes.all).toEqual([]);
});

test("a state that this release can't read is refused before anything is contacted", async () => {
    expect(await codeOf(namespaces().delete("life-1", { ...inputs("a", CONTOSO), schemaVersion: 2 }))).toBe("invalidInput");
    expect(world.asked).toEqual([]);
});

test("an empty map is fine and contacts the host for its machine only", async () => {
    const { outs } = await created(inputs("a", {}));
    expect(outs).toMatchObject({ observed: {}, status: {}, before: {} });
    expect(world.machine("a").writes.all).toEqual([]);
});
