import { UNSEC_APP_VALUE } from "../../provider/core/registry";
import type { SimulatedHost } from "../../provider/simulator";
import type { Project } from "./project";
import { until } from "./until";
import { World, writesOf } from "./world";

const world = new World();
afterAll(() => world.dispose());

interface Life {
    readonly program: string;
    /** What the preview of the first up names. */
    readonly declared: RegExp;
    /** What the first up writes. */
    readonly written: readonly string[];
    readonly drift: (host: SimulatedHost) => void;
    /** What the preview shows of the drift, and what it must not show. */
    readonly shown: readonly RegExp[];
    readonly hidden: readonly RegExp[];
    readonly healed: readonly string[];
    readonly restored: readonly string[];
    /** What stood there before the first up, and stands there after destroy. */
    readonly look: (host: SimulatedHost) => unknown;
}

const FLAGS = ["root/Contoso", "root/cimv2", "root/cimv2/TerminalServices"];

const lives: [string, Life][] = [
    [
        "WmiNamespaceSecurity",
        {
            program: `new wmisec.WmiNamespaceSecurity("policy", { connection: hosts.web01, namespaces: {
                "root/Contoso": { requiresEncryption: true },
                "root\\\\CIMV2": { requiresEncryption: true },
                "root/cimv2/TerminalServices": { requiresEncryption: true },
                "root/MSCluster": { requiresEncryption: true, whenMissing: "skip" },
                "root/NoSuchRole": { requiresEncryption: true, whenMissing: "skip" },
            } });`,
            declared: /requiresEncryption: true/,
            written: ["root/contoso: null -> true", "root/cimv2: null -> true"],
            drift: (host) => host.machine.behindOurBack.setFlag("root/cimv2", false),
            shown: [/requiresEncryption: (true => false|false => true)/, /~ root\\CIMV2/, /root\\CIMV2 is false, declared true/],
            hidden: [/~ root\/Contoso/, /~ root\/cimv2\/TerminalServices/],
            healed: ["root/cimv2: false -> true"],
            // mofcomp can't take a qualifier away: what was absent is put back as FALSE, which has the same effect.
            restored: ["root/cimv2: true -> false", "root/contoso: true -> false"],
            look: (host) => FLAGS.map((path) => host.machine.flag(path) === true),
        },
    ],
    [
        "UnsecAppPolicy",
        {
            program: `new wmisec.UnsecAppPolicy("policy", { connection: hosts.web01, checkAccess: true });`,
            declared: /checkAccess\s*: true/,
            written: [`${UNSEC_APP_VALUE.key}\\${UNSEC_APP_VALUE.name}: absent -> REG_SZ 1`],
            drift: (host) =>
                host.machine.behindOurBack.setValue(UNSEC_APP_VALUE.key, UNSEC_APP_VALUE.name, { kind: "REG_DWORD", value: 1 }),
            shown: [/checkAccess.*(true => "REG_DWORD 1"|"REG_DWORD 1" => true)/],
            hidden: [],
            healed: [`${UNSEC_APP_VALUE.key}\\${UNSEC_APP_VALUE.name}: REG_DWORD 1 -> REG_SZ 1`],
            restored: [`${UNSEC_APP_VALUE.key}\\${UNSEC_APP_VALUE.name}: REG_SZ 1 -> absent`],
            look: (host) => host.machine.value(UNSEC_APP_VALUE.key, UNSEC_APP_VALUE.name),
        },
    ],
];

describe.each(lives)("the life of %s", (_type, life) => {
    let host: SimulatedHost;
    let project: Project;
    let before: unknown;

    beforeAll(async () => {
        host = await world.host("web01", { noise: true });
        project = await world.project();
        project.program([host], life.program);
        before = life.look(host);
    });

    test("preview shows it and writes nothing", async () => {
        expect(await project.preview()).toMatch(life.declared);
        expect(host.counters.connections).toBe(0);
        expect(host.writes.all).toEqual([]);
    });

    test("up writes what differs, by one process: a look and an apply", async () => {
        await project.up();
        expect(writesOf(host)).toEqual(life.written);
        expect(host.counters.processesStarted).toBe(1);
        expect(host.counters.requests).toMatchObject({ observe: 1, apply: 1 });
    });

    test("up again contacts nobody; with refresh it looks once and writes nothing", async () => {
        expect(await project.up()).toMatch(/2 unchanged/);
        expect(host.counters.processesStarted).toBe(1);
        expect(await project.up("--refresh")).toMatch(/2 unchanged/);
        expect(host.counters.requests).toMatchObject({ observe: 2, apply: 1 });
        expect(host.writes.all).toEqual([]);
        expect((await project.gate()).code).toBe(0);
    });

    test("drift: the gate exits 7 and its preview shows exactly it", async () => {
        life.drift(host);
        const { code, output } = await project.gate();
        expect(code).toBe(7);
        for (const shown of life.shown) expect(output).toMatch(shown);
        for (const hidden of life.hidden) expect(output).not.toMatch(hidden);
        expect(host.writes.items).toEqual([]);
    });

    test("up --refresh heals it with exactly the writes that are needed", async () => {
        await project.up("--refresh");
        expect(writesOf(host)).toEqual(life.healed);
        expect((await project.gate()).code).toBe(0);
    });

    test("destroy puts back what stood there before, and leaves no trace", async () => {
        await project.destroy();
        expect(writesOf(host)).toEqual(life.restored);
        expect(life.look(host)).toEqual(before);
        expect(host.machine.ledger()).toEqual({});
    });

    test("a second destroy does nothing", async () => {
        const { connections } = host.counters;
        await project.destroy();
        expect(host.counters.connections).toBe(connections);
        expect(host.writes.all).toEqual([]);
    });

    test("no process is left on the host", async () => {
        expect(await until(() => host.counters.processesRunning === 0, 5)).toBe(true);
    });
});
