import { WindowsMachine } from "../../provider/model/windowsMachine";
import { inputs, TRUE } from "../inputs";
import { HandlerWorld } from "./world";

const FILE = "C:\\Contoso\\Contoso.mof";
const said = (namespace: string, flag: string) =>
    `#pragma namespace("\\\\\\\\.\\\\root\\\\${namespace}")\r\n[RequiresEncryption(${flag})]\r\ninstance of __SystemSecurity { };\r\n`;
const version = (version: string, other = "FALSE") => `// ${version}\r\n${said("contoso", "FALSE")}${said("other", other)}`;

const DEFINED = { "root/contoso": { ...TRUE, definitionMof: FILE } };
const BOTH = { ...DEFINED, "root/other": TRUE };

let world: HandlerWorld;
beforeEach(() => {
    world = new HandlerWorld();
    world.machines.set("a", new WindowsMachine({ computerName: "A", namespaces: { "root/contoso": null, "root/other": null } }));
    machine().behindOurBack.writeFile(FILE, version("1"));
});
const handler = () => world.handler("WmiNamespaceSecurity");
const machine = () => world.machine("a");
const flags = () => [machine().flag("root/contoso"), machine().flag("root/other")];

test("a file that also sets another namespace of the resource to something else: that one is set again in the same run", async () => {
    const { id, outs } = await handler().create(inputs(BOTH));
    expect(flags()).toEqual([true, true]);
    machine().behindOurBack.writeFile(FILE, version("2"));
    await handler().update(id, (await handler().read(id, outs)).outs, inputs(BOTH));
    expect(flags()).toEqual([true, true]);
    expect(machine().files.text(FILE)).toContain("// 2");
});

describe("a file that also sets a namespace that another resource is about", () => {
    beforeEach(() => handler().create(inputs({ "root/other": TRUE }, { owner: "org/second" })));

    test("to something else: refused before anything is written, with file, namespace and owner", async () => {
        machine().writes.clear();
        await expect(handler().create(inputs(DEFINED))).rejects.toMatchObject({
            code: "ownedByAnother",
            summary: `compiling ${FILE} would set root/other to false, and another resource wants it as true`,
            details: { said: expect.stringContaining("org/second"), remedy: expect.stringContaining("remove definitionMof") },
        });
        expect(machine().writes.all).toEqual([]);
        expect(flags()).toEqual([null, true]);
    });

    test("to what that one wants: nobody is in the way", async () => {
        machine().behindOurBack.writeFile(FILE, version("1", "TRUE"));
        await handler().create(inputs(DEFINED));
        expect(flags()).toEqual([true, true]);
    });

    test("to something else, and the owner is to be evicted: set", async () => {
        world.evict.add("org/second");
        await handler().create(inputs(DEFINED));
        expect(flags()).toEqual([true, false]);
    });
});

test("a file that is handed from one namespace to another in one run: refused before anything is written, and the remedy works", async () => {
    const other = { "root/other": { ...TRUE, definitionMof: FILE } };
    const { id, outs } = await handler().create(inputs(DEFINED));
    machine().writes.clear();
    await expect(handler().update(id, outs, inputs(other))).rejects.toMatchObject({
        code: "definitionHandedOver",
        details: { remedy: expect.stringContaining("remove definitionMof from the program and run pulumi up") },
    });
    expect(machine().writes.all).toEqual([]);
    const without = await handler().update(id, outs, inputs({ "root/other": TRUE }));
    await handler().update(id, without, inputs(other));
    expect(machine().files.text(FILE)).toBe(version("1", "TRUE"));
});
