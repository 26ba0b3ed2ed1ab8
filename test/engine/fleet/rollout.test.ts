import type { SimulatedHost } from "../../../provider/simulator";
import { NATIVE } from "../heads";
import type { Project } from "../project";
import { World } from "../world";
import { conditionsOf, fleet, outputsOf, startHosts } from "./declared";

/** Rings with a pause, the limits of a plan, and a look before a change: what the CLI says and how it exits. */
const COUNT = 8;

const world = new World(NATIVE);
afterAll(() => world.dispose());

let hosts: readonly SimulatedHost[];
let project: Project;

const UP = ["up", "--yes", "--skip-preview"];
const policy = (requires: boolean) => `namespaces: { "root/Contoso": { requiresEncryption: ${requires} } }`;
const declare = (more: string, of?: string) => project.program(hosts, fleet(more, "fleet", of));
const flags = () => hosts.map(({ machine }) => machine.flag("root/Contoso"));
const contacts = () => hosts.reduce((sum, { counters }) => sum + counters.connections, 0);
const writes = () => hosts.reduce((sum, host) => sum + host.writes.all.length, 0);
const of = <T>(value: T, count = COUNT): T[] => Array.from({ length: count }, () => value);

beforeAll(async () => {
    hosts = await startHosts(world, COUNT);
    project = await world.project();
});

const RINGS = `rings: [{ name: "canary", hosts: ["web-001", "web-002"] }, { name: "broad", eligibleAfter: "24h" }]`;

test("a look before the first up says what would be written where, and writes nothing", async () => {
    declare(policy(true));
    const output = await project.fails(UP, { WMISEC_PREVIEW_HOSTS: "1" });
    expect(output).toContain("8 of 8 hosts would be written to; nothing was written");
    expect(output).toMatch(/root\/Contoso.*: web-001, web-002, .*web-008/i);
    expect(writes()).toBe(0);
    expect(project.resources()).toEqual([]);
});

test("a ring that may not begin yet: the run stops before it and succeeds, and the gate says that something is left", async () => {
    declare(`${policy(true)}, ${RINGS}`);
    const told = /stopped between two rings: the ring broad may begin \d{4}-\d\d-\d\dT\S+Z \(eligibleAfter 24h\)/;
    expect(await project.up()).toMatch(told);
    expect(flags()).toEqual([...of(true, 2), ...of(null, 6)]);
    expect(conditionsOf(project)).toEqual({ compliant: 2, pending: 6 });
    expect(outputsOf(project).haltedAt).toMatchObject({ ring: "broad" });
    expect((await project.pulumi(["preview", "--expect-no-changes"])).code).toBe(7);

    const before = contacts();
    expect(await project.up()).toMatch(told);
    expect(contacts()).toBe(before);
});

test("the next ring begins once it may", async () => {
    declare(`${policy(true)}, ${RINGS.replace(`, eligibleAfter: "24h"`, "")}`);
    await project.up();
    expect(flags()).toEqual(of(true));
    expect(outputsOf(project)).not.toHaveProperty("haltedAt");
    expect((await project.pulumi(["preview", "--expect-no-changes"])).code).toBe(0);
});

test("a plan that touches or weakens more hosts than meant is refused, and no host is contacted", async () => {
    const before = contacts();
    declare(`${policy(true)}, checkAccess: true, maxChanges: "50%"`);
    expect(await project.fails(UP)).toMatch(/the update would touch 8 hosts, and maxChanges is 50% \(\d of \d+\)[\s\S]*web-001, web-002/);
    declare(`${policy(false)}, maxWeaken: 0`);
    expect(await project.fails(UP)).toContain("the update would weaken 8 hosts, and maxWeaken is 0");
    expect(contacts()).toBe(before);
    expect(conditionsOf(project)).toEqual({ compliant: COUNT });
});

test("an inventory that is empty, or lost more than half of its hosts, is refused in the preview", async () => {
    const before = contacts();
    declare(policy(true), `[]`);
    expect(await project.fails(["preview"])).toMatch(/has no hosts: .*allowHostLoss/);
    declare(policy(true), `["web-001", "web-002", "web-003"]`);
    expect(await project.fails(["preview"])).toMatch(/has lost 5 of 8 hosts \(web-004, .*allowHostLoss/);
    expect(contacts()).toBe(before);
});

test("a host that leaves stays as it is, and its ledger keeps what stood there first", async () => {
    declare(policy(true), `Object.keys(hosts).slice(1)`);
    const written = writes();
    await project.up();
    expect(hosts[0]?.machine.flag("root/Contoso")).toBe(true);
    expect(Object.values(hosts[0]?.machine.ledger() ?? {}).join()).not.toContain("urn:pulumi");
    expect(writes()).toBe(written + 1);
    expect(conditionsOf(project)).toEqual({ compliant: COUNT - 1 });
});

test("more hosts that do not answer than maxUnreachable: gate and up fail", async () => {
    const [, dead] = hosts;
    declare(`${policy(true)}, maxUnreachable: 0`, `Object.keys(hosts).slice(1)`);
    await project.up();
    await dead?.down();
    for (const args of [
        ["preview", "--refresh", "--expect-no-changes"],
        [...UP, "--refresh"],
    ]) {
        const { code, output } = await project.pulumi(args);
        expect(code).toBe(1);
        expect(output).toMatch(/1 of 7 hosts do not answer \(web-\d+\), and maxUnreachable is 0/);
    }
    await dead?.up();
    await project.destroy();
    expect(flags()).toEqual([true, ...of(false, COUNT - 1)]);
});
