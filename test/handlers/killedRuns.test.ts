import { WmisecError } from "../../provider/core/errors";
import { MAX_LEDGER_ENTRIES } from "../../provider/core/limits";
import { conditionOf } from "../../provider/handlers/condition";
import type { Handler, Properties } from "../../provider/handlers/handler";
import { AskedLives } from "../../provider/plugin/askedLives";
import { partial } from "../errors";
import { CONTOSO, FALSE, inputs, inputsOn, TRUE } from "../inputs";
import { HandlerWorld } from "./world";

/** What a killed run left in the ledger is told by the next read, and released or put right by the next update. */

const ITEM = "namespace:root/contoso";
const at = (host: string, more: object = {}) => inputsOn(host, CONTOSO, more);

let world: HandlerWorld;
beforeEach(() => {
    world = new HandlerWorld();
    world.machine("a").behindOurBack.createNamespace("root/other");
});
const handler = (): Handler => world.handler("WmiNamespaceSecurity");
const flag = (path: string, host = "a") => world.machine(host).flag(path) === true;

/** The state never hears of what this writes. */
async function killed(work: () => Promise<unknown>, steps = Number.POSITIVE_INFINITY): Promise<void> {
    world.carriedOut = ({ length }) => Math.min(length, steps);
    world.afterApply = () => {
        throw new Error("killed");
    };
    await expect(work()).rejects.toThrow("killed");
    world.carriedOut = ({ length }) => length;
    world.afterApply = () => undefined;
}

const BOTH = { "root/contoso": TRUE, "root/other": TRUE };

describe("an update that was killed after its write, and the program goes back", () => {
    const cases: [string, Properties, string, () => void][] = [
        ["a namespace", inputs(BOTH), "root/other is not declared", () => expect(flag("root/other")).toBe(false)],
        [
            "a registration",
            inputs(undefined, { autorecover: true }),
            "the registration of root/contoso for a rebuilt repository is not declared",
            () => expect(world.machine("a").files.list()).toEqual([]),
        ],
        ["another flag", inputs({ "root/contoso": FALSE }), "declared true", () => expect(flag("root/contoso")).toBe(true)],
    ];

    test.each(cases)("%s: a read tells, diff asks, and an update puts it right", async (_title, news, words, righted) => {
        const { id, outs } = await handler().create(inputs());
        await killed(() => handler().update(id, outs, news));
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
        await killed(() => handler().update(id, outs, inputs({ "root/contoso": FALSE })), 1);
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
        await killed(() => policy().update(id, outs, sinks(false)), 1);
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
        await killed(() => handler().update(id, outs, inputs(BOTH, { owner: "org/renamed" })));
        const read = await handler().read(id, outs);
        expect(read.outs["undeclared"]).toMatchObject({ "namespace:root/other": "true" });
    });

    test("a namespace that was removed since: its entry is released", async () => {
        const { id, outs } = await handler().create(inputs());
        await killed(() => handler().update(id, outs, inputs(BOTH)));
        world.machine("a").behindOurBack.removeNamespace("root/other");
        const read = await handler().read(id, outs);
        await handler().update(id, read.outs, inputs());
        expect(Object.keys(world.machine("a").ledger())).toEqual([ITEM]);
    });

    test.each([
        ["onDelete: leave", { onDelete: "leave" }, true],
        ["unreachable: keep", { unreachable: "keep" }, false],
    ])("%s", async (_title, more, stays) => {
        const { id, outs } = await handler().create(inputs(undefined, more));
        await killed(() => handler().update(id, outs, inputs(BOTH, more)));
        const read = await handler().read(id, outs);
        world.silent.add("a");
        if ("unreachable" in more) expect((await handler().read(id, read.outs)).outs["undeclared"]).toEqual(read.outs["undeclared"]);
        world.silent.clear();
        await handler().update(id, read.outs, inputs(undefined, more));
        expect(flag("root/other")).toBe(stays);
        expect(Object.keys(world.machine("a").ledger())).toEqual([ITEM]);
    });
});

describe("a move that was killed", () => {
    async function killedMove(steps?: number) {
        const { id, outs } = await handler().create(at("a"));
        let applies = 0;
        world.carriedOut = ({ length }) => length;
        world.afterApply = () => {
            applies += 1;
            if (applies === 2) throw new Error("killed");
        };
        if (steps !== undefined) world.carriedOut = ({ length }) => (applies === 1 ? Math.min(steps, length) : length);
        await expect(handler().update(id, outs, at("b"))).rejects.toThrow("killed");
        world.carriedOut = ({ length }) => length;
        world.afterApply = () => undefined;
        return { id, outs };
    }

    test.each([0, 1, 9])("after %d steps on the new machine: the read of the old one names it, and nobody asks it", async (steps) => {
        const { id, outs } = await killedMove(steps);
        world.asked.length = 0;
        const read = await handler().read(id, outs);
        expect(world.asked.filter((one) => one.endsWith(" b"))).toEqual([]);
        expect(read.outs["unfinishedMoves"]).toMatchObject([{ host: "b" }]);
        expect(world.said.at(-1)).toMatch(/a move of this resource to b was begun .* never finished.*WMISEC_FORGET=b$/);
        expect(conditionOf(read.outs)).toBe("unfinished");
        expect(handler().diff(read.outs, at("a"))).toEqual({ changes: true });
        const stays = await handler().update(id, read.outs, at("a"));
        expect(handler().diff(stays, at("a"))).toEqual({ changes: true });
        // There, and back again.
        const there = await handler().update(id, stays, at("b"));
        expect(there).not.toHaveProperty("unfinishedMoves");
        const back = await handler().update(id, there, at("a"));
        expect([flag("root/contoso", "a"), flag("root/contoso", "b")]).toEqual([true, false]);
        await handler().delete(id, back);
        expect([world.machine("a").ledger(), world.machine("b").ledger()]).toEqual([{}, {}]);
    });

    test("a delete releases what it knows, then says where to look; after WMISEC_FORGET nothing is left", async () => {
        const { id, outs } = await killedMove();
        await expect(handler().delete(id, outs)).rejects.toMatchObject({
            code: "moveUnfinished",
            host: "a",
            message: expect.stringContaining("WMISEC_FORGET=b"),
        });
        expect(flag("root/contoso", "a")).toBe(false);
        world.forget.add("b");
        await handler().delete(id, outs);
        expect(world.machine("a").ledger()).toEqual({});
    });

    test("a move to a third machine does not forget the second", async () => {
        const { id, outs } = await killedMove();
        const { failure, properties } = await partial(handler().update(id, outs, at("c")));
        expect(failure).toMatchObject({ code: "moveUnfinished", host: "a" });
        const there = await handler().update(id, properties, at("b"));
        expect(["a", "b", "c"].map((host) => flag("root/contoso", host))).toEqual([false, true, false]);
        expect(["a", "c"].map((host) => world.machine(host).ledger())).toEqual([{}, {}]);
        expect(there).not.toHaveProperty("unreleased");
    });

    describe("fails before anything was written on the new machine", () => {
        const stranger = () => {
            // Somebody is faster each time: our first step never finds what it expects.
            let times = 0;
            world.meanwhile = () => world.machine("b").behindOurBack.setLedger(ITEM, entryOf(`s${++times}`));
        };
        const entryOf = (stamp: string) =>
            JSON.stringify({ v: 1, machine: machineOfB, before: "absent", owners: [{ owner: "org/x", stamp, wants: true }], since: "x" });
        let machineOfB: string;
        beforeEach(async () => {
            machineOfB = String(
                (await world.handler("UnsecAppPolicy").create({ connection: { host: "b", user: "me" }, owner: "o", checkAccess: true }))
                    .outs["machine"],
            );
        });

        test("the note goes again, and nothing is unfinished", async () => {
            const { id, outs } = await handler().create(at("a"));
            const ledger = world.machine("a").ledger();
            stranger();
            await expect(handler().update(id, outs, at("b"))).rejects.toMatchObject({ code: "changedMeanwhile" });
            world.meanwhile = () => undefined;
            expect(world.machine("a").ledger()).toEqual(ledger);
            expect((await handler().read(id, outs)).outs).not.toHaveProperty("unfinishedMoves");
        });

        test("the note of an earlier run that was killed stays: that one may have written", async () => {
            const { id, outs } = await killedMove(0);
            stranger();
            await expect(handler().update(id, outs, at("b"))).rejects.toMatchObject({ code: "changedMeanwhile" });
            world.meanwhile = () => undefined;
            expect((await handler().read(id, outs)).outs["unfinishedMoves"]).toMatchObject([{ host: "b" }]);
        });

        test("a note that can't be taken out any more changes nothing about the error", async () => {
            const { id, outs } = await handler().create(at("a"));
            stranger();
            const strange = world.meanwhile;
            world.meanwhile = () => {
                strange();
                if (world.asked.filter((one) => one === "apply b").length > 9) world.silent.add("a");
            };
            await expect(handler().update(id, outs, at("b"))).rejects.toMatchObject({ code: "changedMeanwhile", host: "b" });
        });
    });

    test("where one move is not over, the note of the one that this run makes stays until the state knows its machine", async () => {
        const { id, outs } = await killedMove();
        const { properties } = await partial(handler().update(id, outs, at("c")));
        const notes = () => Object.values(world.machine("a").ledger()).flatMap((text) => /"host":"(.)"/.exec(text)?.[1] ?? []);
        // Killed now, the run would leave a state that knows a alone.
        expect(notes().sort()).toEqual(["b", "c"]);
        await partial(handler().update(id, properties, at("c")));
        expect(notes()).toEqual(["b"]);
    });

    test("under keep the old host falls silent before the note: the move goes on, and a warning says what a kill would mean", async () => {
        const keep = { unreachable: "keep" };
        const { id, outs } = await handler().create(at("a", keep));
        let looked = 0;
        world.turn = async () => {
            // After both hosts were looked at.
            if (++looked === 8) world.silent.add("a");
        };
        const moved = await handler().update(id, outs, at("b", keep));
        expect(moved).toMatchObject({ unreleased: [{ connection: { host: "a" } }] });
        expect(world.said.join("\n")).toMatch(/warn a: stopped answering before the move to b could be noted there/);
    });

    test("the old host's ledger has no room for the note: the move goes on, and a warning says what a kill would mean", async () => {
        const { id, outs } = await handler().create(at("a"));
        for (let entry = 1; entry < MAX_LEDGER_ENTRIES; entry++)
            world.machine("a").behindOurBack.setLedger(`namespace:root/x${entry}`, "{}");
        await handler().update(id, outs, at("b"));
        expect(world.said.filter((one) => one.startsWith("warn"))).toEqual([
            expect.stringMatching(
                /^warn a: the move to b could not be noted .*no room.* If this run is killed now, set the program.s connection to b/,
            ),
        ]);
        expect(flag("root/contoso", "b")).toBe(true);
    });

    test("a run that is stopped behind its write takes no note out: it may not come to write the state", async () => {
        const nothing = inputs({ "root/nowhere": { requiresEncryption: true, whenMissing: "skip" } });
        const there = { ...nothing, connection: { host: "b", user: "me" } };
        const { id, outs } = await handler().create(nothing);
        world.machine("b").behindOurBack.createNamespace("root/nowhere");
        world.afterApply = () => {
            if (world.asked.at(-1) === "apply b") world.stopped = true;
        };
        await partial(handler().update(id, outs, there));
        expect(flag("root/nowhere", "b")).toBe(true);
        world.stopped = false;
        world.afterApply = () => undefined;
        expect((await handler().read(id, outs)).outs["unfinishedMoves"]).toMatchObject([{ host: "b" }]);
    });

    test("a ledger that names a host makes nobody connect to it", async () => {
        const { id, outs } = await handler().create(at("a"));
        const { machine } = outs as { machine: string };
        const to = { host: "evil; rm -rf /", machine: "m" };
        const note = { v: 1, machine, owner: "org/policy", stamp: id, to, since: "x" };
        world.machine("a").behindOurBack.setLedger(`move:${id}:0`, JSON.stringify(note));
        world.asked.length = 0;
        const read = await handler().read(id, outs);
        expect(world.said.at(-1)).toMatch(/WMISEC_FORGET set to that name$/);
        await handler().update(id, read.outs, at("a"));
        expect(world.asked.every((one) => one.endsWith(" a"))).toBe(true);
    });

    test("a note of ours that can't be read is an error, and that of somebody else is none", async () => {
        const { id, outs } = await handler().create(at("a"));
        world.machine("a").behindOurBack.setLedger("move:another:0", "{}");
        await handler().read(id, outs);
        world.machine("a").behindOurBack.setLedger(`move:${id}:0`, "{}");
        await expect(handler().read(id, outs)).rejects.toMatchObject({ code: "ledgerGarbled" });
    });
});

describe("a delete that finds another life of the resource in the ledger", () => {
    const run = (programRuns: boolean): AskedLives => {
        const lives = new AskedLives(async () => programRuns);
        world.known = lives;
        return lives;
    };

    async function twoLives() {
        const old = await handler().create(inputs());
        await handler().create(inputs(BOTH));
        return old;
    }

    test("in a destroy, where nobody asked for that one: it is released with it, with a warning at the end", async () => {
        const { id, outs } = await twoLives();
        const lives = run(false);
        lives.add(id);
        await handler().delete(id, outs);
        expect([flag("root/contoso"), flag("root/other")]).toEqual([false, false]);
        expect(world.machine("a").ledger()).toEqual({});
        expect(lives.ofUnknown[0]).toMatch(/^a: root\/contoso is released: a former life of this resource declared it \(life-2/);
    });

    test("also after a refresh, which found that the entry is not this life's", async () => {
        const { id, outs } = await twoLives();
        run(false);
        const read = await handler().read(id, outs);
        expect(read.outs["owner"]).toBe("absent");
        expect(world.said.at(-1)).toContain("the ledger names another life of this resource (life-2");
        await handler().delete(id, read.outs);
        expect(world.machine("a").ledger()).toEqual({});
    });

    test("in a destroy that was asked for that one, too: it leaves by itself", async () => {
        const { id, outs } = await twoLives();
        run(false).add("life-2");
        await handler().delete(id, outs);
        expect(flag("root/contoso")).toBe(true);
        expect(world.said).toEqual([]);
    });

    test("a replacement that declares less releases what the engine asks about last: silent", async () => {
        const { id, outs } = await handler().create(inputs(BOTH));
        const lives = run(true);
        lives.declares("life-2", (await handler().create(inputs())).outs);
        expect(flag("root/other")).toBe(false);
        expect(world.said.filter((one) => one.includes("former life"))).toEqual([]);
        // As long as nobody asks, it may be the life of another backend's stack.
        expect(lives.ofUnknown).toEqual([expect.stringMatching(/^a: root\/other is released: a former life of this resource/)]);
        await handler().delete(lives.add(id, outs), outs);
        expect(lives.ofUnknown).toEqual([]);
        expect(world.said.filter((one) => one.startsWith("warn"))).toEqual([]);
    });

    test("while a program runs that replaced it: silent, whoever is asked first", async () => {
        const lives = run(true);
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
        const lives = run(true);
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
        run(true).add("life-2");
        await handler().delete(id, outs);
        expect(flag("root/contoso")).toBe(true);
        run(true);
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
    const run = (): AskedLives => {
        const lives = new AskedLives(async () => true);
        world.known = lives;
        return lives;
    };

    /** What the killed move left on b has the stamp of the life that is replaced, and the state of that one knows a only. */
    async function replacedOnB(fails: boolean) {
        world.machine("b").behindOurBack.createNamespace("root/other");
        const old = await handler().create(at("a", { namespaces: BOTH }));
        const moved = killed(() => handler().update(old.id, old.outs, at("b", { namespaces: BOTH })));
        // The note on a comes first: what kills is the end of the write on b.
        world.afterApply = () => {
            if (world.asked.at(-1) === "apply b") throw new Error("killed");
        };
        await moved;
        expect([flag("root/contoso", "b"), flag("root/other", "b")]).toEqual([true, true]);
        const lives = run();
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
        world.carriedOut = ({ length }) => length;
        world.afterApply = () => undefined;
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
            const lives = run();
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
            const later = run();
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

describe("a ledger that names us for more than there is", () => {
    const CLAIMED = 250;

    function claim(names: readonly string[], machine: string): void {
        const entry = { v: 1, machine, before: false, owners: [{ owner: "org/policy", stamp: "z", wants: true }], since: "x" };
        for (const name of names) world.machine("a").behindOurBack.setLedger(name, JSON.stringify(entry));
    }

    test("all are released at once", async () => {
        const { id, outs } = await handler().create(inputs());
        claim(
            Array.from({ length: CLAIMED }, (_, index) => `namespace:root/n${index}`),
            String(outs["machine"]),
        );
        world.asked.length = 0;
        const read = await handler().read(id, outs);
        expect(Object.keys(read.outs["undeclared"] as object)).toHaveLength(50);
        expect(world.said.at(-1)).toMatch(/and 200 more that nobody declares$/);
        await handler().update(id, read.outs, inputs());
        expect(Object.keys(world.machine("a").ledger())).toEqual([ITEM]);
        expect(world.asked.filter((one) => one === "apply a")).toHaveLength(1);
    });

    test("a host that says that a release is done, and whose ledger says otherwise, is an error that names both", async () => {
        const { id, outs } = await handler().create(inputs());
        claim(["namespace:root/n1", "namespace:root/n2"], String(outs["machine"]));
        const read = await handler().read(id, outs);
        const real = world.machine("a").registry;
        const set = real.set.bind(real);
        real.set = (key, name, value) => (name.startsWith("namespace:root/n") ? undefined : set(key, name, value));
        const error = await handler()
            .update(id, read.outs, inputs())
            .catch((thrown: unknown) => thrown);
        expect(String(error)).toContain("the ledger still names this resource for root/n1 and 1 more");
        expect(world.asked.length).toBeLessThan(20);
    });
});
