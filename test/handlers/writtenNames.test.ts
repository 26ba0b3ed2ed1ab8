import type { Properties } from "../../provider/handlers/handler";
import { Tally } from "../../provider/plugin/tally";
import { inputsOn, requiring } from "../inputs";
import { tracked } from "../plugin/tracked";
import { HandlerWorld } from "./world";

const OWNER = "acme/urn:pulumi:dev::fleet::pulumi-nodejs:dynamic/wmisec:WmiNamespaceSecurity::web-policy";

const declared = (host: string, keys: readonly string[], more: object = {}): Properties =>
    inputsOn(host, requiring(keys), { owner: OWNER, ...more });

let world: HandlerWorld;
beforeEach(() => {
    world = new HandlerWorld();
});
const handler = () => world.handler("WmiNamespaceSecurity");
/** A release warns of that. */
const loseLedger = (host: string) => world.machine(host).behindOurBack.loseLedger();

describe.each(["root/Contoso", "root\\Contoso", "ROOT\\CONTOSO"])("a namespace that the program wrote as %s is told so", (key) => {
    test("by a destroy that finds its entry lost", async () => {
        const { id, outs } = await handler().create(declared("web-07", [key]));
        loseLedger("web-07");
        await handler().delete(id, outs);
        expect(world.said.join("\n")).toContain(`warn web-07: ${key}: the ledger's entry was lost`);
    });

    test("by an update that does not declare it any more", async () => {
        const { id, outs } = await handler().create(declared("web-07", [key]));
        loseLedger("web-07");
        await handler().update(id, outs, declared("web-07", ["root/cimv2"]));
        expect(world.said.join()).toContain(`web-07: ${key}: the ledger's entry was lost`);
    });

    test("by a move that releases it on the old host, also in a later run", async () => {
        const { id, outs } = await handler().create(declared("old", [key]));
        loseLedger("old");
        world.afterApply = () => void world.silent.add("old");
        const failed = (await handler()
            .update(id, outs, declared("new", [key]))
            .catch((error: unknown) => error)) as { properties: Properties };
        world.afterApply = () => undefined;
        world.silent.clear();
        await handler().update(id, failed.properties, declared("new", [key]));
        expect(world.said.join()).toContain(`old: ${key}: the ledger's entry was lost`);
    });

    test("by the note that others want it still, the registration's too, and by an error", async () => {
        const both = { autorecover: true };
        const { id, outs } = await handler().create(declared("web-07", [key], both));
        await handler().create(declared("web-07", ["root/contoso"], { ...both, owner: "org/another" }));
        await handler().delete(id, outs);
        expect(world.said).toHaveLength(2);
        for (const line of world.said) expect(line).toContain(key);
        await expect(handler().create({ ...declared("web-07", []), namespaces: { [key]: { requiresEncryption: false } } })).rejects.toThrow(
            `web-07: ${key} is wanted as true by another resource`,
        );
    });
});

test("a definition file that the program wrote in upper case is told so by a destroy", async () => {
    const file = "C:\\Contoso\\Contoso.MOF";
    const text = '#pragma namespace("root")\n[RequiresEncryption(FALSE)] instance of __Namespace { Name = "contoso"; };\n';
    world.machine("web-07").behindOurBack.writeFile(file, text);
    const { id, outs } = await handler().create({
        ...declared("web-07", []),
        namespaces: { "root/contoso": { requiresEncryption: true, definitionMof: file } },
    });
    world.said.length = 0;
    await handler().delete(id, { ...outs, onDelete: "leave" });
    expect(world.said.join()).toContain(`${file} stays as we edited it`);
});

describe.each(["127.0.0.1", "10.20.30.40", "::1", "[fe80::1%eth0]"])("of the host %s the resource is told, too", (host) => {
    test("in warnings of a reconciliation", async () => {
        const { id, outs } = await handler().create(declared(host, ["root/contoso"]));
        loseLedger(host);
        await handler().delete(id, outs);
        expect(world.said.join("\n")).toContain(`warn ${host} (web-policy): root/contoso: the ledger's entry was lost`);
    });

    test("where it did not answer, in the warning and at the end of the run", async () => {
        const tally = new Tally();
        const { id, outs } = await handler().create(declared(host, ["root/contoso"], { unreachable: "keep" }));
        world.silent.add(host);
        await tracked(handler(), tally).read(id, outs);
        expect(world.said).toEqual([`unreachable ${host} (web-policy)`]);
        expect(tally.line).toBe(`wmisec: 0 as declared, 1 unreachable (${host} (web-policy))`);
        await handler().delete(id, { ...outs, onDelete: "leave" });
        expect(world.said.at(-1)).toContain(`warn ${host} (web-policy): did not answer; it is left as it is`);
    });

    test("where an error ends its operation, at the end of the run", async () => {
        const tally = new Tally();
        world.silent.add(host);
        await expect(tracked(handler(), tally).create(declared(host, ["root/contoso"]))).rejects.toThrow("refused");
        expect(tally.line).toBe(`wmisec: 0 as declared, 1 unreachable (${host} (web-policy))`);
    });
});

test("a name that says enough gets no addition", async () => {
    for (const host of ["web-07", "web-07.contoso.com", "7up"]) {
        const { id, outs } = await handler().create(declared(host, ["root/contoso"]));
        loseLedger(host);
        await handler().delete(id, outs);
        expect(world.said).toContainEqual(expect.stringContaining(`warn ${host}: root/contoso: the ledger's entry was lost`));
    }
});
