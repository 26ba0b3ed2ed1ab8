import type { SimulatedHost, SimulatorFaults } from "../../provider/simulator";
import type { Project } from "./project";
import { World } from "./world";

const world = new World();
afterAll(() => world.dispose());

const POLICY = `new wmisec.WmiNamespaceSecurity("policy", { connection: hosts.web01, namespaces: { "root/Contoso": { requiresEncryption: true } } });`;

interface Trouble {
    /** Makes it, given a host and its connection. @returns the connection that the program has. */
    readonly make: (host: SimulatedHost) => Promise<object> | object;
    /** What the message must say, besides the host. */
    readonly says: readonly RegExp[];
    /** At most: failed logins, changes to items, ledger entries left. */
    readonly ledger?: number;
}

/** The fault, for as long as it is not mended. */
function faulty<Name extends keyof SimulatorFaults>(name: Name, detail: SimulatorFaults[Name]) {
    return (host: SimulatedHost) => {
        host.faults.on(name, detail);
        return host.connection;
    };
}

const troubles: [string, Trouble][] = [
    ["a wrong password", { make: ({ connection }) => ({ ...connection, password: "wrong" }), says: [/password/i, /do: /] }],
    [
        "an unknown host key",
        {
            make: ({ connection: { hostKey: _, ...connection } }) => ({ ...connection, knownHostsFile: "/dev/null" }),
            says: [/SHA256:/, /host key/i, /hostKey/],
        },
    ],
    [
        "a changed host key",
        {
            make: (host) => {
                const { connection } = host;
                host.changeHostKey();
                return connection;
            },
            says: [/SHA256:/, /host key/i],
        },
    ],
    [
        "a host that is down",
        {
            make: async (host) => {
                const { connection } = host;
                await host.down();
                return { ...connection, dialErrorLimit: 0 };
            },
            says: [/ECONNREFUSED|refused/i],
        },
    ],
    [
        "a missing namespace",
        {
            make: (host) => {
                host.machine.behindOurBack.removeNamespace("root/Contoso");
                return host.connection;
            },
            says: [/no namespace root\/Contoso/, /whenMissing/],
        },
    ],
    ["no administrator", { make: faulty("notElevated", {}), says: [/elevated|administrator/i] }],
    [
        "ConstrainedLanguage",
        {
            make: faulty("languageMode", { mode: "ConstrainedLanguage" }),
            says: [/ConstrainedLanguage/],
        },
    ],
    ["32-bit PowerShell", { make: faulty("process32Bit", {}), says: [/32-bit/] }],
    ["no PowerShell", { make: faulty("powershellMissing", {}), says: [/not recognized/] }],
    [
        "access denied to the namespace",
        {
            make: faulty("namespaceDenied", { paths: ["root/Contoso"] }),
            says: [/0x80041003/, /root\/Contoso/],
        },
    ],
    ["the WMI service down", { make: faulty("wmiDown", {}), says: [/WMI|0x/] }],
    ["mofcomp exit 1", { make: faulty("mofcompExit", { exit: 1 }), says: [/exit 1/, /winmgmt|namespace/], ledger: 1 }],
    [
        "mofcomp exit 2",
        {
            make: faulty("mofcompExit", { exit: 2 }),
            says: [/bad switch/, /WMISEC_KEEP_MOF/],
            ledger: 1,
        },
    ],
    [
        "mofcomp exit 3",
        {
            make: faulty("mofcompExit", { exit: 3 }),
            says: [/syntax error/i, /0x8004/, /WMISEC_KEEP_MOF/],
            ledger: 1,
        },
    ],
    [
        "mofcomp says done and stores nothing",
        {
            make: faulty("mofcompStoresNothing", {}),
            says: [/was reported as done, and the host still shows something else/],
            ledger: 1,
        },
    ],
    ["a write to the ledger denied", { make: faulty("registryWriteDenied", {}), says: [/ledger/, /denied|administrator/i] }],
];

describe.each(troubles)("%s", (_title, { make, says, ledger = 0 }) => {
    let host: SimulatedHost;
    let project: Project;

    test("is a clear error with the host, what was said, what to do; no item is changed", async () => {
        host = await world.host("web01");
        project = await world.project();
        project.programOf({ web01: await make(host) }, POLICY);
        const output = await project.fails(["up", "--yes", "--skip-preview"]);
        expect(output).toMatch(/127\.\d+\.\d+\.\d+: /);
        for (const words of says) expect(output).toMatch(words);
        expect(output).toMatch(/do: {4}\S/);
        expect(output).not.toMatch(/at .*\.js:\d+/);
        expect(host.writes.items.filter(({ from, to }) => from !== to)).toEqual([]);
        expect(Object.keys(host.machine.ledger())).toHaveLength(ledger);
        expect(host.counters.failedAuthentications).toBeLessThanOrEqual(1);
    });

    test("once it is mended, up reaches what is declared and destroy puts back what stood there", async () => {
        host.faults.off();
        await host.up();
        if (host.machine.flag("root/Contoso") === "missing") host.machine.behindOurBack.createNamespace("root/Contoso");
        project.program([host], POLICY);
        await project.up();
        expect(host.machine.flag("root/Contoso")).toBe(true);
        await project.destroy();
        expect(host.machine.flag("root/Contoso")).toBe(false);
        expect(host.machine.ledger()).toEqual({});
    });
});

test.each([["refresh"], ["destroy"]])("a %s that fails shows the error's code and host once", async (operation) => {
    const host = await world.host("web01");
    const project = await world.project();
    project.programOf({ web01: { ...host.connection, dialErrorLimit: 0 } }, POLICY);
    await project.up();
    await host.down();
    const output = await project.fails([operation, "--yes", "--skip-preview"]);
    expect(output.match(/pulumi-wmisec error unreachable: 127\.\d+\.\d+\.\d+/g)).toHaveLength(1);
    await host.up();
    await project.destroy();
});

test("an update that fails keeps the state, and the next up heals", async () => {
    const host = await world.host("web01");
    const project = await world.project();
    project.program([host], POLICY);
    await project.up();
    project.program(
        [host],
        POLICY.replace(
            `"root/Contoso":`,
            `"root/cimv2": { requiresEncryption: true }, "root/Contoso/Billing": { requiresEncryption: true }, "root/Contoso":`,
        ),
    );
    host.faults.on("mofcompExit", { exit: 1 });
    await project.fails(["up", "--yes", "--skip-preview"]);
    expect(project.resources()[0]?.outputs["before"]).toMatchObject({ "namespace:root/contoso": "absent" });
    host.faults.off();
    await project.up();
    expect(host.machine.flag("root/cimv2")).toBe(true);
    await project.destroy();
    for (const path of ["root/cimv2", "root/Contoso", "root/Contoso/Billing"]) expect(host.machine.flag(path)).toBe(false);
    expect(host.machine.ledger()).toEqual({});
});

test("a first up that fails halfway can be destroyed at once, and everything is put back", async () => {
    const host = await world.host("web01");
    const project = await world.project();
    project.program([host], POLICY.replace(`"root/Contoso":`, `"root/cimv2": { requiresEncryption: true }, "root/Contoso":`));
    host.faults.on("connectionDrops", { verb: "apply", when: "beforeAnswer" });
    await project.fails(["up", "--yes", "--skip-preview"]);
    host.faults.off();
    expect(host.machine.flag("root/cimv2")).toBe(true);
    await project.destroy();
    expect(host.machine.flag("root/cimv2")).toBe(false);
    expect(host.machine.flag("root/Contoso")).toBe(false);
    expect(host.machine.ledger()).toEqual({});
});
