import { WmisecError } from "../../provider/core/errors";
import type { Handler } from "../../provider/handlers/handler";
import { partial } from "../errors";
import { CONTOSO, FALSE, inputs, inputsOn, TRUE } from "../inputs";
import { HandlerWorld } from "./world";

/** Several lives of one resource, of which the state knows only some. */

const BOTH = { ...CONTOSO, "root/other": TRUE };
const at = (host: string, more: object = {}) => inputsOn(host, CONTOSO, more);

let world: HandlerWorld;
beforeEach(() => {
    world = new HandlerWorld();
    world.machine("a").behindOurBack.createNamespace("root/other");
});
const handler = (): Handler => world.handler("WmiNamespaceSecurity");
const flag = (path: string, host = "a") => world.machine(host).flag(path) === true;

describe("a delete that finds another life of the resource in the ledger", () => {
    async function twoLives() {
        const old = await handler().create(inputs());
        await handler().create(inputs(BOTH));
        return old;
    }

    test("in a destroy, where nobody asked for that one: it is released with it, with a warning at the end", async () => {
        const { id, outs } = await twoLives();
        const lives = world.begins(false);
        lives.add(id);
        await handler().delete(id, outs);
        expect([flag("root/contoso"), flag("root/other")]).toEqual([false, false]);
        expect(world.machine("a").ledger()).toEqual({});
        expect(lives.ofUnknown[0]).toMatch(/^a: root\/contoso is released: a former life of this resource declared it \(life-2/);
    });

    test("also after a refresh, which found that the entry is not this life's", async () => {
        const { id, outs } = await twoLives();
        world.begins(false);
        const read = await handler().read(id, outs);
        expect(read.outs["owner"]).toBe("absent");
        expect(world.said.at(-1)).toContain("the ledger names another life of this resource (life-2");
        await handler().delete(id, read.outs);
        expect(world.machine("a").ledger()).toEqual({});
    });

    test("in a destroy that was asked for that one, too: it leaves by itself", async () => {
        const { id, outs } = await twoLives();
        world.begins(false).add("life-2");
        await handler().delete(id, outs);
        expect(flag("root/contoso")).toBe(true);
        expect(world.said).toEqual([]);
    });

    test("a replacement that declares less releases what the engine asks about last, without a message", async () => {
        const { id, outs } = await handler().create(inputs(BOTH));
        const lives = world.begins(true);
        lives.declares("life-2", (await handler().create(inputs())).outs);
        expect(flag("root/other")).toBe(false);
        expect(world.said.filter((one) => one.includes("former life"))).toEqual([]);
        // As long as nobody asks, it may be the life of another backend's stack.
        expect(lives.ofUnknown).toEqual([expect.stringMatching(/^a: root\/other is released: a former life of this resource/)]);
        await handler().delete(lives.add(id, outs), outs);
        expect(lives.ofUnknown).toEqual([]);
        expect(world.said.filter((one) => one.startsWith("warn"))).toEqual([]);
    });

    test("while the program that replaced it runs: no message, whichever of the two is asked first", async () => {
        const lives = world.begins(true);
        const { id, outs } = await handler().create(inputs(BOTH));
        lives.add(id);
        lives.add((await handler().create(inputs())).id);
        await handler().delete(id, outs);
        expect([flag("root/contoso"), flag("root/other")]).toEqual([true, false]);
        expect(world.said.filter((one) => one.startsWith("warn"))).toEqual([]);
        expect(lives.ofUnknown).toEqual([]);
    });

    test("while a program runs, and nobody asks for that one: it stays, and the end of the run says what to run", async () => {
        const { id, outs } = await twoLives();
        const lives = world.begins(true);
        lives.add(id);
        await handler().delete(id, outs);
        expect(flag("root/contoso")).toBe(true);
        expect(lives.ofUnknown[0]).toMatch(
            /^a: root\/contoso stays as it is: wanted as true by another life of org\/policy \(life-2, .*run pulumi up .*pulumi destroy$/,
        );
        lives.add("life-2");
        expect(lives.ofUnknown).toEqual([]);
    });

    test("WMISEC_EVICT of the owner releases it, but never one that the run was asked about", async () => {
        const { id, outs } = await twoLives();
        world.evict.add("org/policy");
        world.begins(true).add("life-2");
        await handler().delete(id, outs);
        expect(flag("root/contoso")).toBe(true);
        world.begins(true);
        await handler().delete(id, outs);
        expect(flag("root/contoso")).toBe(false);
    });

    test("after a killed replacement the program moves on: the old machine is left by both lives", async () => {
        const { id, outs } = await twoLives();
        await handler().update(id, outs, at("b"));
        expect(world.machine("a").ledger()).toEqual({});
        expect([flag("root/contoso"), flag("root/other")]).toEqual([false, false]);
    });
});

describe("a killed move, and a replacement on the machine that it was moving to", () => {
    const lost = new WmisecError("connectionLost", "the connection ended", { remedy: "run again" });

    /** What the killed move left on b has the stamp of the life that is replaced, and the state of that one knows a only. */
    async function replacedOnB(fails: boolean) {
        world.machine("b").behindOurBack.createNamespace("root/other");
        const old = await handler().create(at("a", { namespaces: BOTH }));
        const moved = world.killed(() => handler().update(old.id, old.outs, at("b", { namespaces: BOTH })));
        // The note on a comes first: what kills is the end of the write on b.
        world.afterApply = () => {
            if (world.asked.at(-1) === "apply b") throw new Error("killed");
        };
        await moved;
        expect([flag("root/contoso", "b"), flag("root/other", "b")]).toEqual([true, true]);
        const lives = world.begins(true);
        lives.declares(old.id, old.outs);
        if (!fails) {
            const made = await handler().create(at("b"));
            lives.declares(made.id, made.outs);
            return { old, next: made };
        }
        world.carriedOut = () => 1;
        world.afterApply = () => {
            throw lost;
        };
        const failed = await partial(handler().create(at("b", { namespaces: { "root/contoso": FALSE } })));
        world.undisturbed();
        expect(flag("root/other", "b")).toBe(true);
        return { old, next: { id: failed.id, outs: failed.properties } };
    }

    test("one that succeeds releases what the killed run left, and the move is over", async () => {
        const { old } = await replacedOnB(false);
        expect([flag("root/contoso", "b"), flag("root/other", "b")]).toEqual([true, false]);
        await handler().delete(old.id, old.outs);
        expect(world.machine("a").ledger()).toEqual({});
    });

    const ORDER = ["the one that moved", "the one that failed"] as const;

    test.each(ORDER)(
        "one that fails does not end the move; replaced once more on the first machine, with %s asked first, b is still named",
        async (first) => {
            const { old, next } = await replacedOnB(true);
            const lives = world.begins(true);
            lives.declares(next.id, next.outs);
            const back = await handler().create(at("a"));
            lives.declares(back.id, back.outs);
            const deletes = {
                "the one that moved": () =>
                    expect(handler().delete(lives.add(old.id, old.outs), old.outs)).rejects.toMatchObject({ code: "moveUnfinished" }),
                "the one that failed": () => handler().delete(lives.add(next.id, next.outs), next.outs),
            };
            for (const title of first === "the one that moved" ? ORDER : [...ORDER].reverse()) await deletes[title]();
            expect(flag("root/other", "b")).toBe(true);
            expect(back.outs["unfinishedMoves"]).toMatchObject([{ host: "b" }]);
            const later = world.begins(true);
            later.declares(back.id, back.outs);
            const there = await handler().update(back.id, back.outs, at("b"));
            later.declares(back.id, there);
            expect(there).not.toHaveProperty("unfinishedMoves");
            await handler().delete(later.add(old.id, old.outs), old.outs);
            expect([flag("root/contoso", "b"), flag("root/other", "b")]).toEqual([true, false]);
            await handler().delete(back.id, there);
            expect([world.machine("a").ledger(), world.machine("b").ledger()]).toEqual([{}, {}]);
        },
    );
});
