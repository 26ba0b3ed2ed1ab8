import { UNSEC_APP_VALUE } from "../../provider/core/registry";
import { Project } from "../engine/project";
import type { Snapshot } from "./machineFolder";
import { onPowershellHost } from "./onHost";
import type { PowershellHost } from "./powershellHost";
import { PowershellWorld } from "./powershellWorld";

const FLAGS = { root: null, "root/cimv2": null, "root/cimv2/terminalservices": true, "root/contoso": false };
const DEFINITION = "C:\\Contoso\\contoso.mof";
const DEFINES = '#pragma namespace("\\\\\\\\.\\\\root")\r\ninstance of __Namespace { Name = "Contoso"; };\r\n';
const CHECKS = { kind: "REG_SZ", value: "1" };

/** In Thai, where the year is another and comparing texts ignores punctuation. */
onPowershellHost(
    "the life of both resources, by the real CLI, on a real PowerShell behind a real sshd",
    (pwsh) => {
        const world = new PowershellWorld(pwsh);
        const project = new Project({ name: "powershell" });
        let host: PowershellHost;
        let before: Snapshot;
        let declared: Snapshot;

        beforeAll(async () => {
            host = await world.host({ culture: "th_TH", namespaces: FLAGS });
            host.machine.writeFile(DEFINITION, DEFINES);
            before = host.machine.snapshot();
            await world.project(project);
            project.programOf(
                { web01: world.access.to(host.connection, "ssh") },
                `new wmisec.WmiNamespaceSecurity("policy", { connection: hosts.web01, autorecover: true, evidence: { since: "24h" }, namespaces: {
                    "root/cimv2": { requiresEncryption: true },
                    "root/cimv2/TerminalServices": { requiresEncryption: true },
                    "root/Contoso": { requiresEncryption: true, definitionMof: ${JSON.stringify(DEFINITION)} },
                    "root/NoSuchRole": { requiresEncryption: true, whenMissing: "skip" },
                } });
                new wmisec.UnsecAppPolicy("sinks", { connection: hosts.web01, checkAccess: true });`,
            );
        });
        afterAll(async () => {
            await world.dispose();
        });

        test("preview shows both and writes nothing", async () => {
            expect(await project.preview()).toMatch(/3 to create/);
            expect(host.machine.snapshot()).toEqual(before);
        });

        test("up makes it so", async () => {
            await project.up();
            declared = host.machine.snapshot();
            expect(declared.flags).toEqual({ ...FLAGS, "root/cimv2": true, "root/contoso": true });
            expect(host.machine.value(UNSEC_APP_VALUE)).toEqual(CHECKS);
            expect(host.machine.autorecover).toHaveLength(5);
            expect(host.machine.text(DEFINITION)).toContain("RequiresEncryption(TRUE)");
        });

        test("up again changes nothing, with a look at the host too; the gate is open", async () => {
            expect(await project.up()).toMatch(/3 unchanged/);
            expect(await project.up("--refresh")).toMatch(/3 unchanged/);
            expect((await project.gate()).code).toBe(0);
            expect(host.machine.snapshot()).toEqual(declared);
        });

        test("drift of each kind closes the gate, and up --refresh heals it", async () => {
            host.machine.setFlag("root/cimv2", false);
            host.machine.setValue(UNSEC_APP_VALUE, { kind: "REG_DWORD", value: 1 });
            host.machine.writeFile(DEFINITION, DEFINES);
            const { code, output } = await project.gate();
            expect(output).toContain("root/cimv2 is false, declared true");
            expect(output).toContain("REG_DWORD 1");
            expect(code).toBe(7);
            await project.up("--refresh");
            const { flags, files } = host.machine.snapshot();
            expect([flags, files]).toEqual([declared.flags, declared.files]);
            expect(host.machine.value(UNSEC_APP_VALUE)).toEqual(CHECKS);
        });

        test("destroy puts back what stood there before, and leaves no trace", async () => {
            await project.destroy();
            const { flags, values, files } = host.machine.snapshot();
            // mofcomp can't take a qualifier away: what was absent is put back as FALSE, which means the same.
            expect(flags).toEqual({ ...FLAGS, "root/cimv2": false });
            // Windows keeps when the list was changed, and so does whoever changes it.
            expect(values.filter((value) => !value.includes("Autorecover MOFs timestamp"))).toEqual(before.values);
            expect(files).toEqual(before.files);
            expect(project.processes()).toEqual([]);
        });
    },
    { culture: true },
);
