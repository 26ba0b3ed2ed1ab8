import type { SimulatedHost, SimulatorFaults } from "../../provider/simulator";
import { diagnostics } from "./diagnostics";
import { HEADS } from "./heads";
import type { Project } from "./project";
import { World } from "./world";

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

/** Of a host that is down, in a refresh or a destroy. The dynamic head adds the code. */
const ERROR_LINES: ReadonlyMap<string, RegExp> = new Map([
    ["dynamic", /pulumi-wmisec error unreachable: 127\.\d+\.\d+\.\d+/g],
    ["native", /^ {4}error: 127\.\d+\.\d+\.\d+: cannot connect/gm],
]);

describe.each(HEADS)("by the %s head", (head, way) => {
    const world = new World(way);
    afterAll(() => world.dispose());

    describe("a fleet in which every host has a trouble of its own", () => {
        const hosts = new Map<string, SimulatedHost>();
        let project: Project;
        let said: ReadonlyMap<string, string>;

        /** Each host has the policy under the name of its trouble. */
        const declare = (connections: Record<string, object>) =>
            project.programOf(
                connections,
                `for (const [name, connection] of Object.entries(hosts)) ${POLICY.replace('"policy"', "name").replace("hosts.web01", "connection")}`,
            );

        beforeAll(async () => {
            project = await world.project();
            const connections: Record<string, object> = {};
            for (const [index, [title, { make }]] of troubles.entries()) {
                const host = await world.host(`web${index}`);
                hosts.set(title, host);
                connections[title] = await make(host);
            }
            declare(connections);
            const output = await project.fails(["up", "--yes", "--skip-preview", "--continue-on-error"]);
            expect(output).not.toMatch(/at .*\.js:\d+/);
            said = diagnostics(output);
        });

        test.each(troubles)(
            "%s: a clear error with the host, what was said, what to do; no item is changed",
            (title, { says, ledger = 0 }) => {
                const host = hosts.get(title) as SimulatedHost;
                const error = said.get(title) ?? "";
                expect(error).toContain(`${host.address}: `);
                for (const words of says) expect(error).toMatch(words);
                expect(error).toMatch(/do: {4}\S/);
                expect(host.writes.items.filter(({ from, to }) => from !== to)).toEqual([]);
                expect(Object.keys(host.machine.ledger())).toHaveLength(ledger);
                expect(host.counters.failedAuthentications).toBeLessThanOrEqual(1);
            },
        );

        test("once all is mended, up reaches what is declared and destroy puts back what stood there", async () => {
            for (const host of hosts.values()) {
                host.faults.off();
                await host.up();
                if (host.machine.flag("root/Contoso") === "missing") host.machine.behindOurBack.createNamespace("root/Contoso");
            }
            declare(Object.fromEntries([...hosts].map(([title, { connection }]) => [title, connection])));
            await project.up();
            expect([...hosts].filter(([, { machine }]) => machine.flag("root/Contoso") !== true).map(([title]) => title)).toEqual([]);
            await project.destroy();
            for (const { machine } of hosts.values()) expect([machine.flag("root/Contoso"), machine.ledger()]).toEqual([false, {}]);
        });
    });

    test("a refresh and a destroy that fail show the error and its host once", async () => {
        const host = await world.host("web01");
        const project = await world.project();
        project.programOf({ web01: { ...host.connection, dialErrorLimit: 0 } }, POLICY);
        await project.up();
        await host.down();
        for (const operation of ["refresh", "destroy"]) {
            const output = await project.fails([operation, "--yes", "--skip-preview"]);
            expect(output.match(ERROR_LINES.get(head) ?? /no such head/)).toHaveLength(1);
        }
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
});
