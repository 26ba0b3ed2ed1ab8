import { codeOf, failure } from "../errors";
import { TRUE } from "../inputs";
import { DeployedFleet, FleetWorld, fleetOf } from "./fleetWorld";

let world: FleetWorld;
let fleet: DeployedFleet;
beforeEach(() => {
    world = new FleetWorld();
    fleet = new DeployedFleet(world);
});

const HOSTS = ["a", "b", "c", "d"];
const STRICTER = { namespaces: { "root/contoso": TRUE, "root/cimv2": TRUE } };

describe("hosts that do not answer", () => {
    test("are kept as they were by an update, named once, and done by the next", async () => {
        world.silent.add("a").add("c");
        await fleet.up(fleetOf(HOSTS));
        expect(fleet.counts).toEqual({ hosts: 4, compliant: 2, unreachable: 2 });
        expect(world.said).toEqual(["warn 2 of 4 hosts do not answer (a, c): the next pulumi up does what is still to be done there"]);
        expect(fleet.outs?.["errors"]).toMatchObject([{ host: "a", code: "unreachable" }]);
        world.silent.clear();
        world.fresh();
        await fleet.up(fleetOf(HOSTS));
        expect(world.askedHosts).toEqual(["a", "c"]);
        expect(fleet.counts).toEqual({ hosts: 4, compliant: 4 });
    });

    test("are kept as they were by a refresh, and change nothing in a preview", async () => {
        await fleet.up(fleetOf(HOSTS));
        world.silent.add("a");
        await fleet.refresh();
        expect(fleet.counts).toEqual({ hosts: 4, compliant: 3, unreachable: 1 });
        expect(fleet.outs).not.toHaveProperty("drift");
        expect(fleet.isDifferent(fleetOf(HOSTS))).toBe(false);
        world.silent.clear();
        await fleet.refresh();
        expect(fleet.counts).toEqual({ hosts: 4, compliant: 4 });
    });

    test("and were changed in the program are tried until they are done", async () => {
        await fleet.up(fleetOf(HOSTS));
        world.silent.add("a");
        await fleet.up(fleetOf(HOSTS, STRICTER));
        await fleet.refresh();
        expect(fleet.isDifferent(fleetOf(HOSTS, STRICTER))).toBe(true);
        world.silent.clear();
        await fleet.up(fleetOf(HOSTS, STRICTER));
        expect(world.machine("a").flag("root/cimv2")).toBe(true);
        expect(fleet.counts).toEqual({ hosts: 4, compliant: 4 });
    });

    test("do not hide drift that was found before", async () => {
        await fleet.up(fleetOf(HOSTS));
        world.machine("a").behindOurBack.setFlag("root/contoso", false);
        await fleet.refresh();
        world.silent.add("a");
        await fleet.refresh();
        expect(fleet.isDifferent(fleetOf(HOSTS))).toBe(true);
        world.silent.clear();
        await fleet.up(fleetOf(HOSTS));
        expect(world.flags("a")).toEqual([true]);
    });
});

test("a create that reaches nobody fails, and leaves no state", async () => {
    for (const host of HOSTS) world.silent.add(host);
    expect((await failure(fleet.up(fleetOf(HOSTS)))).summary).toBe("no host of the fleet answers");
    expect(fleet.outs).toBeUndefined();
});

describe('unreachable: "error"', () => {
    const strict = fleetOf(HOSTS, { unreachable: "error" });

    test("an update fails after the others were done", async () => {
        world.silent.add("a");
        expect((await failure(fleet.up(strict))).summary).toBe("1 of 4 hosts failed");
        expect(world.flags("b", "c", "d")).toEqual([true, true, true]);
    });

    test("a refresh fails, and the state stays", async () => {
        await fleet.up(strict);
        world.silent.add("a");
        const before = fleet.outs;
        expect((await failure(fleet.refresh())).summary).toBe("1 of 4 hosts do not answer (a)");
        expect(fleet.outs).toBe(before);
    });
});

describe("WMISEC_STRICT", () => {
    beforeEach(async () => {
        await fleet.up(fleetOf(HOSTS));
        world.strict = true;
    });

    test.each<[string, string, () => void]>([
        ["does not answer", "1 of 4 hosts do not answer (a)", () => world.silent.add("a")],
        ["denies", "1 of 4 hosts could not be read", () => world.machine("a").faults.on("namespaceDenied", { paths: ["root/contoso"] })],
        ["fails", "1 of 4 hosts could not be read", () => world.machine("a").faults.on("notElevated", {})],
    ])("a host that %s makes a refresh fail", async (_what, summary, happens) => {
        happens();
        expect((await failure(fleet.refresh())).summary).toBe(summary);
    });

    test("drift alone does not", async () => {
        world.machine("a").behindOurBack.setFlag("root/contoso", false);
        await fleet.refresh();
        expect(fleet.counts).toEqual({ hosts: 4, compliant: 3, drifted: 1 });
    });
});

describe("maxUnreachable", () => {
    const inputs = fleetOf(HOSTS, { maxUnreachable: "25%" });

    test("as many as it says fail nothing; one more fails an update and a refresh", async () => {
        await fleet.up(inputs);
        world.silent.add("a");
        await fleet.refresh();
        world.silent.add("b");
        const why = "2 of 4 hosts do not answer (a, b), and maxUnreachable is 25% (1 of 4)";
        expect((await failure(fleet.refresh())).summary).toBe(why);
        expect((await failure(fleet.up(fleetOf(HOSTS, { maxUnreachable: "25%", ...STRICTER })))).summary).toBe(why);
        expect(world.machine("c").flag("root/cimv2")).toBe(true);
    });

    test.each<[string, object]>([
        ["maxUnreachable", { maxUnreachable: 0 }],
        ['unreachable: "error"', { unreachable: "error" }],
    ])("hosts that a first up did not reach do not block the next one: a refresh asks none of them (%s)", async (_what, more) => {
        world.silent.add("a");
        expect(await codeOf(fleet.up(fleetOf(HOSTS, more)))).toBe("hostsFailed");
        world.silent.clear();
        await fleet.up(fleetOf(HOSTS, more), { refresh: true });
        expect(fleet.counts).toEqual({ hosts: 4, compliant: 4 });
    });

    test("nor does one that refused us, under WMISEC_STRICT", async () => {
        world.strict = true;
        world.machine("a").faults.on("notElevated", {});
        expect(await codeOf(fleet.up(inputs))).toBe("hostsFailed");
        world.machine("a").faults.off();
        await fleet.up(inputs, { refresh: true });
        expect(fleet.counts).toEqual({ hosts: 4, compliant: 4 });
    });
});

describe("WMISEC_FORGET", () => {
    test.each<[string, object]>([
        ['unreachable: "error"', { unreachable: "error" }],
        ["maxUnreachable: 0", { maxUnreachable: 0 }],
        ["a ring that allows no failure", { unreachable: "error", rings: [{ name: "one", hosts: ["a", "b"] }, { name: "rest" }] }],
    ])("the silence of a host that is gone for good fails nothing, with %s", async (_what, more) => {
        await fleet.up(fleetOf(HOSTS, more));
        world.silent.add("a");
        world.forget.add("a");
        await fleet.refresh();
        await fleet.up(fleetOf(HOSTS, { ...more, ...STRICTER }));
        expect(fleet.counts).toEqual({ hosts: 4, compliant: 3, unreachable: 1 });
        world.silent.add("b");
        expect(await codeOf(fleet.refresh())).toBe("hostsFailed");
    });

    test("nor under WMISEC_STRICT", async () => {
        await fleet.up(fleetOf(HOSTS));
        world.silent.add("a");
        world.forget.add("a");
        world.strict = true;
        await fleet.refresh();
        expect(fleet.counts).toEqual({ hosts: 4, compliant: 3, unreachable: 1 });
    });

    test("a host that leaves and is to be restored is let go without its answer", async () => {
        await fleet.up(fleetOf(HOSTS, { whenHostLeaves: "restore" }));
        world.silent.add("a");
        world.forget.add("a");
        await fleet.up(fleetOf(["b", "c", "d"], { whenHostLeaves: "restore" }));
        expect(fleet.counts).toEqual({ hosts: 3, compliant: 3 });
    });
});
