import type { Properties } from "../../provider/handlers/handler";
import { CONTOSO, inputs, TRUE } from "../inputs";
import { HandlerWorld } from "./world";

let world: HandlerWorld;
beforeEach(() => {
    world = new HandlerWorld();
});
const namespaces = () => world.handler("WmiNamespaceSecurity");
const created = async (raw: Properties) => namespaces().create(raw);

test("a delete never touches a rebuilt host", async () => {
    const { id, outs } = await created(inputs());
    world.machine("a").rebuild({ namespaces: { "root/contoso": true } });
    world.machine("a").writes.clear();
    await namespaces().delete(id, outs);
    expect(world.machine("a").writes.all).toEqual([]);
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
    const { before, ...rest } = outs as Record<string, Record<string, unknown>>;
    const contoso = "namespace:root/contoso";
    const known = { ...rest, namespaces: CONTOSO, before: { [contoso]: before?.[contoso] }, incomplete: true };
    world.asked.length = 0;
    await namespaces().update(id, known, inputs());
    expect(world.asked.filter((verb) => verb === "observe a")).toHaveLength(1);
    expect(world.said).toEqual([expect.stringMatching(/^warn a: another machine answers as a/)]);
    expect(world.machine("a").ledger()["namespace:root/cimv2"]).toBe(ledger["namespace:root/cimv2"]);
});
