import { failure } from "../errors";
import { FALSE, TRUE } from "../inputs";
import { DeployedFleet, FleetWorld, fleetOf } from "./fleetWorld";

let world: FleetWorld;
let fleet: DeployedFleet;
beforeEach(() => {
    world = new FleetWorld();
    fleet = new DeployedFleet(world);
});

const HOSTS = ["a", "b", "c", "d"];
const STRICTER = { namespaces: { "root/contoso": TRUE, "root/cimv2": TRUE } };
const WEAKER = { namespaces: { "root/contoso": FALSE } };

describe("maxChanges", () => {
    test("a plan that touches more hosts is refused before any is asked", async () => {
        await fleet.up(fleetOf(HOSTS));
        world.fresh();
        const error = await failure(fleet.up(fleetOf(HOSTS, { ...STRICTER, maxChanges: 3 })));
        expect(error).toMatchObject({ code: "planRefused", summary: "the update would touch 4 hosts, and maxChanges is 3" });
        expect(error.details.said).toBe("a, b, c, d");
        expect(world.asked).toEqual([]);
        await fleet.up(fleetOf(HOSTS, { ...STRICTER, maxChanges: "100%" }));
        expect(fleet.counts).toEqual({ hosts: 4, compliant: 4 });
    });

    test("hosts that leave count, and are part of all hosts", async () => {
        await fleet.up(fleetOf(HOSTS));
        expect((await failure(fleet.up(fleetOf(["a", "b", "c"], { maxChanges: 0 })))).details.said).toBe("d");
        await fleet.up(fleetOf(["a", "b", "c"], { ...STRICTER, maxChanges: "100%" }));
        expect(fleet.counts).toEqual({ hosts: 3, compliant: 3 });
    });

    test("hosts of which only settings change do not count, and are not asked", async () => {
        await fleet.up(fleetOf(HOSTS, { evidence: { since: "1d" } }));
        world.fresh();
        const settings = { connection: { user: "you" }, onDelete: "leave", unreachable: "error", compiler: "api" };
        await fleet.up(fleetOf(HOSTS, { ...settings, evidence: { since: "24h" }, maxChanges: 0 }));
        await fleet.up(fleetOf(HOSTS, { ...settings, maxChanges: 0 }));
        expect(world.asked).toEqual([]);
    });

    test.each<[string, object]>([
        ["is added", {}],
        ["changes", { evidence: { since: "1d" } }],
    ])("hosts count whose event logs are read because evidence %s", async (_what, before) => {
        await fleet.up(fleetOf(HOSTS, before));
        world.fresh();
        const news = fleetOf(HOSTS, { evidence: { since: "2d" } });
        expect((await failure(fleet.up({ ...news, maxChanges: 3 }))).summary).toBe("the update would touch 4 hosts, and maxChanges is 3");
        expect(world.asked).toEqual([]);
        await fleet.up({ ...news, maxChanges: 4 });
        expect(world.askedHosts).toEqual(HOSTS);
    });

    test("hosts that stay as they are do not count", async () => {
        await fleet.up(fleetOf(HOSTS));
        await fleet.up(fleetOf([...HOSTS, "e"], { maxChanges: "20%" }));
        expect(fleet.counts).toEqual({ hosts: 5, compliant: 5 });
    });
});

describe("maxWeaken", () => {
    const weaken = async (news: object, hosts: readonly string[] | object = HOSTS) => {
        await fleet.up(fleetOf(HOSTS, { whenHostLeaves: "restore" }));
        world.fresh();
        return failure(fleet.up(fleetOf(hosts, { maxWeaken: 0, ...news })));
    };

    test("a weaker policy is refused before any host is asked", async () => {
        const error = await weaken(WEAKER);
        expect(error).toMatchObject({ code: "planRefused", summary: "the update would weaken 4 hosts, and maxWeaken is 0" });
        expect(world.asked).toEqual([]);
    });

    test("a namespace that is no longer declared is one, because it is restored", async () => {
        expect((await weaken({ namespaces: {}, checkAccess: true })).summary).toMatch(/would weaken 4 hosts/);
    });

    test("so is a host that leaves and is restored", async () => {
        expect((await weaken({ whenHostLeaves: "restore" }, ["a", "b", "c"])).details.said).toBe("d");
    });

    test("so is a machine that a host moves away from, if that is restored", async () => {
        const hosts = { a: {}, b: {}, c: {}, d: { connection: { host: "elsewhere" } } };
        expect((await weaken({ whenHostLeaves: "restore" }, hosts)).details.said).toBe("d");
    });

    test.each<[string, object, readonly string[]]>([
        ["a stricter policy", STRICTER, HOSTS],
        ["a host that leaves and stays as it is", {}, ["a", "b", "c"]],
        ["a namespace that stays as it is", { namespaces: {}, checkAccess: true, onDelete: "leave" }, HOSTS],
        ["a new host", {}, [...HOSTS, "e"]],
    ])("%s is none", async (_what, news, hosts) => {
        await fleet.up(fleetOf(HOSTS));
        await fleet.up(fleetOf(hosts, { maxWeaken: 0, ...news }));
        expect(fleet.outs?.["counts"]).toMatchObject({ compliant: hosts.length });
    });

    test("a host whose original value protects as well is not weakened by being restored", async () => {
        for (const host of HOSTS) world.machine(host).behindOurBack.setFlag("root/contoso", true);
        await fleet.up(fleetOf(HOSTS, { whenHostLeaves: "restore" }));
        await fleet.up(fleetOf(["a", "b", "c"], { whenHostLeaves: "restore", maxWeaken: 0 }));
        expect(fleet.counts).toEqual({ hosts: 3, compliant: 3 });
    });
});

describe("maxWeaken and what the state does not know", () => {
    const at = (host: string) => ({ connection: { host } });
    const refusedFor = async (news: object, hosts: readonly string[] | object, how?: { readonly refresh: boolean }) => {
        world.fresh();
        const { code, details } = await failure(fleet.up(fleetOf(hosts, { maxWeaken: 0, ...news }), how));
        expect(code).toBe("planRefused");
        expect(world.writtenHosts).toEqual([]);
        return details.said;
    };

    test("a host that moves is new on the machine there: it counts if anything is declared that does not protect", async () => {
        await fleet.up(fleetOf({ one: at("a"), two: {} }, WEAKER));
        world.machine("b").behindOurBack.setFlag("root/contoso", true);
        expect(await refusedFor(WEAKER, { one: at("b"), two: {} })).toBe("one");
        expect(world.flags("b")).toEqual([true]);
    });

    test("what somebody made stricter counts, once a refresh has found it", async () => {
        await fleet.up(fleetOf(["a", "b"], WEAKER));
        world.machine("a").behindOurBack.setFlag("root/contoso", true);
        expect(await refusedFor(WEAKER, ["a", "b"], { refresh: true })).toBe("a");
    });

    describe("what a killed run left", () => {
        beforeEach(async () => {
            // What the state knows protects also when it is restored.
            for (const host of ["a", "b"]) world.machine(host).behindOurBack.setFlag("root/contoso", true);
            await fleet.up(fleetOf(["a", "b"]));
            const { id, outs, inputs } = fleet;
            world.afterApply = () => {
                throw new Error("killed");
            };
            await failure(fleet.up(fleetOf(["a", "b"], STRICTER)));
            Object.assign(fleet, { id, outs, inputs, failed: false });
            world.undisturbed();
        });

        test("counts if it is restored", async () => expect(await refusedFor({}, ["a", "b"], { refresh: true })).toBe("a, b"));

        test("counts in a host that leaves and is restored", async () =>
            expect(await refusedFor({ whenHostLeaves: "restore", ...STRICTER }, ["a"], { refresh: true })).toBe("b"));

        test.each<[string, object]>([
            ["it is declared now", STRICTER],
            ["it is left as it is", { onDelete: "leave" }],
        ])("does not count if %s", async (_what, news) => {
            await fleet.up(fleetOf(["a", "b"], { maxWeaken: 0, ...news }), { refresh: true });
            expect(["a", "b"].map((host) => world.machine(host).flag("root/cimv2"))).toEqual([true, true]);
        });
    });

    test("what an update wrote that then failed counts, if the program takes it back", async () => {
        await fleet.up(fleetOf(["a", "b"]));
        world.afterApply = () => {
            throw new Error("cut");
        };
        await failure(fleet.up(fleetOf(["a", "b"], STRICTER)));
        world.undisturbed();
        expect(world.machine("a").flag("root/cimv2")).toBe(true);
        expect(await refusedFor({}, ["a", "b"])).toBe("a, b");
    });

    test("a machine that a host moved away from after an update had failed there counts when it is restored", async () => {
        const news = { whenHostLeaves: "restore", ...STRICTER };
        for (const host of ["a", "b"]) world.machine(host).behindOurBack.setFlag("root/contoso", true);
        await fleet.up(fleetOf({ one: at("a"), two: {} }));
        world.afterApply = () => {
            throw new Error("cut");
        };
        await failure(fleet.up(fleetOf({ one: at("a"), two: {} }, news)));
        world.afterApply = () => void world.silent.add("a");
        await fleet.up(fleetOf({ one: at("b"), two: {} }, news));
        world.undisturbed();
        world.silent.clear();
        expect(world.machine("a").flag("root/cimv2")).toBe(true);
        expect(await refusedFor(news, { one: at("b"), two: {} })).toBe("one");
    });

    describe("a machine that an earlier run moved away from, and could not restore", () => {
        const RESTORE = { whenHostLeaves: "restore" };
        beforeEach(async () => {
            // Its original value protects here, and not there.
            world.machine("b").behindOurBack.setFlag("root/contoso", true);
            await fleet.up(fleetOf({ one: at("a"), two: {}, three: {} }, RESTORE));
            world.afterApply = () => void world.silent.add("a");
            await fleet.up(fleetOf({ one: at("b"), two: {}, three: {} }, RESTORE));
            world.undisturbed();
            world.silent.clear();
            expect(world.flags("a", "b")).toEqual([true, true]);
        });

        test("counts by its own original value", async () => {
            expect(await refusedFor(RESTORE, { one: at("b"), two: {}, three: {} })).toBe("one");
            expect(world.flags("a")).toEqual([true]);
        });

        test("counts if its host leaves now", async () => expect(await refusedFor(RESTORE, { two: {}, three: {} })).toBe("one"));

        test("does not count if it stays as it is", async () => {
            await fleet.up(fleetOf({ one: at("b"), two: {}, three: {} }, { maxWeaken: 0 }));
            expect(world.flags("a", "b")).toEqual([true, true]);
            expect(fleet.counts).toEqual({ hosts: 3, compliant: 3 });
        });
    });
});

describe("previewHosts", () => {
    beforeEach(async () => {
        await fleet.up(fleetOf(HOSTS));
        world.fresh();
    });

    test("hosts are asked, nothing is written, and the error says what would be", async () => {
        world.machine("b").behindOurBack.setFlag("root/cimv2", true);
        world.fresh();
        const before = fleet.outs;
        const error = await failure(fleet.up(fleetOf(HOSTS, { ...STRICTER, previewHosts: true })));
        expect(error).toMatchObject({ code: "previewedOnly", summary: "4 of 4 hosts would be written to; nothing was written" });
        expect(error.details.said?.split("\n")).toEqual([
            "an entry of the ledger: a, b, c, d",
            "compiling the MOF for root/cimv2 (encryption required): a, c, d",
        ]);
        expect(HOSTS.flatMap((host) => [...world.machine(host).writes.all])).toEqual([]);
        expect(fleet.outs).toBe(before);
    });

    test("WMISEC_PREVIEW_HOSTS does the same", async () => {
        world.previewHosts = true;
        expect((await failure(fleet.up(fleetOf(HOSTS, STRICTER)))).code).toBe("previewedOnly");
        expect(world.writtenHosts).toEqual([]);
    });

    test("hosts that leave are looked at, too, and those that can't be asked are named, with the error", async () => {
        world.silent.add("a");
        const error = await failure(fleet.up(fleetOf(["a", "b", "c"], { ...STRICTER, previewHosts: true })));
        expect(error.summary).toBe("3 of 4 hosts would be written to; nothing was written");
        expect(error.details.said).toContain(
            "1 of 4 hosts would fail, or could not be asked: a\na: unreachable: did not answer, so its last known state was kept",
        );
        expect(world.owners("d")).toEqual(["org/fleet#d"]);
    });

    test("hosts on which the update would fail are named, with the first error of each kind", async () => {
        const former = new DeployedFleet(world);
        await former.up(fleetOf(["x", "y"], { owner: "org/other", ...WEAKER }));
        world.machine("z").faults.on("notElevated", {});
        const error = await failure(fleet.up(fleetOf([...HOSTS, "x", "y", "z"], { previewHosts: true })));
        expect(error.summary).toBe("0 of 3 hosts would be written to; nothing was written");
        expect(error.details.said?.split("\n")).toEqual([
            "3 of 3 hosts would fail, or could not be asked: x, y, z",
            expect.stringMatching(/^x: ownedByAnother: root\/contoso is wanted as false by another resource: owner org\/other#x/),
            expect.stringMatching(/^z: \w+: /),
        ]);
    });

    test("what would be written on a machine that a host moves to is told, too", async () => {
        const news = { a: {}, b: {}, c: {}, d: { connection: { host: "elsewhere" } } };
        const error = await failure(fleet.up(fleetOf(news, { previewHosts: true })));
        expect(error.details.said).toContain("compiling the MOF for root/contoso (encryption required): d");
        expect([...world.machine("d").writes.all, ...world.machine("elsewhere").writes.all]).toEqual([]);
    });

    test("if nothing is to be done, nobody is asked, and nothing fails", async () => {
        expect(await fleet.up(fleetOf(HOSTS, { previewHosts: true }))).toBe(true);
        expect(world.asked).toEqual([]);
    });

    test("a create is looked at as well, and leaves no state", async () => {
        const other = new DeployedFleet(world);
        expect((await failure(other.up(fleetOf(["x"], { owner: "org/other", previewHosts: true })))).code).toBe("previewedOnly");
        expect(other.outs).toBeUndefined();
        expect(world.machine("x").writes.all).toEqual([]);
    });
});
