import type { Properties } from "../../provider/handlers/handler";
import { CONTOSO, inputs, TRUE } from "../inputs";
import { HandlerWorld } from "./world";

/** A read finds the owner where the ledger has an entry of this owner, in this life, on this machine, for each item. */

const ITEM = "namespace:root/contoso";
const FILE = "c:\\contoso\\contoso.mof";

let world: HandlerWorld;
beforeEach(() => {
    world = new HandlerWorld();
});

/** What a read finds after somebody has changed an entry. */
async function ownerAfter(raw: Properties, item: string, change: (entry: object) => object | undefined): Promise<unknown> {
    const handler = world.handler("WmiNamespaceSecurity");
    const { id, outs } = await handler.create(raw);
    const { behindOurBack, ledger } = { behindOurBack: world.machine("a").behindOurBack, ledger: world.machine("a").ledger() };
    const changed = change(JSON.parse(ledger[item] ?? "") as object);
    behindOurBack.setLedger(item, changed === undefined ? null : JSON.stringify(changed));
    return (await handler.read(id, outs)).inputs["owner"];
}

test.each<[string, string, (entry: object) => object | undefined]>([
    ["as it was written", "org/policy", (entry) => entry],
    ["of another life", "absent", (entry) => ({ ...entry, owners: [{ owner: "org/policy", stamp: "another", wants: true }] })],
    ["of another owner", "absent", (entry) => ({ ...entry, owners: [{ owner: "org/another", stamp: "life-1", wants: true }] })],
    ["of another machine", "absent", (entry) => ({ ...entry, machine: "another" })],
    ["that is gone", "absent", () => undefined],
])("an entry %s: %s", async (_title, owner, change) => {
    expect(await ownerAfter(inputs(), ITEM, change)).toBe(owner);
});

test("a registration needs an entry", async () => {
    expect(await ownerAfter(inputs(CONTOSO, { autorecover: true }), "registration:root/contoso", () => undefined)).toBe("absent");
});

test("a definition needs one, also where the file is missing", async () => {
    const behindOurBack = world.machine("a").behindOurBack;
    behindOurBack.writeFile(FILE, '#pragma namespace("\\\\\\\\.\\\\root\\\\contoso")\r\nclass A { };\r\n');
    const defined = inputs({ "root/contoso": { ...TRUE, definitionMof: FILE } });
    const gone = () => {
        behindOurBack.deleteFile(FILE);
        return undefined;
    };
    expect(await ownerAfter(defined, `definition:${FILE}`, gone)).toBe("absent");
});

test("what is about a missing namespace needs none", async () => {
    const skipped = inputs({ "root/nowhere": { ...TRUE, whenMissing: "skip", definitionMof: FILE } }, { autorecover: true });
    const handler = world.handler("WmiNamespaceSecurity");
    const { id, outs } = await handler.create(skipped);
    expect(world.machine("a").ledger()).toEqual({});
    expect((await handler.read(id, outs)).inputs["owner"]).toBe("org/policy");
});

test("what another life wants of a declared namespace is told as a missing entry, and not as undeclared", async () => {
    const handler = world.handler("WmiNamespaceSecurity");
    const { id, outs } = await handler.create(inputs());
    const entry = JSON.parse(world.machine("a").ledger()[ITEM] ?? "") as object;
    const owners = [{ owner: "org/policy", stamp: "another", wants: false }];
    world.machine("a").behindOurBack.setLedger(ITEM, JSON.stringify({ ...entry, owners }));
    const read = await handler.read(id, outs);
    expect(read.outs).not.toHaveProperty("undeclared");
    expect(world.said.at(-1)).toContain("the ledger names another life of this resource (another");
});
