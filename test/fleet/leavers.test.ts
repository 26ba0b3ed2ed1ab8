import { failure } from "../errors";
import { TRUE } from "../inputs";
import { DeployedFleet, FleetWorld, fleetOf, stayedEncrypted } from "./fleetWorld";

let world: FleetWorld;
let fleet: DeployedFleet;
beforeEach(() => {
    world = new FleetWorld();
    fleet = new DeployedFleet(world);
});

const RESTORE = { whenHostLeaves: "restore" };
/** A connection to that address. */
const at = (host: string) => ({ connection: { host } });

describe("a host that leaves", () => {
    test("stays as it is, and its ledger keeps the original value without an owner", async () => {
        await fleet.up(fleetOf(["a", "b", "c"]));
        await fleet.up(fleetOf(["a", "c"]));
        expect(world.flags("b")).toEqual([true]);
        expect(world.owners("b")).toEqual([]);
        expect(JSON.parse(world.machine("b").ledger()["namespace:root/contoso"] ?? "")).toMatchObject({ before: "absent", written: true });
        await fleet.destroy();
        expect(world.flags("b")).toEqual([true]);
    });

    test("whoever declares it next restores what stood there first", async () => {
        await fleet.up(fleetOf(["a", "b", "c"]));
        await fleet.up(fleetOf(["a", "c"]));
        const next = new DeployedFleet(world);
        await next.up(fleetOf(["b"], { owner: "org/next" }));
        expect(stayedEncrypted(world.machine("b"))).toBe(true);
        await next.destroy();
        expect(world.flags("b").map(Boolean)).toEqual([false]);
        expect(world.owners("b")).toBeUndefined();
    });

    test.each([false, true])("and whose ledger was lost gets the original value from the state (after a refresh: %s)", async (refresh) => {
        await fleet.up(fleetOf(["a", "b", "c"]));
        world.machine("b").behindOurBack.loseLedger();
        await fleet.up(fleetOf(["a", "c"]), { refresh });
        expect(world.flags("b")).toEqual([true]);
        expect(world.owners("b")).toEqual([]);
        const next = new DeployedFleet(world);
        await next.up(fleetOf(["b"], { owner: "org/next" }));
        await next.destroy();
        expect(world.flags("b").map(Boolean)).toEqual([false]);
        expect(world.owners("b")).toBeUndefined();
        expect(world.said.filter((line) => line.startsWith("warn"))).toEqual([]);
    });

    test('is restored with whenHostLeaves: "restore"', async () => {
        await fleet.up(fleetOf(["a", "b", "c"], RESTORE));
        await fleet.up(fleetOf(["a", "c"], RESTORE));
        expect(world.flags("b").map(Boolean)).toEqual([false]);
        expect(world.owners("b")).toBeUndefined();
        expect(world.flags("a", "c")).toEqual([true, true]);
    });

    test("and does not answer: it is left with a warning that names its entry", async () => {
        await fleet.up(fleetOf(["a", "b", "c"]));
        world.silent.add("b");
        await fleet.up(fleetOf(["a", "c"]));
        expect(fleet.counts).toEqual({ hosts: 2, compliant: 2 });
        expect(world.said.join("\n")).toMatch(/warn b: did not answer; it is left as it is, as whenHostLeaves: "leave" says.*org\/fleet#b/);
        expect(await fleet.up(fleetOf(["a", "c"]))).toBe(false);
    });

    test("and does not answer, with restore: it is kept in the state, and the next update tries again", async () => {
        await fleet.up(fleetOf(["a", "b", "c"], RESTORE));
        world.silent.add("b");
        await fleet.up(fleetOf(["a", "c"], RESTORE));
        expect(fleet.counts).toEqual({ hosts: 3, compliant: 2, unreachable: 1 });
        expect(fleet.isDifferent(fleetOf(["a", "c"], RESTORE))).toBe(true);
        world.silent.clear();
        world.fresh();
        await fleet.up(fleetOf(["a", "c"], RESTORE));
        expect(world.askedHosts).toEqual(["b"]);
        expect(world.flags("b").map(Boolean)).toEqual([false]);
        expect(fleet.counts).toEqual({ hosts: 2, compliant: 2 });
    });

    test("and can't be restored: the update fails, and the next one does it", async () => {
        await fleet.up(fleetOf(["a", "b", "c"], RESTORE));
        world.machine("b").faults.on("mofcompExit", { exit: 1 });
        expect((await failure(fleet.up(fleetOf(["a", "c"], RESTORE)))).summary).toBe("1 of 3 hosts failed");
        world.machine("b").faults.off();
        await fleet.up(fleetOf(["a", "c"], RESTORE));
        expect(world.owners("b")).toBeUndefined();
    });

    test("and comes back after it could not be let go: it is asked, and is the fleet's again", async () => {
        await fleet.up(fleetOf(["a", "b", "c"]));
        // The connection is cut: whether its ledger still names the fleet, nobody knows. It does not.
        world.afterApply = () => {
            throw new Error("cut");
        };
        await failure(fleet.up(fleetOf(["a", "c"])));
        world.undisturbed();
        expect(world.owners("b")).toEqual([]);
        await fleet.up(fleetOf(["a", "b", "c"]));
        expect(world.owners("b")).toEqual(["org/fleet#b"]);
        expect(stayedEncrypted(world.machine("b"))).toBe(true);
    });

    test("is left alone by a destroy that follows, even with what it could not be released from", async () => {
        await fleet.up(fleetOf(["a", "b", "c"], RESTORE));
        world.silent.add("b");
        await fleet.up(fleetOf(["a", "c"], RESTORE));
        world.silent.clear();
        await fleet.destroy();
        expect(world.owners("b")).toBeUndefined();
        expect(world.flags("b").map(Boolean)).toEqual([false]);
    });
});

describe("a machine whose name and address in the program are both new, under restore", () => {
    const FULL = "web.contoso.test";
    beforeEach(async () => {
        await fleet.up(fleetOf(["web", "b", "c"], RESTORE));
        world.machines.set(FULL, world.machine("web"));
    });

    test.each<[string, () => void, object]>([
        ["does not answer", () => void world.silent.add(FULL), {}],
        ["fails", () => void world.machine(FULL).faults.on("notElevated", {}), {}],
        [
            "does not answer, in a ring that tolerates it",
            () => void world.silent.add(FULL),
            { rings: [{ name: "first", hosts: ["b", FULL] }, { name: "rest" }] },
        ],
    ])("%s: it is not let go of under its old name before, and a line says what waits for what", async (_how, breaks, more) => {
        breaks();
        const news = fleetOf([FULL, "b", "c"], { ...RESTORE, ...more });
        await fleet.up(news).catch(() => undefined);
        expect(world.owners("web")).toEqual(["org/fleet#web"]);
        expect(world.said.join("\n")).toMatch(/warn web: not restored yet\. web\.contoso\.test could not be done, and may be another name/);
        world.silent.clear();
        world.machine(FULL).faults.off();
        await fleet.up(news);
        expect(world.owners("web")).toEqual([`org/fleet#${FULL}`]);
        expect(stayedEncrypted(world.machine("web"))).toBe(true);
        expect(fleet.counts).toEqual({ hosts: 3, compliant: 3 });
    });
});

describe.each([
    ["leave", {}],
    ["restore", RESTORE],
])("whenHostLeaves: %s", (_how, more) => {
    test("a host with another name in the program stays encrypted, and belongs to the new name", async () => {
        await fleet.up(fleetOf(["a", "b", "c"], more));
        await fleet.up(fleetOf({ a: {}, c: {}, renamed: at("b") }, more));
        expect(world.owners("b")).toEqual(["org/fleet#renamed"]);
        expect(stayedEncrypted(world.machine("b"))).toBe(true);
        expect(fleet.counts).toEqual({ hosts: 3, compliant: 3 });
        await fleet.destroy();
        expect(world.flags("b").map(Boolean)).toEqual([false]);
        expect(world.owners("b")).toBeUndefined();
    });

    test("a host with another name that fails: it is not let go of under the old one before", async () => {
        await fleet.up(fleetOf(["a", "b", "c"], more));
        world.machine("b").faults.on("notElevated", {});
        const news = fleetOf({ a: {}, c: {}, renamed: at("b") }, more);
        await failure(fleet.up(news));
        expect(world.owners("b")).toEqual(["org/fleet#b"]);
        world.machine("b").faults.off();
        await fleet.up(news);
        expect(world.owners("b")).toEqual(["org/fleet#renamed"]);
        expect(stayedEncrypted(world.machine("b"))).toBe(true);
    });

    test("one machine under two names: it belongs to both, and stays encrypted when one goes", async () => {
        world.machines.set("b", world.machine("a"));
        await fleet.up(fleetOf(["a", "b", "c"], more));
        expect([...(world.owners("a") ?? [])].sort()).toEqual(["org/fleet#a", "org/fleet#b"]);
        await fleet.up(fleetOf(["b", "c"], more));
        expect(world.owners("a")).toEqual(["org/fleet#b"]);
        expect(stayedEncrypted(world.machine("a"))).toBe(true);
        await fleet.destroy();
        expect(world.owners("a")).toBeUndefined();
        expect(world.flags("a").map(Boolean)).toEqual([false]);
    });

    test.each([1, 64])("two hosts whose addresses are swapped stay encrypted (concurrency %i)", async (concurrency) => {
        const all = { ...more, concurrency };
        await fleet.up(fleetOf({ one: at("a"), two: at("b"), c: {} }, all));
        await fleet.up(fleetOf({ one: at("b"), two: at("a"), c: {} }, all));
        expect([world.owners("a"), world.owners("b")]).toEqual([["org/fleet#two"], ["org/fleet#one"]]);
        expect(["a", "b"].map((host) => stayedEncrypted(world.machine(host)))).toEqual([true, true]);
        expect(fleet.counts).toEqual({ hosts: 3, compliant: 3 });
        expect(fleet.isDifferent(fleetOf({ one: at("b"), two: at("a"), c: {} }, all))).toBe(false);
        await fleet.destroy();
        expect(world.flags("a", "b").map(Boolean)).toEqual([false, false]);
        expect([world.owners("a"), world.owners("b")]).toEqual([undefined, undefined]);
    });

    test("swapped addresses, and one of the hosts is in a ring that is not reached: nothing is let go of before", async () => {
        const rings = [{ name: "first", hosts: ["one"] }, { name: "second" }];
        await fleet.up(fleetOf({ one: at("a"), two: at("b"), c: {} }, { ...more, rings }));
        world.afterApply = () => void world.machine("a").faults.on("notElevated", {});
        const news = fleetOf({ one: at("b"), two: at("a"), c: {} }, { ...more, rings });
        await fleet.up(news).catch(() => undefined);
        world.undisturbed();
        expect(["a", "b"].map((host) => stayedEncrypted(world.machine(host)))).toEqual([true, true]);
        world.machine("a").faults.off();
        await fleet.up(news);
        expect([world.owners("a"), world.owners("b")]).toEqual([["org/fleet#two"], ["org/fleet#one"]]);
        expect(["a", "b"].map((host) => stayedEncrypted(world.machine(host)))).toEqual([true, true]);
        expect(fleet.counts).toEqual({ hosts: 3, compliant: 3 });
    });
});

test("a host at another address: the machine that it left stays as it is, with its original value", async () => {
    await fleet.up(fleetOf({ one: at("a"), c: {} }));
    await fleet.up(fleetOf({ one: at("b"), c: {} }));
    expect(world.flags("a", "b")).toEqual([true, true]);
    expect([world.owners("a"), world.owners("b")]).toEqual([[], ["org/fleet#one"]]);
    expect(fleet.counts).toEqual({ hosts: 2, compliant: 2 });
});

test("a host at another address, with restore: the machine that it left is restored", async () => {
    await fleet.up(fleetOf({ one: at("a"), c: {} }, RESTORE));
    await fleet.up(fleetOf({ one: at("b"), c: {} }, RESTORE));
    expect(world.flags("a", "b").map(Boolean)).toEqual([false, true]);
    expect([world.owners("a"), world.owners("b")]).toEqual([undefined, ["org/fleet#one"]]);
    expect(fleet.counts).toEqual({ hosts: 2, compliant: 2 });
    expect(fleet.isDifferent(fleetOf({ one: at("b"), c: {} }, RESTORE))).toBe(false);
});

test("a namespace that is no longer declared is restored on each host", async () => {
    const both = { namespaces: { "root/contoso": TRUE, "root/cimv2": TRUE } };
    await fleet.up(fleetOf(["a", "b"], both));
    await fleet.up(fleetOf(["a", "b"]));
    expect(["a", "b"].map((host) => Boolean(world.machine(host).flag("root/cimv2")))).toEqual([false, false]);
    expect(world.flags("a", "b")).toEqual([true, true]);
});
