import type { SimulatedHost } from "../../provider/simulator";
import { NATIVE } from "./heads";
import type { Project } from "./project";
import { until } from "./until";
import { World } from "./world";

/** The killed run was the last one of its stack: nobody will ever run its program again, and the host still has what it wrote. */

const world = new World(NATIVE);
afterAll(() => world.dispose());

const policy = (requiresEncryption: boolean) =>
    `new wmisec.WmiNamespaceSecurity("policy", { connection: hosts.web01, namespaces: { "root/Contoso": { requiresEncryption: ${requiresEncryption} } } });`;

/** As `ownedByAnother` and the registry on the host say it. */
const OWNER = "organization/urn:pulumi:dev::gone::wmisec:index:WmiNamespaceSecurity::policy";
const up = ["up", "--yes", "--skip-preview"];
const destroy = ["destroy", "--yes", "--skip-preview"];

async function orphaned(): Promise<{ host: SimulatedHost; other: Project }> {
    const host = await world.host("web01");
    const gone = await world.project({ name: "gone" });
    gone.program([host], policy(true));
    host.faults.on("verbHangs", { verb: "apply", when: "after" });
    const run = gone.start(up);
    await until(() => host.machine.flag("root/Contoso") === true, 120);
    run.child.kill("SIGKILL");
    await run.ended;
    host.faults.off();
    expect(gone.resources()).toEqual([]);
    gone.mendAttributes();
    await gone.succeeds(["cancel", "--yes"]);
    await gone.succeeds(["stack", "rm", "--yes", "--force", "dev"]);
    expect(Object.values(host.machine.ledger()).join()).toContain(OWNER);
    const other = await world.project({ name: "other" });
    return { host, other };
}

function restored(host: SimulatedHost): void {
    expect(host.machine.flag("root/Contoso")).toBe(false);
    expect(host.machine.ledger()).toEqual({});
    expect(host.machine.files.list()).toEqual([]);
}

test("a stack that wants something else is told who stands in its way, and evicts it", async () => {
    const { host, other } = await orphaned();
    other.program([host], policy(false));
    expect(await other.fails(up)).toContain(`WMISEC_EVICT='${OWNER}'`);
    expect(await other.succeeds(up, { WMISEC_EVICT: OWNER })).toContain(`WMISEC_EVICT removes the owner ${OWNER}, who wanted true`);
    expect(host.machine.flag("root/Contoso")).toBe(false);
    await other.destroy();
    restored(host);
});

test("a stack that wants the same is told by its destroy why the host stays encrypted, and a destroy that evicts puts back", async () => {
    const { host, other } = await orphaned();
    other.program([host], policy(true));
    await other.up();
    expect(await other.destroy()).toContain(`root/Contoso stays as it is: still wanted by ${OWNER} (since `);
    expect(host.machine.flag("root/Contoso")).toBe(true);
    await other.up();
    expect(await other.succeeds(destroy, { WMISEC_EVICT: OWNER })).toContain(`WMISEC_EVICT removes the owner ${OWNER}`);
    restored(host);
});
