import type { Properties } from "../../provider/handlers/handler";
import { WindowsMachine } from "../../provider/model/windowsMachine";
import { codeOf, partial } from "../errors";
import { CONTOSO, inputs, TRUE } from "../inputs";
import { HandlerWorld } from "./world";

let world: HandlerWorld;
beforeEach(() => {
    world = new HandlerWorld();
});
const namespaces = () => world.handler("WmiNamespaceSecurity");
const created = async (raw: Properties) => namespaces().create(raw);

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

test("what a failed create never carried out is not compliant", async () => {
    world.machine("a").faults.on("mofcompExit", { exit: 1 });
    const { id, properties } = await partial(created(inputs()));
    world.machine("a").faults.off();
    const { outs } = await namespaces().read(id, properties);
    expect(outs["status"]).toEqual({ "root/contoso": "drifted" });
});
