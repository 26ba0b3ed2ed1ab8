import type { SimulatedHost } from "../../provider/simulator";
import type { Project } from "./project";
import { World, writesOf } from "./world";

const world = new World({ head: "native" });
afterAll(() => world.dispose());

const PASSWORD = "canary-of-an-import-5e1d";
const users = [{ user: "CONTOSO\\svc-pulumi", password: PASSWORD }];

/** A host that somebody encrypted by hand, and a stack whose configuration says how to get in. */
async function encrypted(): Promise<{ host: SimulatedHost; project: Project; name: string }> {
    const host = await world.host("web01", { users });
    host.machine.behindOurBack.setFlag("root/cimv2", true);
    host.writes.clear();
    const project = await world.project();
    const { host: name, password: _, ...access } = host.connection;
    await project.succeeds(["config", "set", "--secret", "wmisec:password", PASSWORD]);
    for (const [field, value] of Object.entries(access)) await project.succeeds(["config", "set", `wmisec:${field}`, String(value)]);
    return { host, project, name };
}

const noCanary = (project: Project, outputs: readonly string[]) => {
    for (const text of [project.stateText(), ...outputs]) expect(text.includes(PASSWORD)).toBe(false);
};

test("pulumi import writes the program and nothing on the host; the next up enters us with the true original value, and destroy keeps that", async () => {
    const { host, project, name } = await encrypted();
    project.programOf({}, "");
    const imported = await project.succeeds([
        "import",
        "wmisec:index:WmiNamespaceSecurity",
        "policy",
        `${name},root/cimv2,root/Contoso`,
        "--yes",
        "--skip-preview",
        "--protect=false",
        // The language host that can be built from Go modules generates no programs.
        "--generate-code=false",
    ]);
    expect(writesOf(host)).toEqual([]);
    const [stored] = project.resources();
    const namespaces = { "root/cimv2": { requiresEncryption: true }, "root/Contoso": { requiresEncryption: false } };
    expect(stored?.inputs).toMatchObject({ connection: { host: name }, namespaces });
    expect(stored?.inputs["connection"]).not.toHaveProperty("password");
    expect(stored?.outputs).toMatchObject({ owner: "absent", before: {} });

    project.programOf(
        {},
        `new wmisec.WmiNamespaceSecurity("policy", { connection: { host: "${name}" }, namespaces: ${JSON.stringify(namespaces)} });`,
    );
    const preview = await project.preview();
    expect(preview).toMatch(/1 to update/);
    await project.up();
    expect(writesOf(host)).toEqual([]);
    expect(project.resources()[0]?.outputs["before"]).toEqual({ "namespace:root/cimv2": true, "namespace:root/contoso": "absent" });
    expect((await project.gate()).code).toBe(0);
    noCanary(project, [imported, preview]);

    await project.destroy();
    expect(host.machine.flag("root/cimv2")).toBe(true);
    expect(host.machine.ledger()).toEqual({});
});

test("the option import imports and updates in one run, and may stay", async () => {
    const { host, project, name } = await encrypted();
    project.programOf(
        {},
        `new wmisec.WmiNamespaceSecurity("policy", { connection: { host: "${name}" }, namespaces: { "root/cimv2": { requiresEncryption: true } } },
            { import: "${name}" });`,
    );
    await project.up();
    expect(writesOf(host)).toEqual([]);
    expect(project.resources()[0]?.outputs).toMatchObject({ before: { "namespace:root/cimv2": true } });
    expect(await project.up()).toMatch(/2 unchanged/);
    await project.destroy();
    expect(host.machine.flag("root/cimv2")).toBe(true);
});

test("get looks at a host and manages nothing", async () => {
    const { host, project, name } = await encrypted();
    project.programOf(
        {},
        `module.exports = { observed: wmisec.WmiNamespaceSecurity.get("look", "${name},root/cimv2,root/Contoso").observed };`,
    );
    await project.up();
    const told = await project.succeeds(["stack", "output", "--json"]);
    expect(JSON.parse(told)).toEqual({ observed: { "root/cimv2": true, "root/Contoso": "absent" } });
    await project.destroy();
    expect(writesOf(host)).toEqual([]);
    expect(host.machine.ledger()).toEqual({});
});

test("what is not there can't be imported, and the error says so", async () => {
    const { project, name } = await encrypted();
    project.programOf({}, "");
    const output = await project.fails([
        "import",
        "wmisec:index:WmiNamespaceSecurity",
        "policy",
        `${name},root/nosuch`,
        "--yes",
        "--skip-preview",
    ]);
    expect(output).toMatch(/root\/nosuch is missing, so it can't be imported/);
    expect(project.resources()).toEqual([]);
});
