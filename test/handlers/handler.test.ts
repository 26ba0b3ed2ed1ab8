import type { Properties } from "../../provider/handlers/handler";
import { codeOf } from "../errors";
import { CONTOSO, inputs, TRUE } from "../inputs";
import { HandlerWorld } from "./world";

let world: HandlerWorld;
beforeEach(() => {
    world = new HandlerWorld();
});
const namespaces = () => world.handler("WmiNamespaceSecurity");
const created = async (raw: Properties) => namespaces().create(raw);

test("a release that puts FALSE in the place of nothing says what that means for clients", async () => {
    const { id, outs } = await created(inputs());
    await namespaces().delete(id, outs);
    expect(world.said).toEqual([
        expect.stringMatching(/^info a: root\/contoso: remote clients may connect unencrypted again, as before our policy\./),
    ]);
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

test("nothing is said of effects while the value can't be read", async () => {
    const sinks = world.handler("UnsecAppPolicy");
    const { id, outs } = await sinks.create({ connection: { host: "a", user: "me" }, owner: "org/sinks", checkAccess: true });
    expect(outs["effects"]).toMatchObject({ defaultCheckAccess: "checks" });
    world.machine("a").faults.on("registryDenied", { keys: ["SOFTWARE\\Microsoft\\WBEM\\CIMOM"] });
    const read = await sinks.read(id, outs);
    expect(read.outs).toMatchObject({ status: "denied", effects: { defaultCheckAccess: "unknown" } });
});

test("a state that this release can't read is refused before anything is contacted", async () => {
    expect(await codeOf(namespaces().delete("life-1", { ...inputs(), schemaVersion: 2 }))).toBe("invalidInput");
    expect(world.asked).toEqual([]);
});

test("an empty map is compliant, and the host is asked only which machine it is", async () => {
    const { outs } = await created(inputs({}));
    expect(outs).toMatchObject({ observed: {}, status: {}, before: {} });
    expect(world.machine("a").writes.all).toEqual([]);
});
