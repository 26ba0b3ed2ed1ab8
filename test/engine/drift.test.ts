import { UNSEC_APP_VALUE } from "../../provider/core/registry";
import type { SimulatedHost } from "../../provider/simulator";
import type { Project } from "./project";
import { githubGate } from "./recipe";
import { World, writesOf } from "./world";

const world = new World();
afterAll(() => world.dispose());

const BOTH = `
    new wmisec.WmiNamespaceSecurity("namespaces", { connection: hosts.web01, namespaces: {
        "root/Contoso": { requiresEncryption: true },
        "root/cimv2": { requiresEncryption: true },
    } });
    new wmisec.UnsecAppPolicy("sinks", { connection: hosts.web01, checkAccess: true });`;

async function drifted(options = {}): Promise<{ host: SimulatedHost; project: Project }> {
    const host = await world.host("web01");
    const project = await world.project(options);
    project.program([host], BOTH);
    await project.up();
    host.machine.behindOurBack.setFlag("root/cimv2", null);
    host.machine.behindOurBack.setValue(UNSEC_APP_VALUE.key, UNSEC_APP_VALUE.name, "absent");
    host.writes.clear();
    return { host, project };
}

const REFRESH_ONLY = ["refresh", "--preview-only", "--expect-no-changes", "--diff"];

test("both gates, one of them the recipe of docs/drift.md, exit 7, say which namespace and value differ and how, write nothing, and still do after a refresh absorbed it", async () => {
    const { host, project } = await drifted();

    const gate = await githubGate(project);
    expect(gate.code).toBe(7);
    expect(gate.summary).toMatch(/^## WMI encryption: drift$/m);
    expect(gate.summary).toMatch(/^ {4}.*root\/cimv2 has no RequiresEncryption qualifier, declared true$/m);
    expect(gate.output).toMatch(/web01|127\./);
    expect(gate.output).toMatch(/root\/cimv2 has no RequiresEncryption qualifier, declared true/);
    expect(gate.output).toMatch(/checkAccess is absent, declared REG_SZ "1"/);
    expect(gate.output).toMatch(/requiresEncryption: "absent" => true|requiresEncryption: true => "absent"/);
    expect(gate.output).not.toMatch(/root\/Contoso is/);

    const refreshOnly = await project.pulumi(REFRESH_ONLY);
    expect(refreshOnly.code).toBe(7);
    expect(refreshOnly.output).toMatch(/root\/cimv2/);
    expect(refreshOnly.output).toMatch(/requiresEncryption/);

    await project.refresh();
    expect((await project.pulumi(REFRESH_ONLY)).code).toBe(7);
    expect((await project.gate()).code).toBe(7);
    expect(host.writes.all).toEqual([]);

    await project.up();
    expect(writesOf(host)).toHaveLength(2);
    expect((await project.pulumi(REFRESH_ONLY)).code).toBe(0);
    expect(await githubGate(project)).toMatchObject({ code: 0, summary: expect.stringMatching(/^## WMI encryption: no drift$/m) });
});

test("with `options: refresh: always` a plain preview shows it and a plain up heals it", async () => {
    const { host, project } = await drifted({ refreshAlways: true });
    const preview = await project.preview();
    expect(preview).toMatch(/root\/cimv2 has no RequiresEncryption qualifier, declared true/);
    expect(preview).toMatch(/2 to update/);
    await project.up();
    expect(writesOf(host)).toHaveLength(2);
    expect(await project.preview()).toMatch(/3 unchanged/);
});

test("a namespace that is gone reads as missing, one that we may not read as denied; neither is taken for deleted", async () => {
    const { host, project } = await drifted();
    host.machine.behindOurBack.removeNamespace("root/Contoso");
    host.faults.on("namespaceDenied", { paths: ["root/cimv2"] });
    const { code, output } = await project.gate();
    expect(code).toBe(7);
    expect(output).toMatch(/root\/Contoso is missing/);
    expect(output).toMatch(/root\/cimv2 can't be read: access denied/);
    await project.refresh();
    expect(project.resources()).toHaveLength(2);
    expect(project.resources().find(({ type }) => type.endsWith("WmiNamespaceSecurity"))?.outputs["status"]).toEqual({
        "root/Contoso": "missing",
        "root/cimv2": "denied",
    });
    host.faults.off();
});

test("`requiresEncryption: false` is as real as true", async () => {
    const host = await world.host("web01");
    const project = await world.project();
    project.program(
        [host],
        `new wmisec.WmiNamespaceSecurity("open", { connection: hosts.web01, namespaces: { "root/cimv2/TerminalServices": { requiresEncryption: false } } });`,
    );
    await project.up();
    expect(writesOf(host)).toEqual(["root/cimv2/terminalservices: true -> false"]);
    host.machine.behindOurBack.setFlag("root/cimv2/TerminalServices", true);
    expect((await project.gate()).code).toBe(7);
    await project.up("--refresh");
    expect(host.machine.flag("root/cimv2/TerminalServices")).toBe(false);
    await project.destroy();
    expect(host.machine.flag("root/cimv2/TerminalServices")).toBe(true);
});

describe("a host that does not answer", () => {
    const policy = (unreachable: string) =>
        ["web01", "web02"]
            .map(
                (name) =>
                    `new wmisec.UnsecAppPolicy("${name}", { connection: { ...hosts.${name}, dialErrorLimit: 0 }, checkAccess: true, unreachable: "${unreachable}" });`,
            )
            .join("\n");

    test("is an error by default: which host, and that a newer connection needs --refresh=false", async () => {
        const hosts = [await world.host("web01"), await world.host("web02")] as const;
        const project = await world.project();
        project.program(hosts, policy("error"));
        await project.up();
        await hosts[0].down();
        const { code, output } = await project.gate();
        expect(code).not.toBe(0);
        expect(code).not.toBe(7);
        expect(output).toContain(hosts[0].address);
        expect(output).toContain("pulumi up --refresh=false");
        expect(output).not.toMatch(/at .*\.js:\d+/);
        expect(project.resources()).toHaveLength(2);
    });

    test("under keep the last known state stays, one warning names it, and the others' drift is seen", async () => {
        const hosts = [await world.host("web01"), await world.host("web02")] as const;
        const project = await world.project();
        project.program(hosts, policy("keep"));
        await project.up();
        await hosts[0].down();
        expect((await project.gate()).code).toBe(0);
        hosts[1].machine.behindOurBack.setValue(UNSEC_APP_VALUE.key, UNSEC_APP_VALUE.name, "absent");
        const { code, output } = await project.gate();
        expect(code).toBe(7);
        expect(output).toMatch(new RegExp(`1 host did not answer.*${hosts[0].address}`));
        await project.refresh();
        const [kept] = project.resources().filter(({ urn }) => urn.endsWith("web01"));
        expect(kept?.outputs).toMatchObject({ status: "unreachable", checkAccess: true, observed: { kind: "REG_SZ", value: "1" } });
        expect(kept?.outputs["unreachableSince"]).toMatch(/^\d{4}-\d\d-\d\dT/);

        const strict = await githubGate(project);
        expect(strict).toMatchObject({ code: 1, summary: expect.stringMatching(/^## WMI encryption: not known, because of an error$/m) });
        expect(strict.output).toContain(hosts[0].address);

        await hosts[0].up();
        hosts[0].faults.on("dropsAtStart", {});
        expect((await project.gate()).output).toMatch(new RegExp(`1 host did not answer.*${hosts[0].address}`));
        hosts[0].faults.off();
        await project.up("--refresh");
        const [back] = project.resources().filter(({ urn }) => urn.endsWith("web01"));
        expect(back?.outputs["status"]).toBe("compliant");
        expect(back?.outputs).not.toHaveProperty("unreachableSince");
    });
});
