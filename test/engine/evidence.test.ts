import type { SimulatedHost } from "../../provider/simulator";
import { NATIVE } from "./heads";
import type { Project } from "./project";
import { World, writesOf } from "./world";

const world = new World(NATIVE);
afterAll(() => world.dispose());

const program = (more: string, names = ["policy"]) =>
    `${names
        .map(
            (name) => `
    const ${name} = new wmisec.WmiNamespaceSecurity("${name}", { connection: hosts.web01, ${more} namespaces: {
        "root/Contoso": { requiresEncryption: true },
    } });`,
        )
        .join("")}`;
const ON = 'evidence: { since: "24h" },';
const REFRESH_ONLY = ["refresh", "--preview-only", "--expect-no-changes", "--diff"];

async function made(more: string, names?: string[]): Promise<{ host: SimulatedHost; project: Project }> {
    const host = await world.host("web01");
    const project = await world.project();
    project.program([host], program(more, names));
    await project.up();
    writesOf(host);
    return { host, project };
}

const outputs = (project: Project): Record<string, unknown> => project.resources()[0]?.outputs ?? {};
const refused = (project: Project): unknown => {
    const events = outputs(project)["events"] as { namespaces: Record<string, { refused: { count: number } }> } | undefined;
    return events?.namespaces["root/Contoso"]?.refused.count;
};

test("counts that change are no change: both gates exit 0, an up has nothing to do, a refresh stores them", async () => {
    const { host, project } = await made(ON);
    expect(refused(project)).toBe(0);
    for (const count of [1, 2]) {
        expect(host.machine.behindOurBack.refuseClient("root/Contoso")).toBe(true);
        const gate = await project.gate();
        expect([gate.code, gate.output]).toEqual([0, expect.any(String)]);
        const refreshOnly = await project.pulumi(REFRESH_ONLY);
        expect([refreshOnly.code, refreshOnly.output]).toEqual([0, expect.any(String)]);
        expect(await project.up("--refresh", "--expect-no-changes")).toMatch(/2 unchanged/);
        expect(refused(project)).toBe(count);
    }
    expect(host.writes.all).toEqual([]);
    await project.destroy();
});

test("switching it on and off is an update that writes nothing, and off takes the output away", async () => {
    const { host, project } = await made("");
    expect(outputs(project)).not.toHaveProperty("events");
    expect(host.counters.requests.readEvents).toBe(0);
    host.machine.behindOurBack.refuseClient("root/Contoso");
    const before = { ...host.counters.requests };

    project.program([host], `${program(ON)}\nexports.refused = policy.events.namespaces["root/Contoso"].refused.count;`);
    expect(await project.up()).toMatch(/refused: 1[\s\S]*1 updated/);
    expect(refused(project)).toBe(1);
    // The agent's part for events goes with the request that needs it.
    expect(host.counters.requests).toEqual({ ...before, load: before.load + 1, readEvents: 1, bye: expect.any(Number) });

    host.machine.behindOurBack.refuseClient("root/Contoso");
    project.program([host], program(ON.replace("24h", "1d")));
    expect(await project.up()).toMatch(/2 unchanged/);

    project.program([host], program(""));
    expect(await project.preview()).toMatch(/- evidence/);
    const connections = host.counters.connections;
    expect(await project.up()).toMatch(/1 updated/);
    expect(outputs(project)).not.toHaveProperty("events");
    expect(outputs(project)).not.toHaveProperty("evidence");
    expect(host.counters.connections).toBe(connections);
    expect(await project.up()).toMatch(/2 unchanged/);
    expect(host.writes.all).toEqual([]);
    await project.destroy();
});

test("several resources of a host share a look at its event log, and drift after a rebuild says so", async () => {
    const { host, project } = await made(ON, ["one", "two", "three"]);
    const { machine, counters } = host;
    const before = counters.requests.readEvents;
    expect((await project.gate()).code).toBe(0);
    expect(counters.requests.readEvents).toBeLessThan(before + 3);

    machine.behindOurBack.setFlag("root/Contoso", null);
    machine.events.append({ id: 5616, provider: "Microsoft-Windows-WMI", inserts: [] });
    const { code, output } = await project.gate();
    expect(code).toBe(7);
    expect(output).toMatch(
        /root\/Contoso has no RequiresEncryption qualifier, declared true; the WMI repository was recreated \d{4}-\S+Z \(event 5616 on the host\)/,
    );
    await project.up("--refresh");
    expect(writesOf(host)).toEqual(["root/contoso: null -> true"]);
    await project.destroy();
});

test("an event log that refuses us fails nothing: one warning names the host, and the output says why", async () => {
    const { host, project } = await made(ON);
    host.faults.on("eventLogDenied", {});
    const gate = await project.gate();
    expect(gate.code).toBe(0);
    expect(gate.output.match(/the event log could not be read: denied/g)).toHaveLength(1);
    expect(gate.output).toMatch(new RegExp(`warning: ${host.address} \\(policy\\): the event log could not be read`));
    expect(await project.refresh()).toContain("could not be read");
    expect(outputs(project)["events"]).toEqual({ unavailable: expect.stringMatching(/^denied: /) });
    host.faults.off();
    await project.destroy();
    expect(host.machine.ledger()).toEqual({});
});
