import type { SimulatedHost } from "../../provider/simulator";
import { NATIVE } from "./heads";
import type { Project } from "./project";
import { World, writesOf } from "./world";

const world = new World(NATIVE);
afterAll(() => world.dispose());

const PROGRAM = `for (const [name, connection] of Object.entries(hosts)) new wmisec.WmiNamespaceSecurity(name, {
    connection: { ...connection, dialErrorLimit: 0 }, namespaces: { "root/Contoso": { requiresEncryption: true } } });`;

let drifted: SimulatedHost;
let dead: SimulatedHost;
let project: Project;

beforeAll(async () => {
    [drifted, dead] = [await world.host("web01"), await world.host("web02")];
    project = await world.project();
    await project.succeeds(["config", "set", "wmisec:lookFirst", "true"]);
    project.program([drifted, dead], PROGRAM);
    await project.up();
    drifted.machine.behindOurBack.setFlag("root/Contoso", false);
    writesOf(drifted);
});

test("a plain preview shows drift, and with --expect-no-changes it is a gate", async () => {
    const { code, output } = await project.pulumi(["preview", "--diff", "--expect-no-changes"]);
    expect(code).toBe(7);
    expect(output).toMatch(/requiresEncryption: (true => false|false => true)/);
    expect(output).toMatch(/1 to update/);
    expect(writesOf(drifted)).toEqual([]);
});

test("a host that does not answer stops nobody else: the preview ends with 0, and an up heals the others and fails for it alone", async () => {
    await dead.down();
    const preview = await project.preview();
    expect(preview).toMatch(/2 to update/);
    expect(preview).toContain(`${dead.address}: `);
    const output = await project.fails(["up", "--yes", "--skip-preview", "--continue-on-error"]);
    expect(writesOf(drifted)).toEqual(["root/contoso: false -> true"]);
    expect(output).toMatch(/1 updated/);
    expect(output).toContain(`${dead.address}: `);
    const [, kept] = project.resources().sort(({ urn: a }, { urn: b }) => (a < b ? -1 : 1));
    expect(kept?.outputs).toMatchObject({ before: { "namespace:root/contoso": "absent" }, status: { "root/Contoso": "unreachable" } });
});

test("once it answers again, an up is as before, and the next preview has nothing to do", async () => {
    await dead.up();
    await project.up();
    expect(project.resources().map(({ outputs }) => outputs["status"])).toEqual([
        { "root/Contoso": "compliant" },
        { "root/Contoso": "compliant" },
    ]);
    expect((await project.pulumi(["preview", "--expect-no-changes"])).code).toBe(0);
    expect([...writesOf(drifted), ...writesOf(dead)]).toEqual(["root/contoso: null -> true"]);
});

test("when it is switched off, an up and a refresh take it out of the state, and previews contact nobody", async () => {
    await project.succeeds(["config", "set", "wmisec:lookFirst", "false"]);
    await project.up();
    await project.refresh();
    const { connections } = drifted.counters;
    await project.preview();
    expect(drifted.counters.connections).toBe(connections);
    expect(project.stateText()).not.toContain("refreshBeforeUpdate");
    await project.destroy();
});
