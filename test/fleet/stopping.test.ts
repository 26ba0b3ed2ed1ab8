import { failure } from "../errors";
import { DeployedFleet, FleetWorld, fleetOf } from "./fleetWorld";

let world: FleetWorld;
let fleet: DeployedFleet;
beforeEach(() => {
    world = new FleetWorld();
    fleet = new DeployedFleet(world);
});

const HOSTS = ["a", "b", "c", "d", "e"];
const oneByOne = (more: object = {}) => fleetOf(HOSTS, { concurrency: 1, ...more });

/** The user cancels the run while that host is asked for the first time. */
function cancelAt(host: string): void {
    world.turn = async () => {
        if (world.asked.some((line) => line.endsWith(` ${host}`))) world.stopping.abort();
    };
}
function runAgain(): void {
    world.turn = async () => undefined;
    world.stopping = new AbortController();
    world.fresh();
}

test("a create that is cancelled begins no more hosts and keeps what was done; the next up does the rest", async () => {
    cancelAt("c");
    const error = await failure(fleet.up(oneByOne()));
    expect(error).toMatchObject({ code: "cancelled", summary: "the run was stopped: 2 of 5 hosts as declared, 3 pending" });
    expect(world.askedHosts).toEqual(["a", "b", "c"]);
    expect(world.writtenHosts).toEqual(["a", "b"]);
    runAgain();
    await fleet.up(oneByOne());
    expect(world.askedHosts).toEqual(["c", "d", "e"]);
    expect(fleet.counts).toEqual({ hosts: 5, compliant: 5 });
});

test("a write that is under way when the run is cancelled comes to its end, and is recorded", async () => {
    world.meanwhile = () => world.stopping.abort();
    await failure(fleet.up(oneByOne()));
    expect(world.writtenHosts).toEqual(["a"]);
    expect(fleet.counts).toEqual({ hosts: 5, compliant: 1, pending: 4 });
    world.undisturbed();
    runAgain();
    await fleet.up(oneByOne());
    expect(world.askedHosts).toEqual(["b", "c", "d", "e"]);
});

test("nothing is let go of after a cancel, and the next update does that", async () => {
    await fleet.up(oneByOne());
    const news = fleetOf({ b: {}, c: {}, d: {}, renamed: {} }, { concurrency: 1 });
    cancelAt("renamed");
    await failure(fleet.up(news));
    expect([world.owners("a"), world.owners("e")]).toEqual([["org/fleet#a"], ["org/fleet#e"]]);
    runAgain();
    await fleet.up(news);
    expect([world.owners("a"), world.owners("e"), world.owners("renamed")]).toEqual([[], [], ["org/fleet#renamed"]]);
});

test("nor is one that becomes exempt, even if a refresh comes between", async () => {
    await fleet.up(fleetOf(["a", "b", "c"]));
    const news = fleetOf({ a: {}, b: { exemption: { owner: "team", reason: "why", until: "2027-01-01" } }, c: {} });
    world.stopping.abort();
    await failure(fleet.up(news));
    runAgain();
    await fleet.refresh();
    expect(fleet.isDifferent(news)).toBe(true);
    await fleet.up(news);
    expect(world.owners("b")).toEqual([]);
    expect(fleet.counts).toEqual({ hosts: 3, compliant: 2, exempt: 1 });
});

test("a refresh that is cancelled fails: nothing is concluded from hosts that were not asked", async () => {
    await fleet.up(oneByOne());
    const { outs } = fleet;
    world.machine("a").behindOurBack.setFlag("root/contoso", false);
    cancelAt("c");
    expect((await failure(fleet.refresh())).code).toBe("cancelled");
    expect(fleet.outs).toBe(outs);
});

test("a destroy that is cancelled is finished by the next", async () => {
    await fleet.up(oneByOne());
    world.fresh();
    cancelAt("c");
    expect(await failure(fleet.destroy())).toMatchObject({
        code: "cancelled",
        summary: expect.stringContaining("2 of 3 hosts as declared, 1 pending"),
    });
    runAgain();
    await fleet.destroy();
    expect(HOSTS.map((host) => world.owners(host))).toEqual(HOSTS.map(() => undefined));
    expect(world.flags(...HOSTS).map(Boolean)).toEqual(HOSTS.map(() => false));
});

test("an update that only looks and is cancelled says so, and not what it did not see", async () => {
    await fleet.up(oneByOne());
    world.fresh();
    cancelAt("b");
    expect((await failure(fleet.up(oneByOne({ checkAccess: true, previewHosts: true })))).code).toBe("cancelled");
});

test("a ring that a cancelled run did not finish is finished by the next", async () => {
    const rings = [
        { name: "first", hosts: ["a", "b"] },
        { name: "rest", eligibleAfter: "1d" },
    ];
    cancelAt("b");
    await failure(fleet.up(oneByOne({ rings })));
    expect(fleet.outs).not.toHaveProperty("haltedAt");
    runAgain();
    await fleet.up(oneByOne({ rings }));
    expect(fleet.outs?.["haltedAt"]).toMatchObject({ ring: "rest" });
    expect(fleet.counts).toEqual({ hosts: 5, compliant: 2, pending: 3 });
});
