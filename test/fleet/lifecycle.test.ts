import { codeOf, failure } from "../errors";
import { CONTOSO, TRUE } from "../inputs";
import { DeployedFleet, FleetWorld, fleetOf } from "./fleetWorld";

let world: FleetWorld;
let fleet: DeployedFleet;
beforeEach(() => {
    world = new FleetWorld();
    fleet = new DeployedFleet(world);
});

const ABC = ["a", "b", "c"];

test("a create makes every host as declared, and counts them", async () => {
    await fleet.up(fleetOf(ABC));
    expect(world.flags(...ABC)).toEqual([true, true, true]);
    expect(fleet.counts).toEqual({ hosts: 3, compliant: 3 });
    expect(world.owners("b")).toEqual(["org/fleet#b"]);
    expect(fleet.outs).not.toHaveProperty("errors");
    expect(fleet.outs).not.toHaveProperty("drift");
});

test("both policies of a host are set in one session: two requests", async () => {
    await fleet.up(fleetOf(["a"], { checkAccess: true }));
    expect(world.asked).toEqual(["machine a", "observe a", "apply a"]);
    expect(world.machine("a").writes.items.map(({ kind }) => kind)).toEqual(["namespace", "value"]);
});

test("if nothing changed, no host is asked", async () => {
    await fleet.up(fleetOf(ABC));
    world.fresh();
    expect(await fleet.up(fleetOf(ABC))).toBe(false);
    expect(world.asked).toEqual([]);
});

test("a change of what concerns no host is recorded, and no host is asked", async () => {
    await fleet.up(fleetOf(ABC));
    world.fresh();
    expect(await fleet.up(fleetOf(ABC, { concurrency: 5, maxChanges: "10%", whenHostLeaves: "restore" }))).toBe(true);
    expect(world.asked).toEqual([]);
    expect(fleet.counts).toEqual({ hosts: 3, compliant: 3 });
    expect(await fleet.up(fleetOf(ABC, { concurrency: 5, maxChanges: "10%", whenHostLeaves: "restore" }))).toBe(false);
});

test.each<[string, object]>([
    ["added", { a: {}, b: {}, c: {}, d: {} }],
    ["changed", { a: {}, b: {}, c: {}, d: { namespaces: { "root/cimv2": TRUE } } }],
])("a host that is %s is the only one that is asked", async (_what, hosts) => {
    await fleet.up(fleetOf(_what === "added" ? ABC : [...ABC, "d"]));
    world.fresh();
    await fleet.up(fleetOf(hosts));
    expect(world.askedHosts).toEqual(["d"]);
    expect(world.writtenHosts).toEqual(["d"]);
    expect(fleet.counts).toEqual({ hosts: 4, compliant: 4 });
});

test("a host that is removed is the only one that is asked", async () => {
    await fleet.up(fleetOf(ABC));
    world.fresh();
    await fleet.up(fleetOf(["a", "c"]));
    expect(world.askedHosts).toEqual(["b"]);
    expect(fleet.counts).toEqual({ hosts: 2, compliant: 2 });
});

test("a host's own namespaces and checkAccess take the place of the fleet's", async () => {
    const hosts = { a: {}, b: { namespaces: { "ROOT\\contoso": { requiresEncryption: false } }, checkAccess: false } };
    await fleet.up(fleetOf(hosts, { checkAccess: true }));
    expect(world.flags("a", "b").map(Boolean)).toEqual([true, false]);
    expect(world.machine("a").writes.items.map(({ kind }) => kind)).toEqual(["namespace", "value"]);
    expect(world.machine("b").writes.items).toEqual([]);
});

describe("partial failures", () => {
    beforeEach(() => world.machine("b").faults.on("mofcompExit", { exit: 1 }));

    test("the others are done and kept, and the next update does the rest alone", async () => {
        const error = await failure(fleet.up(fleetOf(ABC)));
        expect(error).toMatchObject({ code: "hostsFailed", summary: "1 of 3 hosts failed" });
        expect(error.message).toContain("b: mofRejected");
        expect(world.flags("a", "c")).toEqual([true, true]);
        expect(fleet.counts).toEqual({ hosts: 3, compliant: 2, failed: 1 });
        expect(fleet.outs?.["errors"]).toMatchObject([{ host: "b", code: "mofRejected", message: expect.stringContaining("mofcomp") }]);
        world.machine("b").faults.off();
        world.fresh();
        await fleet.up(fleetOf(ABC));
        expect(world.askedHosts).toEqual(["b"]);
        expect(world.flags("b")).toEqual([true]);
        expect(fleet.counts).toEqual({ hosts: 3, compliant: 3 });
        expect(fleet.outs).not.toHaveProperty("errors");
    });

    test("a preview tells that something is left to do", async () => {
        await failure(fleet.up(fleetOf(ABC)));
        expect(fleet.isDifferent(fleetOf(ABC))).toBe(true);
    });

    test("a host that failed halfway is restored by a destroy", async () => {
        await failure(fleet.up(fleetOf(ABC, { checkAccess: true })));
        world.machine("b").faults.off();
        await fleet.destroy();
        expect(world.flags(...ABC).map(Boolean)).toEqual([false, false, false]);
        expect(ABC.map((host) => world.machine(host).ledger())).toEqual([{}, {}, {}]);
    });
});

test("a create in which every host fails before a write leaves no state", async () => {
    for (const host of ABC) world.machine(host).faults.on("notElevated", {});
    expect(await codeOf(fleet.up(fleetOf(ABC)))).toBe("hostsFailed");
    expect(fleet.outs).toBeUndefined();
});

test("a fleet without hosts can be said to be meant", async () => {
    const none = fleetOf([], { allowHostLoss: true });
    await fleet.up(none);
    expect(fleet.outs?.["counts"]).toMatchObject({ hosts: 0 });
    expect(await fleet.up(none)).toBe(false);
    await fleet.destroy();
    expect(world.asked).toEqual([]);
});

describe("destroy", () => {
    test("restores what stood there first on every host", async () => {
        world.machine("b").behindOurBack.setFlag("root/contoso", false);
        await fleet.up(fleetOf(ABC));
        await fleet.destroy();
        expect(world.flags(...ABC).map(Boolean)).toEqual([false, false, false]);
        expect(ABC.map((host) => world.owners(host))).toEqual([undefined, undefined, undefined]);
    });

    test('onDelete: "leave" leaves the hosts as they are', async () => {
        await fleet.up(fleetOf(ABC, { onDelete: "leave" }));
        await fleet.destroy();
        expect(world.flags(...ABC)).toEqual([true, true, true]);
        expect(ABC.map((host) => world.owners(host))).toEqual([undefined, undefined, undefined]);
    });

    test("a host that does not answer makes it fail after the others; the next destroy finishes", async () => {
        await fleet.up(fleetOf(ABC));
        world.silent.add("b");
        const error = await failure(fleet.destroy());
        expect(error).toMatchObject({ code: "hostsFailed", summary: "1 of 3 hosts could not be released" });
        expect(error.details.remedy).toContain("the next pulumi destroy tries these hosts again");
        expect(world.owners("a")).toBeUndefined();
        expect(world.owners("b")).toEqual(["org/fleet#b"]);
        // It stands there again, and nothing says by whom.
        world.machine("a").behindOurBack.setFlag("root/contoso", true);
        world.silent.clear();
        world.fresh();
        await fleet.destroy();
        expect(world.owners("b")).toBeUndefined();
        expect(world.flags(...ABC).map(Boolean)).toEqual([false, false, false]);
    });

    test("WMISEC_FORGET passes over a host that is gone for good, with a warning", async () => {
        await fleet.up(fleetOf(ABC));
        world.silent.add("b");
        world.forget.add("b");
        await fleet.destroy();
        expect(world.said.join("\n")).toMatch(/warn b: .*did not answer; it is left as it is, as WMISEC_FORGET says/);
    });
});

test("what handlers warn of many hosts is said in one line", async () => {
    await fleet.up(fleetOf(ABC));
    for (const host of ABC) world.silent.add(host);
    for (const host of ABC) world.forget.add(host);
    await fleet.destroy();
    expect(world.said.filter((line) => line.startsWith("warn"))).toEqual([
        "warn a, b, c: did not answer; it is left as it is, as WMISEC_FORGET says. If it comes back, its ledger still names org/fleet for namespace:root/contoso",
    ]);
});

test("an old owner is evicted by the fleet's name for each host", async () => {
    const former = new DeployedFleet(world);
    await former.up(fleetOf(ABC, { owner: "org/gone", namespaces: { "root/contoso": { requiresEncryption: false } } }));
    const error = await failure(fleet.up(fleetOf(ABC)));
    expect(error.message).toMatch(/ownedByAnother/);
    world.evict.add("org/gone");
    await fleet.up(fleetOf(ABC));
    expect(ABC.map((host) => world.owners(host))).toEqual(ABC.map((host) => [`org/fleet#${host}`]));
    expect(world.said.filter((line) => line.includes("WMISEC_EVICT"))).toEqual([
        "warn a, b, c: root/contoso: WMISEC_EVICT removes the owner org/gone, who wanted false",
    ]);
});

test("an owner is evicted for one host by its whole name", async () => {
    const former = new DeployedFleet(world);
    await former.up(fleetOf(["a", "b"], { owner: "org/gone" }));
    await fleet.up(fleetOf(["a", "b"], { namespaces: { ...CONTOSO } }));
    world.evict.add("org/gone#a");
    await fleet.up(fleetOf({ a: { checkAccess: true }, b: { checkAccess: true } }));
    expect([world.owners("a"), world.owners("b")]).toEqual([["org/fleet#a"], ["org/gone#b", "org/fleet#b"]]);
});
