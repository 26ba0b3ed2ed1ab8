import { WmisecError } from "../../provider/core/errors";
import type { Properties } from "../../provider/handlers/handler";
import { partial } from "../errors";
import { CONTOSO, inputsOn } from "../inputs";
import { HandlerWorld } from "./world";

const ITEM = "namespace:root/contoso";

const at = (host: string, more: object = {}): Properties => inputsOn(host, CONTOSO, more);

let world: HandlerWorld;
beforeEach(() => {
    world = new HandlerWorld();
});
const handler = () => world.handler("WmiNamespaceSecurity");
const flag = (host: string) => world.machine(host).flag("root/contoso");
const notReleased = (host: string, { machine }: Properties) =>
    `warn ${host}: another machine answers as ${host}; ${machine} was not released: its ledger still names org/policy for ${ITEM}. If it was rebuilt or is gone for good, there is nothing to do`;
const abandonedAt = (host: string, { machine }: Properties) => [{ host, machine, items: [ITEM] }];

/** The old host falls silent as soon as the new one was written. */
async function halfMoved(from: string, to: string, more: object = {}) {
    const { id, outs } = await handler().create(at(from, more));
    world.afterApply = () => void world.silent.add(from);
    const { properties } = await partial(handler().update(id, outs, at(to, more)));
    world.afterApply = () => undefined;
    return { id, outs, properties };
}

describe("another machine answers by the name of the one that is to be released", () => {
    test("the one moved to: it stays as declared, and what was left behind is told", async () => {
        const [old, fresh] = [world.machine("old"), world.machine("new")];
        const { id, outs } = await handler().create(at("old"));
        world.machines.set("old", fresh);
        const moved = await handler().update(id, outs, at("new"));
        expect([old, fresh].map((machine) => machine.flag("root/contoso"))).toEqual([true, true]);
        expect(fresh.ledger()).toHaveProperty([ITEM]);
        expect(moved["abandoned"]).toEqual(abandonedAt("old", outs));
        expect(world.said).toEqual([notReleased("old", outs)]);
    });

    test("the one moved to, but only after the move began: the same", async () => {
        const fresh = world.machine("new");
        const { id, outs, properties } = await halfMoved("old", "new");
        world.silent.clear();
        world.machines.set("old", fresh);
        const moved = await handler().update(id, properties, at("new"));
        expect(fresh.flag("root/contoso")).toBe(true);
        expect(moved).not.toHaveProperty("unreleased");
        expect(moved["abandoned"]).toEqual(abandonedAt("old", outs));
        expect(world.said).toEqual([notReleased("old", outs)]);
    });

    test("in a delete: the host that the resource is on is put back, and what was left behind is told", async () => {
        const fresh = world.machine("new");
        const { id, outs, properties } = await halfMoved("old", "new");
        world.silent.clear();
        world.machines.set("old", fresh);
        await handler().delete(id, properties);
        expect(fresh.flag("root/contoso")).toBe(false);
        expect(world.said).toContain(notReleased("old", outs));
    });

    test("the name moved to leads to the one that is to be released: it stays as declared", async () => {
        const old = world.machine("old");
        const { id, properties } = await halfMoved("old", "new");
        world.silent.clear();
        world.machines.set("new", old);
        const after = await handler().update(id, properties, at("new"));
        expect(old.flag("root/contoso")).toBe(true);
        expect(old.ledger()).toHaveProperty([ITEM]);
        expect(after).not.toHaveProperty("unreleased");
        expect(after["before"]).toEqual({ [ITEM]: "absent" });
    });
});

describe("another machine answers by the name of the resource's own host", () => {
    test("a delete tells what was not released", async () => {
        const { id, outs } = await handler().create(at("a"));
        world.machines.set("a", world.machine("b"));
        await handler().delete(id, outs);
        expect(world.said).toEqual([notReleased("a", outs)]);
    });

    test("an update takes it, and tells and remembers what was left behind", async () => {
        const { id, outs } = await handler().create(at("a"));
        world.machines.set("a", world.machine("b"));
        const after = await handler().update(id, (await handler().read(id, outs)).outs, at("a"));
        expect(flag("b")).toBe(true);
        expect(after["abandoned"]).toEqual(abandonedAt("a", outs));
        expect(world.said).toContain(notReleased("a", outs));
    });

    test("a resource that declared nothing has nothing to report", async () => {
        const { id, outs } = await handler().create(at("a", { namespaces: {} }));
        world.machines.set("a", world.machine("b"));
        const after = await handler().update(id, (await handler().read(id, outs)).outs, at("a"));
        expect(after).not.toHaveProperty("abandoned");
        expect(world.said.join()).not.toMatch(/another machine/);
    });
});

describe("back on a machine that was left", () => {
    test("whose ledger was lost meanwhile: what stood there before is still known", async () => {
        const { id, properties } = await halfMoved("a", "b");
        world.silent.clear();
        world.machine("a").behindOurBack.loseLedger();
        const back = await handler().update(id, properties, at("a"));
        expect(back["before"]).toEqual({ [ITEM]: "absent" });
        await handler().delete(id, back);
        expect(flag("a")).toBe(false);
    });

    test("what is not declared any more is put back there", async () => {
        const cimv2 = { "root/cimv2": { requiresEncryption: true } };
        const { id, outs } = await handler().create(at("a", { namespaces: cimv2 }));
        world.afterApply = () => void world.silent.add("a");
        const { properties } = await partial(handler().update(id, outs, at("b")));
        world.afterApply = () => undefined;
        world.silent.clear();
        world.machine("a").behindOurBack.loseLedger();
        await handler().update(id, properties, at("a"));
        expect([world.machine("a").flag("root/cimv2"), flag("a"), flag("b")]).toEqual([false, true, false]);
    });

    test("that did not answer then: it is not abandoned any more", async () => {
        const keep = { unreachable: "keep" };
        const { id, outs } = await handler().create(at("a", keep));
        world.silent.add("a");
        const moved = await handler().update(id, outs, at("b", keep));
        expect(moved["abandoned"]).toEqual(abandonedAt("a", outs));
        world.silent.clear();
        expect(await handler().update(id, moved, at("a", keep))).not.toHaveProperty("abandoned");
    });
});

describe("several hosts are to be released", () => {
    test("one does not answer: the others are released, and it stays to be", async () => {
        const { id, properties } = await halfMoved("a", "b");
        const second = await partial(handler().update(id, properties, at("c")));
        expect(second.failure).toMatchObject({ code: "unreachable", host: "a" });
        expect(second.properties["unreleased"]).toMatchObject([{ connection: { host: "a" } }]);
        expect([flag("b"), flag("c")]).toEqual([false, true]);
    });

    test("a delete tries all, and names all that failed", async () => {
        const { id, properties } = await halfMoved("a", "b");
        world.afterApply = () => world.machine("b").faults.on("notElevated", {});
        const second = await partial(handler().update(id, properties, at("c")));
        expect(second.properties["unreleased"]).toHaveLength(2);
        await expect(handler().delete(id, second.properties)).rejects.toMatchObject({
            code: "unreachable",
            host: "a",
            message: expect.stringMatching(/also failed: b: /),
        });
        expect([flag("a"), flag("b"), flag("c")]).toEqual([true, true, false]);
    });

    test("under keep, one that does not answer is no error: it stays to be released, and is as soon as it answers", async () => {
        const keep = { unreachable: "keep" };
        const { id, outs } = await handler().create(at("a", keep));
        world.afterApply = () => void world.silent.add("a");
        const moved = await handler().update(id, outs, at("b", keep));
        world.afterApply = () => undefined;
        expect(moved).toMatchObject({
            incomplete: true,
            unreleased: [{ connection: { host: "a" } }],
            status: { "root/contoso": "compliant" },
        });
        expect(world.said).toEqual(["unreachable a"]);
        expect(handler().diff(moved, at("b", keep))).toEqual({ changes: true });
        world.silent.clear();
        const done = await handler().update(id, moved, at("b", keep));
        expect(done).not.toHaveProperty("unreleased");
        expect(done).not.toHaveProperty("incomplete");
        expect([flag("a"), flag("b")]).toEqual([false, true]);
    });

    test("under keep, one that refuses is an error all the same", async () => {
        const keep = { unreachable: "keep" };
        const { id, outs } = await handler().create(at("a", keep));
        world.afterApply = () => world.machine("a").faults.on("notElevated", {});
        const { failure, properties } = await partial(handler().update(id, outs, at("b", keep)));
        expect(failure).toMatchObject({ code: "notElevated", host: "a" });
        expect(properties["unreleased"]).toMatchObject([{ connection: { host: "a" } }]);
    });
});

describe("a delete after one that failed for another host", () => {
    test("does not say that the ledger's entry was lost where we took it away ourselves", async () => {
        const { id, properties } = await halfMoved("a", "b");
        await expect(handler().delete(id, properties)).rejects.toMatchObject({ code: "unreachable" });
        world.silent.clear();
        world.machine("b").behindOurBack.setFlag("root/contoso", true);
        world.said.length = 0;
        await handler().delete(id, properties);
        expect(world.said.join()).toMatch(/warn b: .*the ledger's entry was lost, or an earlier destroy removed it/);
    });
});

test("a host to be forgotten that falls silent after a write was sent: it is told that nobody knows what was carried out", async () => {
    const { id, outs } = await handler().create(at("a"));
    world.forget.add("a");
    world.afterApply = () => {
        throw new WmisecError("connectionLost", "the connection ended", { host: "a", remedy: "run again" });
    };
    await handler().delete(id, outs);
    expect(world.said.at(-1)).toMatch(
        /^warn a: stopped answering after a write was sent; it is not known what was carried out.*WMISEC_FORGET/,
    );
});
