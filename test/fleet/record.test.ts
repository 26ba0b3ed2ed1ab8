import fc from "fast-check";
import { canonical } from "../../provider/core/canonical";
import { memberInputs } from "../../provider/fleet/member";
import { compact, expanded, grouped, isSettled, type MemberRecord, recordsIn } from "../../provider/fleet/record";
import type { Properties } from "../../provider/handlers/handler";
import { appliedBy, parseState } from "../../provider/handlers/state";
import { fleetInputs } from "../../provider/resources/fleetInputs";
import { fleetMemory, HOST_CONDITIONS } from "../../provider/resources/fleetOutputs";
import { hostPolicy } from "../../provider/resources/hostPolicy";
import type { ResourceSpec } from "../../provider/resources/resource";
import { fuzzRuns } from "../fuzz";

const path = fc.constantFrom("root/cimv2", "root/contoso", "root/contoso/billing");
const namespaces = fc.dictionary(path, fc.record({ requiresEncryption: fc.boolean() }));
const value = fc.constantFrom(true, false, "absent" as const);
const before = fc.dictionary(
    path.map((one) => `namespace:${one}`),
    value,
);
const former = fc.record({ owner: fc.constant("org/fleet#a"), machine: fc.constant("old"), applied: fc.constant({}), before });
/** A member's state: as the fleet declares it, with what differs after drift, a failure, a move. */
const member = fc.record({
    fleet: fc.record({
        namespaces,
        checkAccess: fc.option(fc.boolean(), { nil: undefined }),
        onDelete: fc.constantFrom(undefined, "leave"),
    }),
    found: fc.option(namespaces, { nil: undefined }),
    drops: fc.constantFrom<string[]>([], ["checkAccess"], ["onDelete"]),
    before,
    agrees: fc.boolean(),
    more: fc.record(
        {
            incomplete: fc.constant(true),
            lastOwner: fc.constant("org/fleet#a"),
            unreachableSince: fc.constant("2026-01-01T00:00:00.000Z"),
            unreleased: fc.array(former, { minLength: 1, maxLength: 2 }),
            undeclared: fc.constant({ "namespace:root/x": "true" }),
        },
        { requiredKeys: [] },
    ),
    machine: fc.constantFrom("m1", "m2"),
});

const defined = (properties: object): Properties => Object.fromEntries(Object.entries(properties).filter(([, one]) => one !== undefined));

test("a host's state comes back as it was, whatever is in it", () =>
    fc.assert(
        fc.property(member, ({ fleet, found, drops, before: first, agrees, more, machine }) => {
            const inputs = fleetInputs.parse({ owner: "org/fleet", connection: { user: "me" }, hosts: { a: {} }, ...defined(fleet) });
            const declared = memberInputs(inputs, "a", {});
            const own = Object.fromEntries(
                Object.entries({ ...declared, ...(found !== undefined && { namespaces: found }) }).filter(
                    ([name]) => !drops.includes(name),
                ),
            );
            const applied = appliedBy(hostPolicy as ResourceSpec, agrees ? own : declared);
            const unreleased = more.unreleased?.map((one) => ({ ...one, connection: { host: "old", user: "me" } }));
            const state = { ...own, ...defined({ ...more, unreleased }), applied, before: first, machine, schemaVersion: 1 };
            const record = compact(state, declared, { condition: "compliant" });
            expect(canonical(expanded(record, declared))).toBe(canonical(state));
            // Through the text of a state, too.
            const [read] = recordsIn(fleetMemory.shape.members.parse(JSON.parse(JSON.stringify(grouped(new Map([["a", record]]))))));
            expect(canonical(expanded(read?.[1] ?? record, declared))).toBe(canonical(state));
            parseState(hostPolicy as ResourceSpec, expanded(record, declared));
        }),
        fuzzRuns(),
    ));

const record: fc.Arbitrary<MemberRecord> = fc.record(
    {
        condition: fc.constantFrom(...HOST_CONDITIONS),
        machine: fc.constantFrom("", "m1", "m2"),
        found: fc.array(fc.constantFrom("x is false", "y is missing"), { minLength: 1, maxLength: 2 }),
        before,
        more: fc.constant({ incomplete: true }),
    },
    { requiredKeys: ["condition", "machine"] },
);
const hostNames = fc.stringMatching(/^[a-z0-9.-]{1,8}$/);

test("hosts that are alike share one description, and none is lost or changed", () =>
    fc.assert(
        fc.property(fc.dictionary(hostNames, record, { maxKeys: 30 }), (all) => {
            const records = new Map(Object.entries(all));
            const groups = grouped(records);
            expect(canonical(Object.fromEntries(recordsIn(groups)))).toBe(canonical(all));
            expect(new Set(groups.map(({ hosts: _, ...common }) => canonical(common))).size).toBe(groups.length);
            // The order in which hosts were met does not show.
            expect(JSON.stringify(grouped(new Map([...records].reverse())))).toBe(JSON.stringify(groups));
        }),
        fuzzRuns(),
    ));

test("what every host has in common costs nothing for each of them: 10,000 hosts as declared are one group", () => {
    const inputs = fleetInputs.parse({
        owner: "org/fleet",
        connection: { user: "me" },
        hosts: { a: {} },
        namespaces: { "root/x": { requiresEncryption: true } },
    });
    const records = new Map(
        Array.from({ length: 10_000 }, (_, index) => {
            const declared = memberInputs(inputs, `h${index}`, {});
            const state = {
                ...declared,
                before: { "namespace:root/x": "absent" },
                machine: `m${index}`,
                schemaVersion: 1,
            };
            return [`h${index}`, compact(state, declared, { condition: "compliant" })] as const;
        }),
    );
    const groups = grouped(records);
    expect(groups).toHaveLength(1);
    expect(Object.keys(groups[0] ?? {})).toEqual(["before", "condition", "hosts"]);
});

test.each<[string, MemberRecord, boolean]>([
    ["compliant", { condition: "compliant", machine: "m" }, true],
    ["skipped", { condition: "skipped", machine: "m" }, true],
    ["silent, with nothing to do", { condition: "unreachable", machine: "m" }, true],
    ["exempt", { condition: "exempt", machine: "" }, true],
    ["never reached", { condition: "unreachable", machine: "" }, false],
    ["drifted", { condition: "drifted", machine: "m" }, false],
    ["denied", { condition: "denied", machine: "m" }, false],
    ["failed", { condition: "failed", machine: "m" }, false],
    ["pending", { condition: "pending", machine: "m" }, false],
    ["silent, with a change put off", { condition: "unreachable", machine: "m", more: { incomplete: true } }, false],
    ["found with other values", { condition: "unreachable", machine: "m", inputs: { checkAccess: false } }, false],
    ["with something that nobody declares", { condition: "compliant", machine: "m", more: { undeclared: {} } }, false],
    ["with a past that does not matter", { condition: "compliant", machine: "m", more: { abandoned: [] } }, true],
])("a host that is %s: is it settled? (%j)", (_what, one, settled) => expect(isSettled(one)).toBe(settled));
