import { conditionOf } from "../../provider/handlers/condition";
import type { Handler, Properties } from "../../provider/handlers/handler";
import { CONTOSO, FALSE, inputs, TRUE } from "../inputs";
import { HandlerWorld } from "./world";

/** What a killed update left in the ledger is told by the next read, and released or put right by the next update. */

const ITEM = "namespace:root/contoso";
const BOTH = { ...CONTOSO, "root/other": TRUE };

let world: HandlerWorld;
beforeEach(() => {
    world = new HandlerWorld();
    world.machine("a").behindOurBack.createNamespace("root/other");
});
const handler = (): Handler => world.handler("WmiNamespaceSecurity");
const flag = (path: string, host = "a") => world.machine(host).flag(path) === true;

describe("an update that was killed after its write, and the program goes back", () => {
    const cases: [string, Properties, string, () => void][] = [
        ["a namespace", inputs(BOTH), "root/other is not declared", () => expect(flag("root/other")).toBe(false)],
        [
            "a registration",
            inputs(CONTOSO, { autorecover: true }),
            "the registration of root/contoso for a rebuilt repository is not declared",
            () => expect(world.machine("a").files.list()).toEqual([]),
        ],
        ["another flag", inputs({ "root/contoso": FALSE }), "declared true", () => expect(flag("root/contoso")).toBe(true)],
    ];

    test.each(cases)("%s: a read tells, diff asks, and an update puts it right", async (_title, news, words, righted) => {
        const { id, outs } = await handler().create(inputs());
        await world.killed(() => handler().update(id, outs, news));
        const read = await handler().read(id, outs);
        expect(world.said.join()).toContain(words);
        expect(conditionOf(read.outs)).toBe("drifted");
        expect(handler().diff(read.outs, inputs())).toMatchObject({ changes: true });
        // As a refresh calls it, with the roles swapped.
        expect(handler().diff(read.outs, read.inputs)).toMatchObject({ changes: true });
        const after = await handler().update(id, read.outs, inputs());
        righted();
        expect(Object.keys(world.machine("a").ledger())).toEqual([ITEM]);
        expect(after).not.toHaveProperty("undeclared");
        const again = await handler().read(id, after);
        expect(conditionOf(again.outs)).toBe("asDeclared");
        expect(handler().diff(again.outs, inputs())).toEqual({});
    });

    test("between the entry and the item: the ledger wants FALSE, the host has TRUE, and others could join with FALSE", async () => {
        const { id, outs } = await handler().create(inputs());
        await world.killed(() => handler().update(id, outs, inputs({ "root/contoso": FALSE })), 1);
        expect(flag("root/contoso")).toBe(true);
        const read = await handler().read(id, outs);
        expect(read.outs["undeclared"]).toEqual({ [ITEM]: "false" });
        expect(world.said.join()).toContain("root/contoso is declared true, and the ledger says that this resource wants false");
        await handler().update(id, read.outs, inputs());
        await expect(handler().create(inputs({ "root/contoso": FALSE }, { owner: "org/two" }))).rejects.toMatchObject({
            code: "ownedByAnother",
        });
    });

    test("a value: the one item that a sink policy has", async () => {
        const sinks = (checkAccess: boolean): Properties => ({ connection: { host: "a", user: "me" }, owner: "org/sink", checkAccess });
        const policy = () => world.handler("UnsecAppPolicy");
        const { id, outs } = await policy().create(sinks(true));
        await world.killed(() => policy().update(id, outs, sinks(false)), 1);
        const read = await policy().read(id, outs);
        expect(Object.values(read.outs["undeclared"] as object)).toEqual(['REG_SZ "0"']);
        expect(policy().diff(read.outs, sinks(true))).toMatchObject({ changes: true });
    });

    test("nobody else's entries are told of, or touched", async () => {
        const { id, outs } = await handler().create(inputs());
        await handler().create(inputs({ "root/other": TRUE }, { owner: "org/two" }));
        const ledger = world.machine("a").ledger();
        const read = await handler().read(id, outs);
        expect(read.outs).not.toHaveProperty("undeclared");
        await handler().update(id, read.outs, inputs());
        expect(world.machine("a").ledger()).toEqual(ledger);
    });

    test("what ignoreChanges leaves alone is not told of", async () => {
        const { id, outs } = await handler().create(inputs(BOTH));
        const left = await handler().update(id, outs, inputs({ "root/contoso": TRUE, "root/other": { requiresEncryption: "denied" } }));
        expect((await handler().read(id, left)).outs).not.toHaveProperty("undeclared");
    });

    test("the owner's text changed since: its stamp is known", async () => {
        const { id, outs } = await handler().create(inputs());
        await world.killed(() => handler().update(id, outs, inputs(BOTH, { owner: "org/renamed" })));
        const read = await handler().read(id, outs);
        expect(read.outs["undeclared"]).toMatchObject({ "namespace:root/other": "true" });
    });

    test("a namespace that was removed since: its entry is released", async () => {
        const { id, outs } = await handler().create(inputs());
        await world.killed(() => handler().update(id, outs, inputs(BOTH)));
        world.machine("a").behindOurBack.removeNamespace("root/other");
        const read = await handler().read(id, outs);
        await handler().update(id, read.outs, inputs());
        expect(Object.keys(world.machine("a").ledger())).toEqual([ITEM]);
    });

    test.each([
        ["onDelete: leave", { onDelete: "leave" }, true],
        ["unreachable: keep", { unreachable: "keep" }, false],
    ])("%s", async (_title, more, stays) => {
        const { id, outs } = await handler().create(inputs(CONTOSO, more));
        await world.killed(() => handler().update(id, outs, inputs(BOTH, more)));
        const read = await handler().read(id, outs);
        world.silent.add("a");
        if ("unreachable" in more) expect((await handler().read(id, read.outs)).outs["undeclared"]).toEqual(read.outs["undeclared"]);
        world.silent.clear();
        await handler().update(id, read.outs, inputs(CONTOSO, more));
        expect(flag("root/other")).toBe(stays);
        expect(Object.keys(world.machine("a").ledger())).toEqual([ITEM]);
    });
});
