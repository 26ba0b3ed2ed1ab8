import { failure } from "../errors";
import { DeployedFleet, FleetWorld, fleetOf, stayedEncrypted } from "./fleetWorld";

let world: FleetWorld;
let fleet: DeployedFleet;
beforeEach(() => {
    world = new FleetWorld();
    fleet = new DeployedFleet(world);
});

const exempt = (until = "2026-02-01", reason = "migration") => ({ exemption: { owner: "anna", reason, until } });
const withExempt = (until?: string, more: object = {}) => fleetOf({ a: {}, b: exempt(until), c: {} }, more);
const AFTER = "2026-02-01T00:00:00.000Z";
const JUST_BEFORE = "2026-01-31T23:59:59.999Z";

test("an exempt host is not asked, and is counted", async () => {
    await fleet.up(withExempt());
    expect(world.askedHosts).toEqual(["a", "c"]);
    expect(fleet.counts).toEqual({ hosts: 3, compliant: 2, exempt: 1 });
    world.fresh();
    expect(await fleet.up(withExempt(), { refresh: true })).toBe(false);
    expect(world.askedHosts).toEqual(["a", "c"]);
});

test("a host that becomes exempt stays as it is, and its entry stays without an owner", async () => {
    await fleet.up(fleetOf(["a", "b", "c"]));
    world.fresh();
    await fleet.up(withExempt());
    expect(world.askedHosts).toEqual(["b"]);
    expect([world.flags("b"), world.owners("b")]).toEqual([[true], []]);
    expect(fleet.counts).toEqual({ hosts: 3, compliant: 2, exempt: 1 });
    expect(await fleet.up(withExempt())).toBe(false);
});

test('a host that becomes exempt is restored with whenHostLeaves: "restore"', async () => {
    const more = { whenHostLeaves: "restore" };
    await fleet.up(fleetOf(["a", "b", "c"], more));
    await fleet.up(withExempt(undefined, more));
    expect(world.flags("a", "b").map(Boolean)).toEqual([true, false]);
});

test.each([
    ["leave", "exempt"],
    ["restore", "unreachable"],
])("whenHostLeaves: %s, and the host does not answer when it becomes exempt: it is %s", async (whenHostLeaves, condition) => {
    await fleet.up(fleetOf(["a", "b", "c"], { whenHostLeaves }));
    world.silent.add("b");
    const news = withExempt(undefined, { whenHostLeaves });
    await fleet.up(news);
    expect(fleet.counts).toEqual({ hosts: 3, compliant: 2, [condition]: 1 });
    expect(fleet.isDifferent(news)).toBe(condition === "unreachable");
    world.silent.clear();
    await fleet.up(news);
    expect(fleet.counts).toEqual({ hosts: 3, compliant: 2, exempt: 1 });
    expect(world.flags("b").map(Boolean)).toEqual([whenHostLeaves === "leave"]);
});

test("an exemption ends by the clock: a refresh finds that, and the update makes the host as declared", async () => {
    await fleet.up(withExempt());
    world.now = JUST_BEFORE;
    await fleet.refresh();
    expect(fleet.isDifferent(withExempt())).toBe(false);
    world.now = AFTER;
    await fleet.refresh();
    expect(fleet.outs?.["drift"]).toEqual({ "the exemption ended 2026-02-01": "b" });
    expect(fleet.counts).toEqual({ hosts: 3, compliant: 2, pending: 1 });
    expect(fleet.isDifferent(withExempt())).toBe(true);
    world.fresh();
    await fleet.up(withExempt());
    expect(world.askedHosts).toEqual(["b"]);
    expect(fleet.counts).toEqual({ hosts: 3, compliant: 3 });
    expect(fleet.outs).not.toHaveProperty("drift");
    expect(await fleet.up(withExempt(), { refresh: true })).toBe(false);
});

test("an exemption ends by the clock: an update for another reason sees it, too", async () => {
    await fleet.up(withExempt());
    world.now = AFTER;
    expect(await fleet.up(withExempt())).toBe(false);
    await fleet.up(fleetOf({ a: {}, b: exempt(), c: {}, d: {} }));
    expect(fleet.counts).toEqual({ hosts: 4, compliant: 4 });
});

test("an exemption that is changed, or taken away, is judged anew", async () => {
    await fleet.up(withExempt());
    await fleet.up(withExempt("2026-03-01"));
    expect(fleet.counts).toEqual({ hosts: 3, compliant: 2, exempt: 1 });
    await fleet.up(withExempt("2026-01-01"));
    expect(fleet.counts).toEqual({ hosts: 3, compliant: 3 });
    await fleet.up(withExempt("2026-03-01T10:00:00+02:00"));
    expect(fleet.counts).toEqual({ hosts: 3, compliant: 2, exempt: 1 });
    await fleet.up(fleetOf(["a", "b", "c"]));
    expect(fleet.counts).toEqual({ hosts: 3, compliant: 3 });
    expect(stayedEncrypted(world.machine("b"))).toBe(true);
    await fleet.destroy();
    expect(world.flags("b").map(Boolean)).toEqual([false]);
});

test("an exemption that was over from the beginning exempts nothing", async () => {
    await fleet.up(withExempt("2026-01-01"));
    expect(fleet.counts).toEqual({ hosts: 3, compliant: 3 });
    expect(await fleet.up(withExempt("2026-01-01"), { refresh: true })).toBe(false);
});

test("a host whose exemption ended while it does not answer is tried until it does", async () => {
    await fleet.up(withExempt());
    world.now = AFTER;
    world.silent.add("b");
    await fleet.up(withExempt(), { refresh: true });
    expect(fleet.counts).toEqual({ hosts: 3, compliant: 2, unreachable: 1 });
    expect(fleet.isDifferent(withExempt())).toBe(true);
    world.silent.clear();
    await fleet.up(withExempt());
    expect(fleet.counts).toEqual({ hosts: 3, compliant: 3 });
});

test("an exempt host with a mistake of its own fails nothing", async () => {
    world.machine("b").faults.on("notElevated", {});
    await fleet.up(withExempt());
    world.now = AFTER;
    await fleet.refresh();
    expect((await failure(fleet.up(withExempt()))).summary).toBe("1 of 3 hosts failed");
});
