import { WmisecError } from "../../provider/core/errors";
import { failure } from "../errors";
import { FALSE, TRUE } from "../inputs";
import { DeployedFleet, FleetWorld, fleetOf } from "./fleetWorld";

let world: FleetWorld;
let fleet: DeployedFleet;
beforeEach(() => {
    world = new FleetWorld();
    fleet = new DeployedFleet(world);
});

const HOSTS = ["a1", "a2", "b1", "b2", "c1"];
const rings = (more: object = {}, second: object = {}) => [
    { name: "canary", hosts: ["a1", "a2"], ...more },
    { name: "wave", hosts: ["b1", "b2"], ...second },
    { name: "rest" },
];
const inRings = (more: object = {}, second: object = {}, inputs: object = {}) => fleetOf(HOSTS, { rings: rings(more, second), ...inputs });
/** Another policy. */
const STRICTER = { namespaces: { "root/contoso": TRUE, "root/cimv2": TRUE } };
const breakHost = (host: string) => world.machine(host).faults.on("notElevated", {});

test("rings are changed in their order: none begins before the one before is done", async () => {
    await fleet.up(inRings({}, {}, { concurrency: 1 }));
    expect([...new Set(world.asked.map((line) => line.split(" ")[1]))]).toEqual(HOSTS);
    expect(fleet.counts).toEqual({ hosts: 5, compliant: 5 });
    expect(fleet.outs).not.toHaveProperty("haltedAt");
});

describe("a failure in the first ring", () => {
    beforeEach(() => breakHost("a1"));

    test("stops the run before the next ring, which says where and why", async () => {
        const error = await failure(fleet.up(inRings()));
        const why = "1 of the 2 hosts of the ring canary failed, and its maxFailures is 0";
        expect(error).toMatchObject({ code: "hostsFailed", summary: `${why}; stopped before the ring wave` });
        expect(fleet.outs?.["haltedAt"]).toEqual({ ring: "wave", why });
        expect(world.askedHosts).toEqual(["a1", "a2"]);
        expect(fleet.counts).toEqual({ hosts: 5, compliant: 1, failed: 1, pending: 3 });
    });

    test("the next update resumes with what is left", async () => {
        await failure(fleet.up(inRings()));
        world.machine("a1").faults.off();
        world.fresh();
        await fleet.up(inRings());
        expect(world.askedHosts).toEqual(["a1", "b1", "b2", "c1"]);
        expect(fleet.counts).toEqual({ hosts: 5, compliant: 5 });
        expect(fleet.outs).not.toHaveProperty("haltedAt");
    });

    test.each([1, "50%"])("that maxFailures: %s allows does not stop it, but fails it", async (maxFailures) => {
        const error = await failure(fleet.up(inRings({ maxFailures })));
        expect(error.summary).toBe("1 of 5 hosts failed");
        expect(fleet.counts).toEqual({ hosts: 5, compliant: 4, failed: 1 });
        expect(fleet.outs).not.toHaveProperty("haltedAt");
    });

    test("a denied host counts as failed", async () => {
        world.machine("a1").faults.off();
        world.machine("a1").faults.on("namespaceDenied", { paths: ["root/contoso"] });
        expect((await failure(fleet.up(inRings()))).summary).toMatch(/^1 of the 2 hosts of the ring canary failed/);
        expect(fleet.counts).toMatchObject({ denied: 1, pending: 3 });
    });

    test("a host that leaves is let go all the same, and restored only once nothing is halted", async () => {
        world.machine("a1").faults.off();
        const old = fleetOf([...HOSTS, "old"], { rings: rings(), whenHostLeaves: "restore" });
        await fleet.up(old);
        breakHost("a1");
        const news = (more: object = {}) => inRings({}, {}, { ...STRICTER, whenHostLeaves: "restore", ...more });
        await failure(fleet.up(news()));
        expect(world.owners("old")).toEqual(["org/fleet#old"]);
        await failure(fleet.up(news({ whenHostLeaves: "leave" })));
        expect(world.owners("old")).toEqual([]);
    });
});

describe("hosts that do not answer", () => {
    test("do not stop a ring by themselves, but a ring in which nobody is as declared does", async () => {
        world.silent.add("a1");
        await fleet.up(inRings());
        expect(fleet.counts).toEqual({ hosts: 5, compliant: 4, unreachable: 1 });
        const second = new DeployedFleet(world);
        world.silent.add("a2");
        const error = await failure(second.up(inRings({}, {}, { owner: "org/second" })));
        expect(error.summary).toBe("none of the 2 hosts of the ring canary is as declared; stopped before the ring wave");
    });

    test('stop it as failures under unreachable: "error"', async () => {
        world.silent.add("a1");
        expect((await failure(fleet.up(inRings({}, {}, { unreachable: "error" })))).summary).toMatch(
            /^1 of the 2 hosts of the ring canary failed/,
        );
    });

    test("stop it when more are silent than maxUnreachable", async () => {
        world.silent.add("a1");
        const error = await failure(fleet.up(inRings({}, {}, { maxUnreachable: 0 })));
        expect(error.summary).toBe("1 of 5 hosts do not answer (a1), and maxUnreachable is 0; stopped before the ring wave");
        expect(world.askedHosts).toEqual(["a1", "a2"]);
    });
});

test.each(["timeout", "connectionLost", "processEnded"] as const)(
    "a host that stops answering in the middle of a write (%s) has failed: the next ring does not begin",
    async (code) => {
        await fleet.up(inRings());
        world.fresh();
        world.afterApply = () => {
            world.undisturbed();
            throw new WmisecError(code, "no answer", { remedy: "run again" });
        };
        const error = await failure(fleet.up(inRings({}, {}, { ...STRICTER, concurrency: 1 })));
        expect(error.summary).toBe("1 of the 2 hosts of the ring canary failed, and its maxFailures is 0; stopped before the ring wave");
        expect(world.askedHosts).toEqual(["a1", "a2"]);
        await fleet.up(inRings({}, {}, STRICTER));
        expect(fleet.counts).toEqual({ hosts: 5, compliant: 5 });
        expect(HOSTS.map((host) => world.machine(host).flag("root/cimv2"))).toEqual(HOSTS.map(() => true));
    },
);

describe("eligibleAfter", () => {
    test("a refresh does not take hosts of a ring that waits for done", async () => {
        await fleet.up(waiting());
        world.now = "2026-01-04T00:00:00.000Z";
        await fleet.up(waiting());
        await fleet.up(waiting(STRICTER));
        expect(fleet.counts).toEqual({ hosts: 5, compliant: 2, pending: 3 });
        world.fresh();
        await fleet.refresh();
        expect(fleet.counts).toEqual({ hosts: 5, compliant: 2, pending: 3 });
        expect(world.said).toContainEqual(expect.stringMatching(/3 of 5 hosts are still to be done \(b1, b2, c1\)/));
        world.now = "2026-01-06T00:00:00.000Z";
        await fleet.up(waiting(STRICTER));
        expect(fleet.counts).toEqual({ hosts: 5, compliant: 5 });
    });

    const waiting = (inputs: object = {}) => inRings({}, { eligibleAfter: "24h" }, inputs);

    test("a run that comes too early stops there and succeeds; the first one after that time goes on", async () => {
        await fleet.up(waiting());
        expect(world.askedHosts).toEqual(["a1", "a2"]);
        expect(fleet.counts).toEqual({ hosts: 5, compliant: 2, pending: 3 });
        expect(fleet.outs?.["haltedAt"]).toEqual({
            ring: "wave",
            why: "the ring wave may begin 2026-01-03T03:04:05.000Z (eligibleAfter 24h): the first pulumi up after that time begins it",
        });
        expect(world.said).toContainEqual(expect.stringMatching(/^warn stopped between two rings: the ring wave may begin/));
        expect(fleet.isDifferent(waiting())).toBe(true);
        world.now = "2026-01-03T03:04:04.999Z";
        world.fresh();
        await fleet.up(waiting());
        expect(world.asked).toEqual([]);
        world.now = "2026-01-03T03:04:05.000Z";
        await fleet.up(waiting());
        expect(fleet.counts).toEqual({ hosts: 5, compliant: 5 });
        expect(fleet.outs).not.toHaveProperty("haltedAt");
        expect(fleet.isDifferent(waiting())).toBe(false);
    });

    test("drift in rings that are done is healed without waiting", async () => {
        await fleet.up(waiting());
        world.now = "2026-01-04T00:00:00.000Z";
        await fleet.up(waiting());
        world.machine("b1").behindOurBack.setFlag("root/contoso", false);
        await fleet.up(waiting(), { refresh: true });
        expect(world.flags("b1")).toEqual([true]);
        expect(fleet.counts).toEqual({ hosts: 5, compliant: 5 });
    });

    test("another policy begins a new rollout, which waits again", async () => {
        await fleet.up(waiting());
        world.now = "2026-01-04T00:00:00.000Z";
        await fleet.up(waiting());
        world.now = "2026-01-05T00:00:00.000Z";
        world.fresh();
        await fleet.up(waiting(STRICTER));
        expect(world.writtenHosts).toEqual(["a1", "a2"]);
        expect(fleet.outs?.["haltedAt"]).toMatchObject({ ring: "wave", why: expect.stringContaining("2026-01-06T00:00:00.000Z") });
        world.now = "2026-01-06T00:00:00.000Z";
        await fleet.up(waiting(STRICTER));
        expect(fleet.counts).toEqual({ hosts: 5, compliant: 5 });
    });

    test("a policy that goes back in the middle is a rollout of its own, too", async () => {
        await fleet.up(waiting());
        world.now = "2026-01-04T00:00:00.000Z";
        await fleet.up(waiting());
        await fleet.up(waiting({ namespaces: { "root/contoso": FALSE } }));
        expect(world.flags("a1", "a2", "b1")).toEqual([false, false, true]);
        world.now = "2026-01-04T12:00:00.000Z";
        await fleet.up(waiting());
        expect(world.flags(...HOSTS)).toEqual([true, true, true, true, true]);
        expect(fleet.counts).toEqual({ hosts: 5, compliant: 2, pending: 3 });
        expect(fleet.outs?.["haltedAt"]).toMatchObject({ ring: "wave", why: expect.stringContaining("2026-01-05T12:00:00.000Z") });
        expect(fleet.isDifferent(waiting())).toBe(true);
        world.now = "2026-01-05T12:00:00.000Z";
        await fleet.up(waiting());
        expect(fleet.counts).toEqual({ hosts: 5, compliant: 5 });
        expect(fleet.outs).not.toHaveProperty("haltedAt");
    });

    test.each(["constructor", "toString"])("a ring named %s is done like any other", async (name) => {
        const inputs = fleetOf(["a", "b"], {
            rings: [
                { name, hosts: ["a"] },
                { name: "rest", eligibleAfter: "24h" },
            ],
        });
        await fleet.up(inputs);
        expect(fleet.counts).toEqual({ hosts: 2, compliant: 1, pending: 1 });
        expect(fleet.outs?.["haltedAt"]).toMatchObject({ ring: "rest", why: expect.stringContaining("2026-01-03T03:04:05.000Z") });
        world.now = "2026-01-03T03:04:05.000Z";
        await fleet.up(inputs);
        expect(fleet.counts).toEqual({ hosts: 2, compliant: 2 });
    });
});

test("a ring without hosts stands in nobody's way", async () => {
    const empty = [
        { name: "canary", hosts: [] },
        { name: "none", percent: 0, eligibleAfter: "7d" },
        { name: "rest", eligibleAfter: "7d" },
    ];
    await fleet.up(fleetOf(HOSTS, { rings: empty }));
    expect(fleet.counts).toEqual({ hosts: 5, compliant: 5 });
});

test("hosts name their ring themselves", async () => {
    await fleet.up(
        fleetOf({ z: { ring: "first" }, a: {}, b: {} }, { rings: [{ name: "first", hosts: [] }, { name: "rest" }], concurrency: 1 }),
    );
    expect([...new Set(world.asked.map((line) => line.split(" ")[1]))]).toEqual(["z", "a", "b"]);
});

test("without rings no host stops another", async () => {
    for (const host of HOSTS.slice(1)) breakHost(host);
    const error = await failure(fleet.up(fleetOf(HOSTS)));
    expect(error.summary).toBe("4 of 5 hosts failed");
    expect(fleet.counts).toEqual({ hosts: 5, compliant: 1, failed: 4 });
    expect(fleet.outs?.["errors"]).toHaveLength(1);
});

test("a ring whose only drift is ignored does not stand in the way of the next", async () => {
    await fleet.up(inRings());
    for (const host of ["a1", "a2"]) world.machine(host).behindOurBack.setFlag("root/contoso", false);
    await fleet.refresh();
    const drift = fleet.outs?.["drift"];
    await fleet.up(fleetOf([...HOSTS, "new"], { rings: rings(), drift }));
    expect(world.flags("a1", "new")).toEqual([false, true]);
});
