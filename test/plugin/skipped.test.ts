import { GivenNames } from "../../provider/core/ledger/givenNames";
import { namespacesOf } from "../../provider/handlers/condition";
import type { Handler, Properties } from "../../provider/handlers/handler";
import { runSummary } from "../../provider/plugin/runSummary";
import { Tally } from "../../provider/plugin/tally";
import { HandlerWorld } from "../handlers/world";
import { tracked } from "./tracked";

const skip = { requiresEncryption: true, whenMissing: "skip" };
const inputs = (host: string, namespaces: object, more: object = {}): Properties => ({
    connection: { host, user: "me" },
    owner: `org/urn:pulumi:s::p::t::policy of ${host}`,
    namespaces,
    ...more,
});

let world: HandlerWorld;
let tally: Tally;
beforeEach(() => {
    world = new HandlerWorld();
    tally = new Tally();
});
const handler = (): Pick<Handler, "create" | "read" | "update" | "delete"> => tracked(world.handler("WmiNamespaceSecurity"), tally);
const words = () => runSummary(tally, { evict: new GivenNames(new Set()), forget: new GivenNames(new Set()) });

test("a missing namespace that may be is skipped, no drift, and counted as the program wrote it", async () => {
    world.machine("b").behindOurBack.createNamespace("root/Role");
    const declared = { "root/contoso": { requiresEncryption: true }, "root\\Role": skip };
    const a = await handler().create(inputs("a", declared));
    await handler().create(inputs("b", declared));
    expect(a.outs["status"]).toEqual({ "root/contoso": "compliant", "root\\Role": "skipped" });
    const read = await handler().read(a.id, a.outs);
    expect([read.inputs, read.outs["status"], world.said.filter((line) => line.startsWith("info a"))]).toEqual([
        inputs("a", declared),
        a.outs["status"],
        [],
    ]);
    expect(world.handler("WmiNamespaceSecurity").diff(read.outs, inputs("a", declared))).toEqual({});
    expect(words()).toEqual(["wmisec: 2 as declared, 1 namespace skipped (root\\Role: a)"]);
});

test("one that no host of the run has is a warning that names it; hosts that did not answer say nothing of it", async () => {
    const misspelt = { "root/Contosso": skip };
    const made = await Promise.all(["a", "b", "c"].map((host) => handler().create(inputs(host, misspelt, { unreachable: "keep" }))));
    world.silent.add("c");
    for (const { id, outs } of made) await handler().read(id, outs);
    const [line, warning, ...more] = words();
    expect(line).toBe("wmisec: 2 as declared, 1 unreachable (c), 1 namespace skipped (root/Contosso: a, b)");
    expect(warning).toMatch(
        /^wmisec: root\/Contosso is skipped on every host of this run that declares it and answered \(a, b\).* misspelt\?/,
    );
    expect(more).toEqual([]);
    for (const { id, outs } of made.slice(0, 2)) await handler().delete(id, outs);
    expect(words().join()).not.toMatch(/Contosso/);
});

test("many of them are counted, not named", async () => {
    await handler().create(inputs("a", Object.fromEntries(Array.from({ length: 8 }, (_, index) => [`root/X${index}`, skip]))));
    expect(words()).toHaveLength(7);
    expect(words()[0]).toMatch(/8 namespaces skipped \(root\/X0: a; .*root\/X4: a; and 3 more\)$/);
    expect(words().at(-1)).toBe("wmisec: so are 3 more");
});

describe("one that is there later", () => {
    test.each([
        ["as it is not declared", null, "root/Role appeared since the last up and has no RequiresEncryption qualifier, declared true"],
        ["as declared", true, "root/Role appeared since the last up, and is as declared: the next up adds it to the ledger"],
        ["declared FALSE", false, "root/Role appeared since the last up and is false, declared true"],
    ])("%s is drift, said so, and healed by the next up", async (_title, flag, said) => {
        const declared = inputs("a", { "root/contoso": { requiresEncryption: true }, "root/Role": skip });
        const { id, outs } = await handler().create(declared);
        world.machine("a").behindOurBack.createNamespace("root/Role");
        if (flag !== null) world.machine("a").behindOurBack.setFlag("root/Role", flag);
        world.said.splice(0);
        const read = await handler().read(id, outs);
        expect(world.said).toEqual([`info a: WmiNamespaceSecurity policy of a: ${said}`]);
        expect(tally.line).toBe("wmisec: 0 as declared, 1 drifted (a)");
        expect(world.handler("WmiNamespaceSecurity").diff(read.outs, declared).changes).not.toBe(false);
        expect(read.inputs).not.toEqual(declared);
        world.said.splice(0);
        const healed = await handler().update(id, read.outs, declared);
        expect([world.machine("a").flag("root/Role"), words()]).toEqual([true, []]);
        expect((await handler().read(id, healed)).inputs).toEqual(declared);
        await handler().delete(id, healed);
        expect(world.machine("a").flag("root/Role")).toBe(flag ?? false);
    });

    test("with its registration: reported once", async () => {
        const declared = inputs("a", { "root/Role": skip }, { autorecover: true });
        const { id, outs } = await handler().create(declared);
        world.machine("a").behindOurBack.createNamespace("root/Role");
        world.said.splice(0);
        await handler().read(id, outs);
        expect(world.said.join().match(/appeared since the last up/g)).toHaveLength(1);
        expect(world.said.join()).not.toMatch(/no entry/);
    });

    test("a lost ledger of the others is told beside it", async () => {
        const declared = inputs("a", { "root/contoso": { requiresEncryption: true }, "root/Role": skip });
        const { id, outs } = await handler().create(declared);
        world.machine("a").behindOurBack.createNamespace("root/Role");
        world.machine("a").behindOurBack.loseLedger();
        world.said.splice(0);
        await handler().read(id, outs);
        expect(world.said.join()).toMatch(/appeared since the last up.*; the ledger has no entry for this resource$/);
    });
});

test("the status of checkAccess, which a host of a fleet has beside its namespaces, is no namespace's", () => {
    const status = { "root/Role": "skipped", checkAccess: "compliant" };
    expect([...namespacesOf({ namespaces: { "root/Role": skip }, checkAccess: true, status })]).toEqual([["root/Role", "skipped"]]);
    expect([...namespacesOf({ checkAccess: true, status: { checkAccess: "compliant" } })]).toEqual([]);
});
