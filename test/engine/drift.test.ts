import { UNSEC_APP_VALUE } from "../../provider/core/registry";
import type { SimulatedHost } from "../../provider/simulator";
import { HEADS } from "./heads";
import type { Project } from "./project";
import { githubGate } from "./recipe";
import { World, writesOf } from "./world";

const WINRM = { transport: "winrm" } as const;

const BOTH = `
    for (const [name, connection] of Object.entries(hosts)) {
        new wmisec.WmiNamespaceSecurity(name + "-namespaces", { connection, namespaces: {
            "root/Contoso": { requiresEncryption: true },
            "root/cimv2": { requiresEncryption: true },
        } });
        new wmisec.UnsecAppPolicy(name + "-sinks", { connection, checkAccess: true });
    }`;

/** Once for each host. */
const twice = (told: RegExp): RegExp => new RegExp(`${told.source}[^]*${told.source}`, told.flags);

const REFRESH_ONLY = ["refresh", "--preview-only", "--expect-no-changes", "--diff"];

describe.each(HEADS)("by the %s head", (_head, way) => {
    const world = new World(way);
    afterAll(() => world.dispose());

    /** A host by SSH and one by WinRM, on which somebody undid the same. */
    async function drifted(options = {}): Promise<{ hosts: readonly SimulatedHost[]; project: Project }> {
        const hosts = [await world.host("web01"), await world.host("web02", WINRM)];
        const project = await world.project(options);
        project.program(hosts, BOTH);
        await project.up();
        for (const { machine, writes } of hosts) {
            machine.behindOurBack.setFlag("root/cimv2", null);
            machine.behindOurBack.setValue(UNSEC_APP_VALUE.key, UNSEC_APP_VALUE.name, "absent");
            writes.clear();
        }
        return { hosts, project };
    }

    test("both gates, one of them the recipe of docs/drift.md, exit 7, say which namespace and value differ and how, write nothing, and still do after a refresh absorbed it", async () => {
        const { hosts, project } = await drifted();

        const gate = await githubGate(project);
        expect(gate.code).toBe(7);
        expect(gate.summary).toMatch(/^## WMI encryption: drift$/m);
        expect(gate.summary).toMatch(twice(/^ {4}.*root\/cimv2 has no RequiresEncryption qualifier, declared true$/m));
        for (const { address } of hosts) expect(gate.output).toContain(address);
        expect(gate.output).toMatch(twice(/root\/cimv2 has no RequiresEncryption qualifier, declared true/));
        expect(gate.output).toMatch(twice(/checkAccess is absent, declared REG_SZ "1"/));
        expect(gate.output).toMatch(twice(/requiresEncryption: (?:"absent" => true|true => "absent")/));
        expect(gate.output).not.toMatch(/root\/Contoso is|applied/);

        const refreshOnly = await project.pulumi(REFRESH_ONLY);
        expect(refreshOnly.code).toBe(7);
        expect(refreshOnly.output).toMatch(twice(/root\/cimv2/));
        expect(refreshOnly.output).toMatch(/requiresEncryption/);

        await project.refresh();
        expect((await project.pulumi(REFRESH_ONLY)).code).toBe(7);
        expect((await project.gate()).code).toBe(7);
        expect(hosts.map(({ writes }) => writes.all)).toEqual([[], []]);

        await project.up();
        expect(hosts.map((host) => writesOf(host).length)).toEqual([2, 2]);
        expect((await project.pulumi(REFRESH_ONLY)).code).toBe(0);
        expect(await githubGate(project)).toMatchObject({ code: 0, summary: expect.stringMatching(/^## WMI encryption: no drift$/m) });
    });

    test("with `options: refresh: always` a plain preview shows it and a plain up heals it", async () => {
        const { hosts, project } = await drifted({ refreshAlways: true });
        const preview = await project.preview();
        expect(preview).toMatch(twice(/root\/cimv2 has no RequiresEncryption qualifier, declared true/));
        expect(preview).toMatch(/4 to update/);
        await project.up();
        expect(hosts.map((host) => writesOf(host).length)).toEqual([2, 2]);
        expect(await project.preview()).toMatch(/5 unchanged/);
    });

    test("a namespace that is gone reads as missing, one that we may not read as denied; neither is taken for deleted", async () => {
        const { hosts, project } = await drifted();
        for (const { machine, faults } of hosts) {
            machine.behindOurBack.removeNamespace("root/Contoso");
            faults.on("namespaceDenied", { paths: ["root/cimv2"] });
        }
        const { code, output } = await project.gate();
        expect(code).toBe(7);
        expect(output).toMatch(twice(/root\/Contoso is missing/));
        expect(output).toMatch(twice(/root\/cimv2 can't be read: access denied/));
        await project.refresh();
        expect(project.resources()).toHaveLength(4);
        const namespaces = project.resources().filter(({ type }) => type.endsWith("WmiNamespaceSecurity"));
        const status = { "root/Contoso": "missing", "root/cimv2": "denied" };
        expect(namespaces.map(({ outputs }) => outputs["status"])).toEqual([status, status]);
        for (const { faults } of hosts) faults.off();
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
            const hosts = [await world.host("web01"), await world.host("web02", WINRM)] as const;
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
            const hosts = [await world.host("web01", WINRM), await world.host("web02")] as const;
            const project = await world.project();
            project.program(hosts, policy("keep"));
            await project.up();
            await hosts[0].down();
            expect((await project.gate()).code).toBe(0);
            hosts[1].machine.behindOurBack.setValue(UNSEC_APP_VALUE.key, UNSEC_APP_VALUE.name, "absent");
            const { code, output } = await project.gate();
            expect(code).toBe(7);
            expect(output).toMatch(new RegExp(`1 host did not answer.*${hosts[0].address}`));
            const [dead, drifted] = hosts.map(({ address, name }) => `${address} (${name})`);
            expect(output).toContain(`wmisec: 0 as declared, 1 drifted (${drifted}), 1 unreachable (${dead})`);
            await project.refresh();
            const [kept] = project.resources().filter(({ urn }) => urn.endsWith("web01"));
            expect(kept?.outputs).toMatchObject({ status: "unreachable", checkAccess: true, observed: { kind: "REG_SZ", value: "1" } });
            expect(kept?.outputs["unreachableSince"]).toMatch(/^\d{4}-\d\d-\d\dT/);

            const strict = await githubGate(project);
            expect(strict).toMatchObject({
                code: 1,
                summary: expect.stringMatching(/^## WMI encryption: an error; the hosts that were asked may have drifted, too$/m),
            });
            expect(strict.output).toContain(hosts[0].address);

            await hosts[0].up();
            hosts[0].faults.on("dropsAtStart", {});
            expect((await project.gate()).output).toMatch(new RegExp(`1 host did not answer.*${hosts[0].address}`));
            hosts[0].faults.off();
            const healed = await project.up("--refresh");
            const [back] = project.resources().filter(({ urn }) => urn.endsWith("web01"));
            expect([back?.outputs["status"], healed]).toEqual(["compliant", expect.any(String)]);
            expect(back?.outputs).not.toHaveProperty("unreachableSince");
        });
    });
});
