import { memberOwner, withFleets } from "../../provider/core/ledger/memberOwner";
import { hostIn, isExempt, memberInputs, memberStamp } from "../../provider/fleet/member";
import { type FleetInputs, fleetInputs } from "../../provider/resources/fleetInputs";
import { FALSE, TRUE } from "../inputs";

const fleet = (more: object = {}): FleetInputs => fleetInputs.parse({ owner: "org/fleet", hosts: { a: {}, b: {} }, ...more });

test("a member has the fleet's inputs, its own owner, and keep as its default for silence", () => {
    const inputs = fleet({ namespaces: { "root/x": TRUE }, checkAccess: true, autorecover: true, onDelete: "leave", compiler: "api" });
    expect(memberInputs(inputs, "a", {})).toEqual({
        connection: { host: "a" },
        owner: "org/fleet#a",
        unreachable: "keep",
        namespaces: { "root/x": TRUE },
        checkAccess: true,
        autorecover: true,
        onDelete: "leave",
        compiler: "api",
    });
    expect(memberInputs(fleet({ unreachable: "error" }), "a", {})).toEqual({
        connection: { host: "a" },
        owner: "org/fleet#a",
        unreachable: "error",
    });
});

test("a host's namespaces take the place of the fleet's, in whatever spelling", () => {
    const inputs = fleet({ namespaces: { "root/cimv2": TRUE, "root/other": TRUE } });
    expect(memberInputs(inputs, "a", { namespaces: { "ROOT\\CIMV2": FALSE, "root/new": TRUE } })["namespaces"]).toEqual({
        "ROOT\\CIMV2": FALSE,
        "root/other": TRUE,
        "root/new": TRUE,
    });
    expect(memberInputs(fleet(), "a", { namespaces: { "root/new": TRUE } })["namespaces"]).toEqual({ "root/new": TRUE });
});

test("a host's checkAccess takes the place of the fleet's, false too", () =>
    expect(memberInputs(fleet({ checkAccess: true }), "a", { checkAccess: false })["checkAccess"]).toBe(false));

test("a stamp is the same in each run, and another one for each host and each fleet", () => {
    const stamps = [memberStamp("1", "a"), memberStamp("1", "b"), memberStamp("2", "a"), memberStamp("1", "a")];
    expect(stamps[3]).toBe(stamps[0]);
    expect(new Set(stamps).size).toBe(3);
    expect(stamps[0]).toMatch(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);
});

test.each<[string | undefined, string, boolean]>([
    [undefined, "2026-01-01T00:00:00Z", false],
    ["2026-02-01", "2026-01-31T23:59:59.999Z", true],
    ["2026-02-01", "2026-02-01T00:00:00Z", false],
    ["2026-02-01T10:00:00+02:00", "2026-02-01T07:59:59Z", true],
    ["2026-02-01T10:00:00+02:00", "2026-02-01T08:00:00Z", false],
])("an exemption until %s, at %s: %s", (until, now, exempt) => {
    const host = until === undefined ? {} : { exemption: { owner: "anna", reason: "r", until } };
    expect(isExempt(host, Date.parse(now))).toBe(exempt);
});

test("a property of every object is no host", () => {
    expect(hostIn({ a: {} }, "constructor")).toBeUndefined();
    expect(hostIn({ a: {} }, "a")).toEqual({});
});

test("a fleet's name stands for all of its hosts, and a host's owner for that host alone", () => {
    const names = withFleets(new Set(["org/fleet", "org/other#b", "org/plain"]));
    const has = (...owners: string[]) => owners.map((owner) => names.has(owner));
    expect(has(memberOwner("org/fleet", "a"), "org/fleet", "org/fleet#", "org/plain")).toEqual([true, true, true, true]);
    expect(has("org/other#a", "org/other#b", "org/other", "org/fleet2#a", "org/fleetx", "#a")).toEqual([
        false,
        true,
        false,
        false,
        false,
        false,
    ]);
    // A resource's own name may have the sign.
    expect(withFleets(new Set(["org/a#b"])).has(memberOwner("org/a#b", "c"))).toBe(true);
});
