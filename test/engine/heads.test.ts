import type { SimulatedHost } from "../../provider/simulator";
import { diagnostics } from "./diagnostics";
import { HEADS } from "./heads";
import type { Head, Project } from "./project";
import { World, writesOf } from "./world";

const world = new World();
afterAll(() => world.dispose());

const declared = (options: string) =>
    `new wmisec.WmiNamespaceSecurity("policy", { connection: hosts.web01, namespaces: { "root/Contoso": { requiresEncryption: true } } }${options});`;

/** The way back is the alias the other way round. */
const BACK = `, { aliases: [{ type: "wmisec:index:WmiNamespaceSecurity" }] }`;

const ownersOf = (host: SimulatedHost): string[] => JSON.stringify(host.machine.ledger()).match(/organization\/urn:[^"\\]+/g) ?? [];

async function moved(project: Project, host: SimulatedHost, head: Head, options: string): Promise<string> {
    project.moveTo(head);
    project.program([host], declared(options));
    return project.up();
}

test("a program moves to the native plugin and back by its import line: an update that writes nothing but the ledger's owner", async () => {
    const host = await world.host("web01");
    const project = await world.project();
    await moved(project, host, "dynamic", "");
    const [before] = project.resources();
    writesOf(host);

    expect(await moved(project, host, "native", "")).toMatch(/1 updated/);
    const [native] = project.resources();
    expect([native?.type, native?.id]).toEqual(["wmisec:index:WmiNamespaceSecurity", before?.id]);
    expect(native?.outputs["before"]).toEqual(before?.outputs["before"]);
    expect(native?.inputs).not.toHaveProperty("owner");
    expect(native?.outputs).not.toHaveProperty("__provider");
    expect(ownersOf(host)).toEqual([expect.stringMatching(/::wmisec:index:WmiNamespaceSecurity::policy$/)]);
    expect(writesOf(host)).toEqual([]);
    expect((await project.gate()).code).toBe(0);

    expect(await moved(project, host, "dynamic", BACK)).toMatch(/1 updated/);
    expect(project.resources()).toMatchObject([{ type: "pulumi-nodejs:dynamic/wmisec:WmiNamespaceSecurity", id: before?.id }]);
    expect(ownersOf(host)).toEqual([expect.stringMatching(/::pulumi-nodejs:dynamic\/wmisec:WmiNamespaceSecurity::policy$/)]);
    expect(writesOf(host)).toEqual([]);
    expect((await project.gate()).code).toBe(0);

    await project.destroy();
    expect(host.machine.flag("root/Contoso")).toBe(false);
    expect(host.machine.ledger()).toEqual({});
});

test("an explicit provider has the credentials, and a change of them updates the provider alone", async () => {
    const password = "canary-of-a-provider-11d7";
    const host = await world.host("web01", { users: [{ user: "me", password }] });
    const project = await world.project({ head: "native", environment: { OTHER: password } });
    const { host: name, port, hostKey } = host.connection;
    const program = (credentials: object) =>
        project.programOf(
            {},
            `const provider = new wmisec.Provider("fleet", ${JSON.stringify({ user: "me", hostKey, ...credentials })});
            new wmisec.UnsecAppPolicy("policy", { connection: { host: "${name}", port: ${port} }, checkAccess: true }, { provider });`,
        );
    program({ password });
    const outputs = [await project.up()];
    expect(project.resources()[0]?.inputs["connection"]).toEqual({ host: name, port });
    program({ password: { env: "OTHER" } });
    outputs.push(await project.up());
    expect(outputs[1]).toMatch(/~\s+pulumi:providers:wmisec fleet updated/);
    expect(outputs[1]).toMatch(/1 updated/);
    expect((await project.gate()).code).toBe(0);
    await project.destroy();
    for (const text of [project.stateText(), ...outputs]) expect(text.includes(password)).toBe(false);
});

test("log lines of the native plugin stand under their resource, and the run's last words under the stack", async () => {
    const host = await world.host("web01");
    const project = await world.project({ head: "native" });
    project.program([host], declared(""));
    await project.up();
    host.machine.behindOurBack.setFlag("root/Contoso", false);
    const said = diagnostics(await project.succeeds(["preview", "--refresh"]));
    expect(said.get("policy")).toContain("root/Contoso is false, declared true");
    expect(said.get("fleet-dev")).toContain("wmisec: 0 as declared, 1 drifted");
    expect(said.get("fleet-dev")).not.toContain("declared true");
    await project.destroy();
});

test.each(HEADS)("with --tracing the run's last words are shown, too, by the %s head", async (_head, way) => {
    const host = await world.host("web01");
    const project = await world.project(way);
    project.program([host], declared(""));
    const up = ["up", "--yes", "--skip-preview", "--tracing", "file:./trace"];
    expect(await project.succeeds(up, { WMISEC_EVICT: "nobody" })).toContain("WMISEC_EVICT did nothing for nobody");
});
