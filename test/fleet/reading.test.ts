import { failure } from "../errors";
import { CONTOSO, TRUE } from "../inputs";
import { DeployedFleet, FleetWorld, fleetOf } from "./fleetWorld";

let world: FleetWorld;
let fleet: DeployedFleet;
beforeEach(() => {
    world = new FleetWorld();
    fleet = new DeployedFleet(world);
});

const HOSTS = ["a", "b", "c", "d"];
const drift = (...hosts: string[]) => {
    for (const host of hosts) world.machine(host).behindOurBack.setFlag("root/contoso", false);
};

test("a refresh tells what differs, and on which hosts; the next update heals them alone", async () => {
    await fleet.up(fleetOf(HOSTS));
    drift("b", "d");
    world.machine("c").behindOurBack.loseLedger();
    await fleet.refresh();
    expect(fleet.counts).toEqual({ hosts: 4, compliant: 1, drifted: 3 });
    expect(fleet.outs?.["drift"]).toEqual({
        "root/contoso is false, declared true": "b, d",
        "the ledger has no entry for this resource": "c",
    });
    expect(fleet.inputs["drift"]).toEqual(fleet.outs?.["drift"]);
    expect(world.said).toContain("info root/contoso is false, declared true: b, d");
    expect(fleet.isDifferent(fleetOf(HOSTS))).toBe(true);
    world.fresh();
    await fleet.up(fleetOf(HOSTS));
    expect(world.askedHosts).toEqual(["b", "c", "d"]);
    expect(world.flags(...HOSTS)).toEqual([true, true, true, true]);
    expect(fleet.counts).toEqual({ hosts: 4, compliant: 4 });
    expect(fleet.outs).not.toHaveProperty("drift");
    expect(fleet.inputs).not.toHaveProperty("drift");
});

test("a refresh that finds nothing changes nothing, and writes nothing", async () => {
    await fleet.up(fleetOf(HOSTS));
    const { outs } = fleet;
    world.fresh();
    await fleet.refresh();
    expect(fleet.outs).toEqual(outs);
    expect(world.writtenHosts).toEqual([]);
    expect(world.asked).toHaveLength(2 * HOSTS.length);
});

test("during a refresh the engine swaps what it compares: the result is the same", async () => {
    await fleet.up(fleetOf(HOSTS));
    const before = { outs: fleet.outs ?? {}, inputs: fleet.inputs };
    const handler = world.fleet();
    expect(handler.diff(before.outs, before.inputs)).toEqual({});
    drift("a");
    await fleet.refresh();
    // The live state against the recorded inputs, and the other way round.
    expect(handler.diff(fleet.outs ?? {}, before.inputs)).toEqual({});
    expect(handler.diff(before.outs, fleet.inputs)).toEqual({});
    // Nothing but a condition that asks for an update.
    world.machine("a").behindOurBack.setFlag("root/contoso", true);
    await fleet.refresh();
    expect(handler.diff(fleet.outs ?? {}, before.inputs)).toEqual({});
});

describe("hosts that can't be read", () => {
    test("do not fail the refresh, stand in drift, are asked by the next update, and fail it after the others", async () => {
        await fleet.up(fleetOf(HOSTS));
        drift("b");
        world.machine("a").faults.on("notElevated", {});
        await fleet.refresh();
        expect(fleet.counts).toEqual({ hosts: 4, compliant: 2, drifted: 1, failed: 1 });
        expect(fleet.outs?.["drift"]).toEqual({
            "could not be read: notElevated: the account is not an elevated administrator": "a",
            "root/contoso is false, declared true": "b",
        });
        expect(fleet.outs?.["errors"]).toMatchObject([{ host: "a", code: "notElevated" }]);
        world.fresh();
        expect((await failure(fleet.up(fleetOf(HOSTS)))).summary).toBe("1 of 4 hosts failed");
        expect(world.askedHosts).toEqual(["a", "b"]);
        expect(world.flags("b")).toEqual([true]);
        world.machine("a").faults.off();
        await fleet.up(fleetOf(HOSTS));
        expect(fleet.counts).toEqual({ hosts: 4, compliant: 4 });
    });

    test("one whose namespace is denied is counted as denied", async () => {
        await fleet.up(fleetOf(HOSTS));
        world.machine("a").faults.on("namespaceDenied", { paths: ["root/contoso"] });
        await fleet.refresh();
        expect(fleet.counts).toEqual({ hosts: 4, compliant: 3, denied: 1 });
        expect(Object.values(fleet.outs?.["drift"] ?? {})).toEqual(["a"]);
    });
});

test('ignoreChanges: ["drift"] leaves drifted hosts as they are', async () => {
    await fleet.up(fleetOf(HOSTS));
    drift("a");
    await fleet.refresh();
    const ignoring = fleetOf(HOSTS, { drift: fleet.inputs["drift"] });
    // A refresh that has stored the drift must not hide it: the next update says that it is left.
    expect(fleet.isDifferent(ignoring)).toBe(true);
    await fleet.up(ignoring);
    expect(fleet.isDifferent(ignoring)).toBe(false);
    await fleet.up(fleetOf([...HOSTS, "e"], { drift: fleet.inputs["drift"] }));
    expect(world.flags("a", "e")).toEqual([false, true]);
    expect(fleet.counts).toEqual({ hosts: 5, compliant: 4, drifted: 1 });
    await fleet.up(fleetOf([...HOSTS, "e"]));
    expect(world.flags("a")).toEqual([true]);
});

test("drift that is ignored is healed when something else about the host changes", async () => {
    await fleet.up(fleetOf(HOSTS));
    drift("a");
    await fleet.refresh();
    const ignoring = { drift: fleet.inputs["drift"] };
    await fleet.up(fleetOf(HOSTS, ignoring));
    expect(world.flags("a")).toEqual([false]);
    await fleet.up(fleetOf(HOSTS, { ...ignoring, connection: { user: "you" } }));
    expect(world.flags("a")).toEqual([true]);
    expect(fleet.counts).toEqual({ hosts: 4, compliant: 4 });
});

describe("a change that concerns no item", () => {
    const withUser = (user: string, more: object = {}) => fleetOf(HOSTS, { connection: { user }, ...more });

    test("asks no host, and each keeps its condition", async () => {
        const skips = { namespaces: { ...CONTOSO, "root/none": { ...TRUE, whenMissing: "skip" } } };
        world.machine("a").behindOurBack.createNamespace("root/none");
        await fleet.up(withUser("me", skips));
        expect(fleet.counts).toEqual({ hosts: 4, compliant: 1, skipped: 3 });
        world.silent.add("b");
        await fleet.refresh();
        world.fresh();
        await fleet.up(withUser("you", skips));
        expect(world.asked).toEqual([]);
        expect(fleet.counts).toEqual({ hosts: 4, compliant: 1, skipped: 2, unreachable: 1 });
        expect(await fleet.up(withUser("you", skips))).toBe(false);
        await fleet.destroy().catch(() => undefined);
        expect(world.flags("a", "c", "d").map(Boolean)).toEqual([false, false, false]);
    });

    test("asks those that drifted or failed", async () => {
        await fleet.up(withUser("me"));
        drift("a");
        world.machine("b").faults.on("notElevated", {});
        await fleet.refresh();
        world.machine("b").faults.off();
        world.fresh();
        await fleet.up(withUser("you"));
        expect(world.askedHosts).toEqual(["a", "b"]);
        expect(fleet.counts).toEqual({ hosts: 4, compliant: 4 });
    });
});

describe("evidence", () => {
    const refusing = fleetOf(HOSTS, { evidence: { since: "1d" } });

    test("the hosts that refused most clients are told, with how many", async () => {
        await fleet.up(refusing);
        expect(fleet.outs?.["refusedClients"]).toEqual({});
        for (const host of ["a", "b", "b"]) world.machine(host).behindOurBack.refuseClient("root/contoso");
        await fleet.refresh();
        expect(Object.entries(fleet.outs?.["refusedClients"] ?? {})).toEqual([
            ["b", 2],
            ["a", 1],
        ]);
        expect(fleet.isDifferent(refusing)).toBe(false);
    });

    test("an update of some hosts keeps what is known of the others, and forgets those that leave", async () => {
        await fleet.up(refusing);
        for (const host of ["a", "b", "b"]) world.machine(host).behindOurBack.refuseClient("root/contoso");
        await fleet.refresh();
        await fleet.up(fleetOf(["a", "c", "d", "e"], { evidence: { since: "1d" } }));
        expect(fleet.outs?.["refusedClients"]).toEqual({ a: 1 });
    });

    test("without it no log is read, and what was known goes", async () => {
        await fleet.up(refusing);
        await fleet.up(fleetOf(HOSTS));
        expect(fleet.outs).not.toHaveProperty("refusedClients");
        world.fresh();
        await fleet.refresh();
        expect(world.asked.filter((line) => line.startsWith("readEvents"))).toEqual([]);
    });
});

test("a host that another one answers for now, because it was rebuilt, is healed", async () => {
    await fleet.up(fleetOf(HOSTS));
    world.machine("a").rebuild({ namespaces: { "root/contoso": false } });
    await fleet.refresh();
    expect(Object.keys(fleet.outs?.["drift"] ?? {}).join()).toMatch(/another machine answers/);
    await fleet.up(fleetOf(HOSTS));
    expect(world.flags("a")).toEqual([true]);
    expect(fleet.counts).toEqual({ hosts: 4, compliant: 4 });
    await fleet.destroy();
    expect(world.flags(...HOSTS).map(Boolean)).toEqual([false, false, false, false]);
});

test("a host may have the name of a property that every object has", async () => {
    const names = ["constructor", "toString", "b"];
    await fleet.up(fleetOf(names));
    await fleet.up(fleetOf(["b", "c"], { allowHostLoss: true }));
    expect(fleet.counts).toEqual({ hosts: 2, compliant: 2 });
    expect(world.owners("constructor")).toEqual([]);
});
