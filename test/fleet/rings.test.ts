import fc from "fast-check";
import { withoutMachine } from "../../provider/fleet/record";
import { rolloutOf, stopsAfter, waitFor } from "../../provider/fleet/ringOrder";
import { filledRings, ringProblems } from "../../provider/fleet/rings";
import { fleetInputs, type Ring } from "../../provider/resources/fleetInputs";
import type { HostCondition } from "../../provider/resources/fleetOutputs";
import { fuzzRuns } from "../fuzz";
import { FALSE, TRUE } from "../inputs";

const named = (names: readonly string[]) => Object.fromEntries(names.map((name) => [name, {}]));
const placesOf = (names: readonly string[], rings: readonly Ring[]): Map<string, string> =>
    new Map(filledRings({ hosts: named(names), rings: [...rings] }).flatMap(({ ring, hosts }) => hosts.map((host) => [host, ring.name])));

test("without rings all hosts are in one that nobody's failure stops", () =>
    expect(filledRings({ hosts: named(["a", "b"]) })).toEqual([{ ring: { name: "all hosts", maxFailures: "100%" }, hosts: ["a", "b"] }]));

test("what the host says comes first, then the ring's list, then the shares, then the last ring", () => {
    const rings = [{ name: "one", hosts: ["a"] }, { name: "two", hosts: ["b"] }, { name: "rest" }];
    const filled = filledRings({ hosts: { ...named(["a", "b", "c"]), d: { ring: "one" }, b: { ring: "one" } }, rings });
    expect(filled.map(({ ring, hosts }) => [ring.name, hosts])).toEqual([
        ["one", ["a", "b", "d"]],
        ["two", []],
        ["rest", ["c"]],
    ]);
});

test("hosts of no ring come last, in a ring of their own if the last one is for certain hosts", () => {
    const filled = filledRings({ hosts: named(["a", "b"]), rings: [{ name: "one", hosts: ["a"] }] });
    expect(filled.map(({ ring, hosts }) => [ring.name, hosts])).toEqual([
        ["one", ["a"]],
        ["all other hosts", ["b"]],
    ]);
});

const name = fc.stringMatching(/^[a-z][a-z0-9-]{0,12}$/);
const percents = fc.array(fc.integer({ min: 0, max: 30 }), { minLength: 1, maxLength: 3 });
const sharesOf = (shares: readonly number[]): Ring[] => [
    ...shares.map((percent, index) => ({ name: `r${index}`, percent })),
    { name: "rest" },
];

test("each host is in exactly one ring, and keeps it when others come and go", () =>
    fc.assert(
        fc.property(fc.uniqueArray(name, { maxLength: 40 }), fc.uniqueArray(name, { maxLength: 40 }), percents, (some, others, shares) => {
            const rings = sharesOf(shares);
            const before = placesOf(some, rings);
            const all = [...new Set([...some, ...others])];
            const after = placesOf(all, rings);
            expect([...after.keys()].sort()).toEqual(all.sort());
            for (const host of some) expect(after.get(host)).toBe(before.get(host));
        }),
        fuzzRuns(),
    ));

test("a share holds about as many hosts as it says, and a larger one holds those of the smaller", () => {
    const hosts = Array.from({ length: 5000 }, (_, index) => `web-${index}.contoso.test`);
    const first = (percent: number) =>
        new Set(filledRings({ hosts: named(hosts), rings: [{ name: "r", percent }, { name: "rest" }] })[0]?.hosts);
    const [ten, thirty] = [first(10), first(30)];
    expect(Math.abs(ten.size - 500)).toBeLessThan(100);
    expect(Math.abs(thirty.size - 1500)).toBeLessThan(150);
    expect([...ten].every((host) => thirty.has(host))).toBe(true);
    expect(first(0).size).toBe(0);
    expect(first(100).size).toBe(5000);
});

test.each<[string, Ring[], object, string]>([
    ["a name that comes twice", [{ name: "r" }, { name: "r" }], {}, "rings.1.name: is also the name of an earlier ring"],
    [
        "a host in two",
        [
            { name: "r", hosts: ["a"] },
            { name: "s", hosts: ["a"] },
        ],
        {},
        "rings.1.hosts.0: a is also in the ring r",
    ],
    ["a host that is none", [{ name: "r", hosts: ["z"] }], {}, "rings.0.hosts.0: z is not a host of this fleet"],
    [
        "more than all",
        [
            { name: "r", percent: 60 },
            { name: "s", percent: 50 },
        ],
        {},
        "rings: have shares of more than 100 percent together",
    ],
    ["a ring that is none", [{ name: "r" }], { a: { ring: "s" } }, "hosts.a.ring: is not a ring of this fleet"],
])("%s is a mistake", (_what, rings, hosts, problem) =>
    expect(ringProblems({ hosts: { a: {}, ...hosts }, rings }).map(([path, text]) => `${path.join(".")}: ${text}`)).toEqual([problem]),
);

test("shares that come to a hundred, in fractions too, are no mistake", () => {
    const shares = [[60, 40], [28.6, 35.7, 35.7], Array.from({ length: 7 }, () => 100 / 7)];
    const problems = shares.map((percents) =>
        ringProblems({ hosts: {}, rings: percents.map((percent, index) => ({ name: `r${index}`, percent })) }),
    );
    expect(problems).toEqual([[], [], []]);
});

describe("the order", () => {
    const after = (conditions: readonly HostCondition[], ring: Partial<Ring> = {}, limits: object = {}) => {
        const members = new Map(conditions.map((condition, index) => [`h${index}`, withoutMachine(condition)] as const));
        const silent = new Set([...members].flatMap(([host, { condition }]) => (condition === "unreachable" ? [host] : [])));
        return stopsAfter({ ring: { name: "r", ...ring }, hosts: [...members.keys()] }, members, {
            silent,
            silenceFails: false,
            ...limits,
        });
    };

    test.each<[string, readonly HostCondition[], Partial<Ring>, object, string | undefined]>([
        ["all is well", ["compliant", "skipped"], {}, {}, undefined],
        ["one failed", ["compliant", "failed"], {}, {}, "1 of the 2 hosts of the ring r failed, and its maxFailures is 0"],
        ["one failed, as allowed", ["compliant", "failed"], { maxFailures: 1 }, {}, undefined],
        ["a share failed, as allowed", ["compliant", "denied"], { maxFailures: "50%" }, {}, undefined],
        [
            "one more than the share",
            ["compliant", "denied", "failed"],
            { maxFailures: "50%" },
            {},
            "2 of the 3 hosts of the ring r failed, and its maxFailures is 50% (1 of 3)",
        ],
        ["silence is no failure", ["compliant", "unreachable"], {}, {}, undefined],
        [
            "silence is a failure",
            ["compliant", "unreachable"],
            {},
            { silenceFails: true },
            "1 of the 2 hosts of the ring r failed, and its maxFailures is 0",
        ],
        ["nobody is as declared", ["unreachable", "unreachable"], {}, {}, "none of the 2 hosts of the ring r is as declared"],
        ["all failed, as allowed", ["failed"], { maxFailures: "100%" }, {}, "none of the 1 hosts of the ring r is as declared"],
        ["all are exempt", ["exempt", "exempt"], {}, {}, undefined],
        ["no hosts", [], {}, {}, undefined],
        [
            "too much silence",
            ["compliant", "unreachable"],
            {},
            { maxUnreachable: 0 },
            "1 of 2 hosts do not answer (h1), and maxUnreachable is 0",
        ],
    ])("%s: %s", (_what, conditions, ring, limits, why) => expect(after(conditions, ring, limits)).toBe(why));

    test.each<[string | undefined, string, boolean]>([
        [undefined, "2026-01-01T00:00:00.000Z", false],
        ["2026-01-01T00:00:00.000Z", "2026-01-01T00:29:59.999Z", true],
        ["2026-01-01T00:00:00.000Z", "2026-01-01T00:30:00.000Z", false],
    ])("a ring may begin 30 minutes after %s: at %s it waits: %s", (before, now, waits) =>
        expect(waitFor({ name: "r", eligibleAfter: "30m" }, before, now) !== undefined).toBe(waits),
    );
});

test("a rollout goes on as long as the policy is the same, however the hosts change", () => {
    const inputs = (more: object = {}) => fleetInputs.parse({ owner: "o", hosts: { a: {} }, namespaces: { "root/x": TRUE }, ...more });
    const first = rolloutOf(undefined, inputs());
    const old = { ...first, done: { r: "2026-01-01T00:00:00.000Z" } };
    expect(rolloutOf(old, inputs({ hosts: { a: {}, b: {} }, maxChanges: 3 }))).toBe(old);
    for (const more of [{ namespaces: { "root/x": FALSE } }, { autorecover: true }, { checkAccess: true }, { compiler: "api" }]) {
        expect(rolloutOf(old, inputs(more)).done).toEqual({});
        expect(rolloutOf(old, inputs(more)).policy).not.toBe(old.policy);
    }
});
