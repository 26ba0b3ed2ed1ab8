import type { Properties } from "../../provider/handlers/handler";
import { PartialFailure } from "../../provider/handlers/partialFailure";
import { CONTOSO } from "../inputs";
import { DeployedFleet, FleetWorld, fleetOf, stayedEncrypted } from "./fleetWorld";

/** Whoever owns a host: it stays encrypted all the time, and the last destroy restores what stood there first. */

let world: FleetWorld;
let fleet: DeployedFleet;
beforeEach(() => {
    world = new FleetWorld();
    fleet = new DeployedFleet(world);
});

const single = (host: string): Properties => ({ connection: { host, user: "me" }, owner: "org/single", namespaces: CONTOSO });

function expectRestored(...hosts: string[]): void {
    for (const host of hosts) {
        expect(world.flags(host).map(Boolean)).toEqual([false]);
        expect(world.machine(host).ledger()).toEqual({});
    }
}

/** Nobody undoes what stays in force: until its last destroy, the machine is encrypted. */
const expectEncrypted = (...hosts: string[]): void => expect(hosts.filter((host) => !stayedEncrypted(world.machine(host)))).toEqual([]);

test("a host moves from a resource of its own into a fleet: create before delete", async () => {
    const handler = () => {
        world.begins(true);
        return world.handler("WmiNamespaceSecurity");
    };
    const { id, outs } = await handler().create(single("a"));
    await fleet.up(fleetOf(["a", "b"]));
    await handler().delete(id, outs);
    expect(world.owners("a")).toEqual(["org/fleet#a"]);
    expectEncrypted("a");
    await fleet.destroy();
    expectRestored("a", "b");
});

test("a host moves from a fleet into a resource of its own, before or after the fleet lets it go", async () => {
    await fleet.up(fleetOf(["a", "b", "c", "d"]));
    world.begins(true);
    const before = await world.handler("WmiNamespaceSecurity").create(single("a"));
    await fleet.up(fleetOf(["c", "d"]));
    const after = await world.handler("WmiNamespaceSecurity").create(single("b"));
    expect([world.owners("a"), world.owners("b")]).toEqual([["org/single"], ["org/single"]]);
    expectEncrypted("a", "b");
    for (const { id, outs } of [before, after]) await world.handler("WmiNamespaceSecurity").delete(id, outs);
    await fleet.destroy();
    expectRestored("a", "b", "c", "d");
});

test.each(["joins before it leaves", "leaves before it joins"])("a host moves from one fleet to another, and %s", async (order) => {
    const other = new DeployedFleet(world);
    await fleet.up(fleetOf(["a", "b", "c"]));
    await other.up(fleetOf(["x"], { owner: "org/other" }));
    const leaves = () => fleet.up(fleetOf(["a", "b"]));
    const joins = () => other.up(fleetOf(["x", "c"], { owner: "org/other" }));
    if (order === "leaves before it joins") await leaves();
    await joins();
    if (order !== "leaves before it joins") await leaves();
    expect(world.owners("c")).toEqual(["org/other#c"]);
    expectEncrypted("c");
    await fleet.destroy();
    expectEncrypted("c");
    await other.destroy();
    expectRestored("a", "b", "c", "x");
});

test("fleets of two shards exchange hosts, in both orders", async () => {
    const shard = (name: string, hosts: readonly string[]) => fleetOf(hosts, { owner: `org/shard-${name}` });
    const [one, two] = [new DeployedFleet(world), new DeployedFleet(world)];
    await one.up(shard("1", ["a", "b", "c"]));
    await two.up(shard("2", ["d", "e", "f"]));
    await one.up(shard("1", ["a", "b", "f"]));
    await two.up(shard("2", ["d", "e", "c"]));
    expect([world.owners("c"), world.owners("f")]).toEqual([["org/shard-2#c"], ["org/shard-1#f"]]);
    expectEncrypted("a", "b", "c", "d", "e", "f");
    await two.destroy();
    await one.destroy();
    expectRestored("a", "b", "c", "d", "e", "f");
});

test("the state is lost and the fleet created anew: the ledgers remember what stood there first", async () => {
    await fleet.up(fleetOf(["a", "b"], { checkAccess: true }));
    fleet.loseState();
    await fleet.up(fleetOf(["a", "b"]));
    expectEncrypted("a", "b");
    expect(fleet.counts).toEqual({ hosts: 2, compliant: 2 });
    expect(await fleet.up(fleetOf(["a", "b"]), { refresh: true })).toBe(false);
    await fleet.destroy();
    expectRestored("a", "b");
});

test("a fleet is replaced, create before delete: nothing is restored in between", async () => {
    await fleet.up(fleetOf(["a", "b"]));
    const lives = world.begins(true);
    const replaced = { id: fleet.id, outs: fleet.outs ?? {} };
    world.fleet().declares(replaced.id, replaced.outs);
    const { id, outs } = await world.fleet().create(fleetOf(["a", "b"]));
    world.fleet().declares(id, outs);
    lives.add(replaced.id);
    await world.fleet().delete(replaced.id, replaced.outs);
    expectEncrypted("a", "b");
    expect(world.owners("a")).toEqual(["org/fleet#a"]);
    world.begins(false);
    await world.fleet().delete(id, outs);
    expectRestored("a", "b");
});

/** Ends the run at its nth apply, after so many of its steps, on every host from then on: the state never hears of it. */
function killAt(apply: number, steps: number): void {
    let applies = 0;
    let isDead = false;
    world.carriedOut = ({ length }) => {
        applies += 1;
        isDead ||= applies > apply;
        if (isDead) return 0;
        return applies === apply ? Math.min(steps, length) : length;
    };
    world.afterApply = () => {
        if (applies >= apply) throw new Error("killed");
    };
}

/** A run whose state is lost, however it ends. */
async function killed(work: () => Promise<unknown>): Promise<void> {
    const { id, outs, inputs } = fleet;
    await work().catch((error: unknown) => {
        if (!(error instanceof Error) || error instanceof PartialFailure) throw error;
    });
    Object.assign(fleet, { id, outs, inputs, failed: false });
    world.undisturbed();
}

const points = [1, 2, 3, 4].flatMap((apply) => [0, 1, 2, 9].map((steps) => [apply, steps] as const));

test.each(points)("an update is killed at apply %i after %i steps: the next one finishes, and a destroy restores", async (apply, steps) => {
    const rings = [{ name: "first", hosts: ["a"] }, { name: "rest" }];
    await fleet.up(fleetOf(["a", "b", "leaves"], { rings }));
    const news = fleetOf({ a: { checkAccess: true }, b: {}, renamed: { connection: { host: "leaves" } } }, { rings, checkAccess: true });
    killAt(apply, steps);
    await killed(() => fleet.up(news));
    await fleet.up(news, { refresh: true });
    expect(fleet.counts).toEqual({ hosts: 3, compliant: 3 });
    expect(world.owners("leaves")).toEqual(["org/fleet#renamed"]);
    expectEncrypted("a", "b", "leaves");
    await fleet.destroy();
    expectRestored("a", "b", "leaves");
});

test.each(points)("a create is killed at apply %i after %i steps: the next one finishes, and a destroy restores", async (apply, steps) => {
    killAt(apply, steps);
    await killed(() => fleet.up(fleetOf(["a", "b"], { checkAccess: true })));
    await fleet.up(fleetOf(["a", "b"], { checkAccess: true }));
    expect(fleet.counts).toEqual({ hosts: 2, compliant: 2 });
    expect(await fleet.up(fleetOf(["a", "b"], { checkAccess: true }), { refresh: true })).toBe(false);
    await fleet.destroy();
    expectRestored("a", "b");
});

test.each(points)("a destroy is killed at apply %i after %i steps: the next one finishes", async (apply, steps) => {
    await fleet.up(fleetOf(["a", "b"], { checkAccess: true }));
    killAt(apply, steps);
    await killed(() => fleet.destroy());
    await fleet.destroy();
    expectRestored("a", "b");
});

test.each(points)("hosts that change places are killed at apply %i after %i steps: both stay encrypted", async (apply, steps) => {
    const at = (host: string) => ({ connection: { host } });
    for (const whenHostLeaves of ["leave", "restore"]) {
        world = new FleetWorld();
        fleet = new DeployedFleet(world);
        await fleet.up(fleetOf({ one: at("a"), two: at("b") }, { whenHostLeaves, concurrency: 1 }));
        const news = fleetOf({ one: at("b"), two: at("a") }, { whenHostLeaves, concurrency: 1 });
        killAt(apply, steps);
        await killed(() => fleet.up(news));
        await fleet.up(news, { refresh: true });
        expect([world.owners("a"), world.owners("b")]).toEqual([["org/fleet#two"], ["org/fleet#one"]]);
        expectEncrypted("a", "b");
        await fleet.destroy();
        expectRestored("a", "b");
    }
});
