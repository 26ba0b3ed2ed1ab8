import { MAX_LEDGER_ENTRIES } from "../../provider/core/limits";
import { conditionOf } from "../../provider/handlers/condition";
import type { Handler } from "../../provider/handlers/handler";
import { partial } from "../errors";
import { CONTOSO, inputs, inputsOn } from "../inputs";
import { HandlerWorld } from "./world";

/** A note in the ledger of the old machine tells of a move that was killed. */

const ITEM = "namespace:root/contoso";
const at = (host: string, more: object = {}) => inputsOn(host, CONTOSO, more);

let world: HandlerWorld;
beforeEach(() => {
    world = new HandlerWorld();
    world.machine("a").behindOurBack.createNamespace("root/other");
});
const handler = (): Handler => world.handler("WmiNamespaceSecurity");
const flag = (path: string, host = "a") => world.machine(host).flag(path) === true;

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
        world.undisturbed();
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
