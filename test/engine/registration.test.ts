import type { SimulatedHost } from "../../provider/simulator";
import { NATIVE } from "./heads";
import type { Project } from "./project";
import { World, writesOf } from "./world";

const world = new World(NATIVE);
afterAll(() => world.dispose());

const FOLDER = "C:\\Program Files\\pulumi-wmisec";
const OUR_FILES = [`${FOLDER}\\root!cimv2.mof`, `${FOLDER}\\root!contoso.mof`];
/** Brings the namespace back when the repository is rebuilt, without a flag. */
const VENDORS_FILE = "C:\\Contoso\\contoso.mof";
const VENDORS_TEXT = '#pragma namespace("\\\\\\\\.\\\\root")\r\ninstance of __Namespace { Name = "Contoso"; };\r\n';

/** On each host that the program is given. */
const program = (more: string, options = "") => `for (const [name, connection] of Object.entries(hosts))
    new wmisec.WmiNamespaceSecurity(name, { connection, namespaces: {
        "root/Contoso": { requiresEncryption: true },
        "root/cimv2": { requiresEncryption: true },
        "root/NoSuchRole": { requiresEncryption: true, whenMissing: "skip" },
    }${more} }${options});`;

async function vendorsHost(name = "web01"): Promise<SimulatedHost> {
    const host = await world.host(name);
    host.machine.behindOurBack.writeFile(VENDORS_FILE, VENDORS_TEXT);
    host.machine.behindOurBack.register(VENDORS_FILE, 1);
    host.writes.clear();
    return host;
}
const flags = ({ machine }: SimulatedHost) => ["root/Contoso", "root/cimv2"].map((path) => machine.flag(path));

interface Drift {
    readonly make: (host: SimulatedHost) => void;
    readonly shown: string;
    /** How the message calls a registration in that state. */
    readonly is: string;
}

/** Each on a host of its own. */
const drifts: readonly (readonly [string, Drift])[] = [
    [
        "is out of the list",
        {
            make: ({ machine }) => machine.behindOurBack.unregister(OUR_FILES[1] ?? ""),
            shown: "incomplete for root/Contoso",
            is: "root/Contoso .*for a rebuilt repository is incomplete",
        },
    ],
    [
        "has lost its file",
        {
            make: ({ machine }) => machine.behindOurBack.deleteFile(OUR_FILES[0] ?? ""),
            shown: "incomplete for root/cimv2",
            is: "root/cimv2 .*for a rebuilt repository is incomplete",
        },
    ],
    [
        "is gone",
        {
            make: ({ machine }) => {
                for (const file of OUR_FILES) machine.behindOurBack.unregister(file);
                for (const file of OUR_FILES) machine.behindOurBack.deleteFile(file);
            },
            shown: "missing for root/Contoso, root/cimv2",
            is: "root/Contoso .*for a rebuilt repository is absent",
        },
    ],
];

describe("the life of a registration", () => {
    const hosts = new Map<string, SimulatedHost>();
    const all = () => [...hosts.values()];
    let project: Project;
    let before: readonly string[];

    beforeAll(async () => {
        for (const [index, [title]] of drifts.entries()) hosts.set(title, await vendorsHost(`web${index}`));
        before = all()[0]?.machine.autorecoverList ?? [];
        project = await world.project();
        project.program(all(), program(", autorecover: true"));
    });

    test("preview shows it and writes nothing", async () => {
        expect(await project.preview()).toMatch(/autorecover\s*: true/);
        for (const { writes } of all()) expect(writes.all).toEqual([]);
    });

    test("up registers a file for each namespace that is there, behind the others' entries; up again does nothing", async () => {
        await project.up();
        for (const { machine, writes } of all()) {
            expect(machine.autorecoverList.slice(0, before.length)).toEqual(before);
            expect([...machine.autorecoverList.slice(before.length)].sort()).toEqual(OUR_FILES);
            expect(machine.files.list()).toEqual([...OUR_FILES, VENDORS_FILE].sort());
            writes.clear();
        }
        expect(await project.up("--refresh")).toMatch(/4 unchanged/);
        for (const { writes } of all()) expect(writes.all).toEqual([]);
        expect((await project.gate()).code).toBe(0);
    });

    test("a rebuilt repository has the flags again, and that is no drift", async () => {
        for (const host of all()) {
            host.machine.rebuildRepository();
            expect(flags(host)).toEqual([true, true]);
        }
        expect((await project.gate()).code).toBe(0);
    });

    describe("drift", () => {
        let output: string;

        beforeAll(async () => {
            for (const [title, { make }] of drifts) make(hosts.get(title) as SimulatedHost);
            for (const { writes } of all()) writes.clear();
            const gate = await project.gate();
            expect([gate.code, gate.output]).toEqual([7, expect.stringMatching(/3 to update/)]);
            ({ output } = gate);
            for (const { writes } of all()) expect(writes.all).toEqual([]);
            await project.up("--refresh");
        });

        test.each(drifts)("a registration that %s is drift that a preview shows, and up heals it", (title, { shown, is }) => {
            const { address, machine } = hosts.get(title) as SimulatedHost;
            expect(output).toMatch(new RegExp(`autorecover\\s*: (true => "${shown}"|"${shown}" => true)`));
            expect(output).toMatch(new RegExp(`${address}: .*${is}, declared true`));
            expect([...machine.autorecoverList.slice(before.length)].sort()).toEqual(OUR_FILES);
        });

        test("of the flags there is none, and none is left", async () => {
            expect(output).not.toMatch(/~ requiresEncryption/);
            expect((await project.gate()).code).toBe(0);
        });
    });

    test("destroy takes file and entry away, keeps the others in their order, and leaves no trace", async () => {
        for (const { machine } of all()) machine.behindOurBack.register("C:\\Later\\later.mof");
        await project.destroy();
        for (const host of all()) {
            expect(host.machine.autorecoverList).toEqual([...before, "C:\\Later\\later.mof"]);
            expect(host.machine.files.list()).toEqual([VENDORS_FILE]);
            expect(flags(host).map(Boolean)).toEqual([false, false]);
            expect(host.machine.ledger()).toEqual({});
        }
    });
});

test("without autorecover a rebuilt repository has lost the flags: drift, healed by up", async () => {
    const host = await vendorsHost();
    const project = await world.project();
    project.program([host], program(""));
    await project.up();
    host.machine.rebuildRepository();
    const { code, output } = await project.gate();
    expect(code).toBe(7);
    expect(output).toMatch(/root\/Contoso has no RequiresEncryption qualifier, declared true/);
    await project.up("--refresh");
    expect(flags(host)).toEqual([true, true]);
    await project.destroy();
});

test("ignoreChanges on autorecover: its drift is left alone, the flag's is healed, and destroy takes what is left", async () => {
    const host = await vendorsHost();
    const before = host.machine.autorecoverList;
    const project = await world.project();
    project.program([host], program(", autorecover: true", `, { ignoreChanges: ["autorecover"] }`));
    await project.up();
    host.machine.behindOurBack.unregister(OUR_FILES[0] ?? "");
    host.machine.behindOurBack.setFlag("root/Contoso", null);
    host.writes.clear();
    await project.up("--refresh");
    expect(writesOf(host)).toEqual(["root/contoso: null -> true"]);
    await project.up("--refresh");
    expect(host.writes.items).toEqual([]);
    await project.destroy();
    expect(host.machine.autorecoverList).toEqual(before);
    expect(host.machine.files.list()).toEqual([VENDORS_FILE]);
});

test("onDelete: leave leaves file and entry; only the ledger goes", async () => {
    const host = await vendorsHost();
    const project = await world.project();
    project.program([host], program(`, autorecover: true, onDelete: "leave"`));
    await project.up();
    const list = host.machine.autorecoverList;
    await project.destroy();
    expect([host.machine.autorecoverList, flags(host), host.machine.ledger()]).toEqual([list, [true, true], {}]);
});

describe("compiler", () => {
    test("where mofcomp is blocked the error says what to set; with it up works, and a change of it alone contacts no host", async () => {
        const host = await vendorsHost();
        const project = await world.project();
        host.faults.on("mofcompBlocked", {});
        project.program([host], program(", autorecover: true"));
        const failed = await project.fails(["up", "--yes", "--skip-preview"]);
        expect(failed).toContain('set compiler: "api"');
        expect(failed).not.toMatch(/at .*\.js:\d+/);
        project.program([host], program(`, autorecover: true, compiler: "api"`));
        await project.up();
        expect(flags(host)).toEqual([true, true]);
        expect((await project.gate()).code).toBe(0);
        host.faults.off();

        const { processesStarted } = host.counters;
        project.program([host], program(", autorecover: true"));
        expect(await project.up()).toMatch(/1 updated/);
        expect(await project.up()).toMatch(/2 unchanged/);
        expect(host.counters.processesStarted).toBe(processesStarted);
        await project.destroy();
        expect(host.machine.ledger()).toEqual({});
    });
});
