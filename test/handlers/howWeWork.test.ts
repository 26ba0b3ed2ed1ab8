import type { Properties } from "../../provider/handlers/handler";
import { partial } from "../errors";
import { CONTOSO, inputs } from "../inputs";
import { HandlerWorld } from "./world";

const connection = { host: "a", user: "me" };

const declared = (more: object = {}): Properties => inputs(CONTOSO, { owner: "org/urn:pulumi:s::p::t::policy", ...more });

let world: HandlerWorld;
beforeEach(() => {
    world = new HandlerWorld();
});
const handler = () => world.handler("WmiNamespaceSecurity");

const CHANGES: [string, object][] = [
    ['onDelete: "leave"', { onDelete: "leave" }],
    ['unreachable: "error"', { unreachable: "error" }],
    ['compiler: "api"', { compiler: "api" }],
    ["the credentials", { connection: { ...connection, user: "another" } }],
    ["all of them", { onDelete: "leave", unreachable: "error", compiler: "api", connection: { ...connection, user: "another" } }],
];

describe("for a host that is dead since a refresh under keep", () => {
    test.each(CHANGES)("%s is set without asking it", async (_title, change) => {
        const { id, outs } = await handler().create(declared({ unreachable: "keep" }));
        world.silent.add("a");
        const { outs: read } = await handler().read(id, outs);
        world.asked.splice(0);
        world.strict = true;
        const later = await handler().update(id, read, declared({ unreachable: "keep", ...change }));
        expect(world.asked).toEqual([]);
        expect(later).toMatchObject({ ...change, status: { "root/contoso": "unreachable" }, unreachableSince: read["unreachableSince"] });
        expect(later["incomplete"]).toBeUndefined();
        expect(handler().diff(later, declared({ unreachable: "keep", ...change }))).toEqual({});
    });
});

describe("what only changes how we work", () => {
    test("contacts no host while nothing else is to be done", async () => {
        const { id, outs } = await handler().create(inputs());
        world.asked.length = 0;
        const news = {
            ...inputs(CONTOSO, { onDelete: "leave" }),
            connection: { host: "a", user: "somebody else", dialErrorLimit: 0 },
        };
        const after = await handler().update(id, outs, news);
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
        const { id, outs } = await handler().create(over(before));
        world.asked.length = 0;
        world.machine("a").writes.clear();
        await handler().update(id, outs, over(after));
        expect(world.asked).toContain("machine a");
        expect(world.machine("a").writes.all).toEqual([]);
    });

    test("a default port written out leads to the same place, without openssh", async () => {
        const { id, outs } = await handler().create(inputs());
        world.asked.length = 0;
        const connection = { host: "a", user: "me", port: 22, transport: "ssh" };
        await handler().update(id, outs, { ...inputs(), connection });
        expect(world.asked).toEqual([]);
    });

    test("but drift that a refresh found is healed with it", async () => {
        const { id, outs } = await handler().create(inputs());
        world.machine("a").behindOurBack.setFlag("root/contoso", false);
        const read = await handler().read(id, outs);
        await handler().update(id, read.outs, inputs(CONTOSO, { onDelete: "leave" }));
        expect(world.machine("a").flag("root/contoso")).toBe(true);
    });
});

/** What is to be done on the host, so that an update has to ask it. */
const WORK: [string, (id: string, outs: Properties) => Promise<Properties>, object][] = [
    ["another change", async (_id, outs) => outs, { namespaces: { ...CONTOSO, "root/cimv2": { requiresEncryption: true } } }],
    [
        "an update that ended halfway",
        async (id, outs) => {
            world.machine("a").faults.on("mofcompExit", { exit: 1 });
            const news = declared({ namespaces: { ...CONTOSO, "root/cimv2": { requiresEncryption: true } } });
            const { properties } = await partial(handler().update(id, outs, news));
            return properties;
        },
        { namespaces: { ...CONTOSO, "root/cimv2": { requiresEncryption: true } } },
    ],
    [
        "drift that a refresh has put into the state",
        async (id, outs) => {
            world.machine("a").behindOurBack.setFlag("root/contoso", false);
            return (await handler().read(id, outs)).outs;
        },
        {},
    ],
    [
        "a lost ledger that a refresh has put into the state",
        async (id, outs) => {
            world.machine("a").behindOurBack.loseLedger();
            return (await handler().read(id, outs)).outs;
        },
        {},
    ],
];

describe.each(WORK)("with %s to be done on a host that is dead now", (_title, arrange, more) => {
    test.each(CHANGES)("%s is recorded, and the update fails", async (_change, change) => {
        const { id, outs } = await handler().create(declared());
        const old = await arrange(id, outs);
        world.silent.add("a");
        const { properties, failure } = await partial(handler().update(id, old, declared({ ...more, ...change })));
        // The default written out is no change.
        const changed = Object.keys(change);
        expect(failure.message).toContain(
            `${["onDelete", "unreachable", "compiler", "connection"].filter((name) => changed.includes(name)).join(", ")}: recorded`,
        );
        expect(properties).toEqual({ ...old, ...change });
    });

    test("nothing is recorded of an update that changes no such thing", async () => {
        const { id, outs } = await handler().create(declared());
        const old = await arrange(id, outs);
        world.silent.add("a");
        await expect(handler().update(id, old, declared(more))).rejects.toMatchObject({
            name: "WmisecError",
            code: "unreachable",
            message: expect.stringContaining('set unreachable: "keep"'),
        });
    });

    test('onDelete: "leave" lets a delete give it up', async () => {
        const { id, outs } = await handler().create(declared());
        const old = await arrange(id, outs);
        world.silent.add("a");
        const { properties } = await partial(handler().update(id, old, declared({ ...more, onDelete: "leave" })));
        await handler().delete(id, properties);
        expect(world.said.at(-1)).toMatch(/^warn a: did not answer; it is left as it is, as onDelete: "leave" says/);
    });

    test("under keep it is put off, with the credentials that are good now", async () => {
        const { id, outs } = await handler().create(declared());
        const old = await arrange(id, outs);
        world.silent.add("a");
        const news = declared({ ...more, unreachable: "keep", connection: { ...connection, user: "another" } });
        expect(await handler().update(id, old, news)).toMatchObject({ ...news, incomplete: true });
    });
});

test("a move to a host that does not answer records how we work, and not where", async () => {
    const { id, outs } = await handler().create(declared());
    world.silent.add("b");
    const { properties } = await partial(
        handler().update(id, outs, declared({ onDelete: "leave", connection: { ...connection, host: "b" } })),
    );
    expect(properties).toEqual({ ...outs, onDelete: "leave" });
});

describe("the resource's name in what is said of it", () => {
    const said = () => world.said.filter((line) => line.startsWith("info")).at(-1);

    test("is its own also once a refresh has found no entry of it", async () => {
        const { id, outs } = await handler().create(declared());
        world.machine("a").behindOurBack.loseLedger();
        const first = await handler().read(id, outs);
        expect([first.inputs["owner"], said()]).toEqual([
            "absent",
            "info a: WmiNamespaceSecurity policy: the ledger has no entry for this resource",
        ]);
        const second = await handler().read(id, first.outs);
        expect([second.inputs["owner"], said()]).toEqual([
            "absent",
            "info a: WmiNamespaceSecurity policy: the ledger has no entry for this resource",
        ]);
        world.machine("a").behindOurBack.setFlag("root/contoso", false);
        await handler().delete(id, second.outs);
        expect(world.said.join("\n")).not.toMatch(/bsent|absent[/:]/);
    });

    test("is left out where an older state does not know it", async () => {
        const { id, outs } = await handler().create(declared());
        world.machine("a").behindOurBack.loseLedger();
        await handler().read(id, { ...outs, owner: "absent" });
        expect(said()).toBe("info a: WmiNamespaceSecurity: the ledger has no entry for this resource");
    });

    test("comes back where the entry is there again, and may have colons", async () => {
        const owner = "org/urn:pulumi:s::p::t::a::b";
        const { id, outs } = await handler().create(declared({ owner }));
        const ledger = world.machine("a").ledger();
        world.machine("a").behindOurBack.loseLedger();
        const lost = await handler().read(id, outs);
        expect(said()).toContain("WmiNamespaceSecurity a::b: ");
        for (const [name, text] of Object.entries(ledger))
            world.machine("a").behindOurBack.setValue("SOFTWARE\\pulumi-wmisec\\v1", name, { kind: "REG_SZ", value: String(text) });
        const found = await handler().read(id, lost.outs);
        expect([found.inputs["owner"], found.outs["lastOwner"]]).toEqual([owner, undefined]);
    });
});
