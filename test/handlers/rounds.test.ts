import { MemoryHost } from "../../provider/hosts/memoryHost";
import { WindowsMachine } from "../../provider/model/windowsMachine";
import { codeOf, partial } from "../errors";
import { CONTOSO, inputs, TRUE } from "../inputs";
import { HandlerWorld } from "./world";

const BOTH = { ...CONTOSO, "root/other": TRUE };

let world: HandlerWorld;
beforeEach(() => {
    world = new HandlerWorld();
});
const handler = () => world.handler("WmiNamespaceSecurity");

function machineWith(...paths: string[]): WindowsMachine {
    const machine = new WindowsMachine({ computerName: "A", namespaces: Object.fromEntries(paths.map((path) => [path, null])) });
    world.machines.set("a", machine);
    return machine;
}

describe("reports what a round wrote even if another round was needed", () => {
    const EVICTED = "warn a: root/contoso: WMISEC_EVICT removes the owner ghost, who wanted true";

    /** Two items of ours; of the first a ghost is to be evicted, and the second has drifted. */
    async function withGhost() {
        const machine = machineWith("root/contoso", "root/other");
        const { id, outs } = await handler().create(inputs(BOTH));
        joins("root/contoso", "ghost");
        machine.behindOurBack.setFlag("root/other", false);
        const { outs: read } = await handler().read(id, outs);
        world.evict.add("ghost");
        world.said.length = 0;
        return { id, read };
    }

    function joins(path: string, owner: string): void {
        const machine = world.machine("a");
        const entry = JSON.parse(machine.ledger()[`namespace:${path}`] ?? "") as { owners: object[] };
        const owners = [...entry.owners, { owner, stamp: owner, wants: true }];
        machine.behindOurBack.setLedger(`namespace:${path}`, JSON.stringify({ ...entry, owners }));
    }

    test("once", async () => {
        const { id, read } = await withGhost();
        let times = 0;
        world.meanwhile = () => {
            if (++times === 1) joins("root/other", "joiner");
        };
        await handler().update(id, read, inputs(BOTH));
        expect(times).toBe(2);
        expect(world.machine("a").flag("root/other")).toBe(true);
        expect(world.said).toEqual([EVICTED]);
    });

    test("even if the rounds end in an error", async () => {
        const { id, read } = await withGhost();
        let times = 0;
        world.meanwhile = () => joins("root/other", `joiner-${++times}`);
        const { failure } = await partial(handler().update(id, read, inputs(BOTH)));
        expect(failure).toMatchObject({ code: "changedMeanwhile" });
        expect(world.said).toEqual([EVICTED]);
    });

    test("even if the write itself fails at a later item", async () => {
        const { id, read } = await withGhost();
        world.machine("a").faults.on("mofcompExit", { exit: 1 });
        await partial(handler().update(id, read, inputs(BOTH)));
        expect(world.said).toEqual([EVICTED]);
    });

    test("but reports no write that was not made", async () => {
        const { id, read } = await withGhost();
        world.meanwhile = () => world.machine("a").behindOurBack.setLedger("namespace:root/contoso", `{"v":2}`);
        expect(await codeOf(handler().update(id, read, inputs(BOTH)))).toBe("ledgerTooNew");
        expect(world.said).toEqual([]);
    });

    test("what was released in an earlier round is not taken for a lost entry in the next", async () => {
        const machine = machineWith("root/contoso", "root/other");
        const { id, outs } = await handler().create(inputs(BOTH));
        let times = 0;
        world.meanwhile = () => {
            if (++times === 1) joins("root/other", "joiner");
        };
        // Somebody sets the released flag again before the first round's last look.
        const apply = jest.spyOn(MemoryHost.prototype, "apply").mockImplementationOnce(async function (this: MemoryHost, steps, look) {
            const applied = await MemoryHost.prototype.apply.call(this, steps, look);
            machine.behindOurBack.setFlag("root/contoso", true);
            return { ...applied, observation: await this.observe(look) };
        });
        await handler().delete(id, outs);
        apply.mockRestore();
        expect(world.said.join()).not.toMatch(/was lost/);
        expect(machine.flag("root/contoso")).toBe(true);
    });
});

describe("an entry of ours that can't be read, for what nobody declares", () => {
    test.each([
        ["garbled", "ledgerGarbled", (text: string) => text.replace('"since"', '"then"')],
        ["of a newer release", "ledgerTooNew", (text: string) => text.replace('"v":1', '"v":2')],
    ])("%s: a delete is an error, not a success", async (_title, code, damage) => {
        const machine = machineWith("root/contoso");
        machine.faults.on("mofcompExit", { exit: 1 });
        const { id, properties } = await partial(handler().create(inputs()));
        machine.faults.off();
        const [[name, text] = []] = Object.entries(machine.ledger());
        machine.behindOurBack.setLedger(name ?? "", damage(text ?? ""));
        expect(await codeOf(handler().delete(id, properties))).toBe(code);
    });

    test("but an unreadable entry of somebody else is ignored", async () => {
        const machine = machineWith("root/contoso", "root/other");
        const { id, outs } = await handler().create(inputs());
        machine.behindOurBack.setLedger("namespace:root/other", '{"v":2,"stamp":"another-life"}');
        await handler().delete(id, outs);
        expect(machine.flag("root/contoso")).toBe(false);
    });
});

describe("more definitions than one resource may declare", () => {
    const names = [..."abcdefghijkl"];
    const file = (name: string) => `C:\\Contoso\\${name}.mof`;
    const original = (name: string) => `#pragma namespace("\\\\\\\\.\\\\root\\\\${name}")\r\nclass A { };\r\n`;
    const declared = (from: number) =>
        inputs(
            Object.fromEntries(
                names.slice(from, from + 4).map((name) => [`root/${name}`, { requiresEncryption: true, definitionMof: file(name) }]),
            ),
        );
    const edited = () => names.filter((name) => world.machine("a").files.text(file(name)) !== original(name));

    /** Four that the state knows, and four of an update that failed, which only the ledger knows. */
    async function withOrphans() {
        const machine = machineWith(...names.map((name) => `root/${name}`));
        for (const name of names) machine.behindOurBack.writeFile(file(name), original(name));
        const { id, outs } = await handler().create(declared(0));
        machine.faults.on("fileWriteDenied", { files: [file("h")] });
        const { properties } = await partial(handler().update(id, outs, declared(4)));
        machine.faults.off();
        expect(edited()).toEqual([..."abcdefg"]);
        return { id, properties };
    }

    test("an update releases all that nobody declares any more", async () => {
        const { id, properties } = await withOrphans();
        await handler().update(id, properties, declared(8));
        expect(edited()).toEqual([..."ijkl"]);
        expect(names.map((name) => world.machine("a").flag(`root/${name}`))).toEqual(names.map((name) => "ijkl".includes(name)));
    });

    test("so does a delete after two failed updates", async () => {
        const { id, properties } = await withOrphans();
        world.machine("a").faults.on("fileWriteDenied", { files: [file("l")] });
        const failed = await partial(handler().update(id, properties, declared(8)));
        world.machine("a").faults.off();
        await handler().delete(id, failed.properties);
        expect(edited()).toEqual([]);
        expect(world.machine("a").ledger()).toEqual({});
    });
});
