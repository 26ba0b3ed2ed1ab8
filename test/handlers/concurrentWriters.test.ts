import type { Properties } from "../../provider/handlers/handler";
import { codeOf, partial } from "../errors";
import { CONTOSO, inputs } from "../inputs";
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

    test("each time, before our first step: an error, and nothing of ours is on the host", async () => {
        let times = 0;
        const other = (since: number) =>
            JSON.stringify({ v: 1, machine: "m", before: "absent", owners: [], since: `2026-01-01T00:00:${10 + since}Z` });
        world.meanwhile = () => world.machine("a").behindOurBack.setLedger("namespace:root/contoso", other(++times));
        expect(await codeOf(created(inputs()))).toBe("changedMeanwhile");
        expect(times).toBe(10);
        expect([...world.machine("a").writes.items, ...world.machine("a").writes.ledger]).toEqual([]);
    });

    test("by somebody who wants something else: the error says who, and nothing of ours is on the host", async () => {
        await created(inputs({ "root/cimv2": { requiresEncryption: false } }, { owner: "org/another" }));
        const entry = world.machine("a").ledger()["namespace:root/cimv2"] ?? "";
        world.machine("a").writes.clear();
        world.meanwhile = () => world.machine("a").behindOurBack.setLedger("namespace:root/contoso", entry);
        expect(await codeOf(created(inputs()))).toBe("ownedByAnother");
        expect([...world.machine("a").writes.items, ...world.machine("a").writes.ledger]).toEqual([]);
    });

    test("each time, at our second step: an error, and the state is kept", async () => {
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

test("five resources that share an item come to an end, and so do their deletes", async () => {
    const owners = [1, 2, 3, 4, 5].map((n) => `org/policy-${n}`);
    const all = await Promise.all(owners.map((owner) => created(inputs(CONTOSO, { owner }))));
    expect(world.machine("a").writes.flagHistory("root/contoso")).toEqual([null, true]);
    await Promise.all(all.map(({ id, outs }) => namespaces().delete(id, outs)));
    expect(world.machine("a").writes.flagHistory("root/contoso")).toEqual([null, true, false]);
    expect(world.machine("a").ledger()).toEqual({});
});
