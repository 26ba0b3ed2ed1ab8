import { UNSEC_APP_VALUE } from "../../provider/core/registry";
import type { SimulatedHost, SimulatedHostOptions } from "../../provider/simulator";
import { HEADS } from "./heads";
import type { Project } from "./project";
import { until } from "./until";
import { World, writesOf } from "./world";

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

const SINKS = `${UNSEC_APP_VALUE.key}\\${UNSEC_APP_VALUE.name}`;
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
            restored: ["root/contoso: true -> false", "root/cimv2: true -> false"],
            look: (host) => FLAGS.map((path) => host.machine.flag(path) === true),
        },
    ],
    [
        "UnsecAppPolicy",
        {
            program: `new wmisec.UnsecAppPolicy("policy", { connection: hosts.web01, checkAccess: true });`,
            declared: /checkAccess\s*: true/,
            written: [`${SINKS}: absent -> REG_SZ 1`],
            drift: (host) =>
                host.machine.behindOurBack.setValue(UNSEC_APP_VALUE.key, UNSEC_APP_VALUE.name, { kind: "REG_DWORD", value: 1 }),
            shown: [/checkAccess.*(true => "REG_DWORD 1"|"REG_DWORD 1" => true)/],
            hidden: [],
            healed: [`${SINKS}: REG_DWORD 1 -> REG_SZ 1`],
            restored: [`${SINKS}: REG_SZ 1 -> absent`],
            look: (host) => host.machine.value(UNSEC_APP_VALUE.key, UNSEC_APP_VALUE.name),
        },
    ],
    [
        "FleetEncryptionPolicy",
        {
            program: `new wmisec.FleetEncryptionPolicy("policy", {
                hosts: { "web-01": { connection: hosts.web01 } },
                namespaces: {
                    "root/Contoso": { requiresEncryption: true },
                    "root\\\\CIMV2": { requiresEncryption: true },
                    "root/MSCluster": { requiresEncryption: true, whenMissing: "skip" },
                },
                checkAccess: true,
            });`,
            declared: /requiresEncryption: true/,
            written: ["root/contoso: null -> true", "root/cimv2: null -> true", `${SINKS}: absent -> REG_SZ 1`],
            drift: (host) => {
                host.machine.behindOurBack.setFlag("root/cimv2", false);
                host.machine.behindOurBack.setValue(UNSEC_APP_VALUE.key, UNSEC_APP_VALUE.name, { kind: "REG_DWORD", value: 1 });
            },
            shown: [/"?root\\CIMV2 is false, declared true"?: "?web-01"?/, /checkAccess is REG_DWORD 1, declared REG_SZ \\?"1\\?"/],
            hidden: [/root\/Contoso is/],
            healed: ["root/cimv2: false -> true", `${SINKS}: REG_DWORD 1 -> REG_SZ 1`],
            restored: [`${SINKS}: REG_SZ 1 -> absent`, "root/contoso: true -> false", "root/cimv2: true -> false"],
            look: (host) => [
                ...FLAGS.map((path) => host.machine.flag(path) === true),
                host.machine.value(UNSEC_APP_VALUE.key, UNSEC_APP_VALUE.name),
            ],
        },
    ],
];

/** Over WinRM by each way to log in that a fresh Windows has. */
const TRANSPORTS: Readonly<Record<string, (life: number) => SimulatedHostOptions>> = {
    ssh: () => ({}),
    winrm: (life) => ({ transport: "winrm", winrm: { scheme: life % 2 === 0 ? "https" : "http", channelBinding: "strict" } }),
};

interface Case {
    readonly name: string;
    readonly life: Life;
    readonly options: SimulatedHostOptions;
}

const cases: readonly Case[] = lives.flatMap(([type, life], index) =>
    Object.entries(TRANSPORTS).map(([transport, options]) => ({ name: `${type}-${transport}`, life, options: options(index) })),
);

/** One project has them all, each on a host of its own. */
describe.each(HEADS)("the life of each resource over each transport by the %s head", (_head, way) => {
    const world = new World(way);
    afterAll(() => world.dispose());

    const hosts = new Map<string, SimulatedHost>();
    const of = <T>(look: (host: SimulatedHost, life: Life) => T): Record<string, T> =>
        Object.fromEntries(cases.map(({ name, life }) => [name, look(hosts.get(name) as SimulatedHost, life)]));
    const everywhere = (value: unknown) => of(() => value);
    const said = (output: string, words: RegExp) => output.match(new RegExp(words, "g"))?.length ?? 0;
    /** Once for each case of a resource. */
    const often = Object.keys(TRANSPORTS).length;
    let project: Project;
    let before: Record<string, unknown>;

    beforeAll(async () => {
        for (const { name, options } of cases) hosts.set(name, await world.host(name, { noise: true, ...options }));
        project = await world.project();
        project.program(
            [...hosts.values()],
            cases
                .map(({ name, life }) => life.program.replace("hosts.web01", `hosts["${name}"]`).replace(`"policy"`, `"${name}"`))
                .join("\n"),
        );
        before = of((host, life) => life.look(host));
    });

    test("preview shows it and writes nothing", async () => {
        const output = await project.preview();
        of((_host, { declared }) => expect(said(output, declared)).toBeGreaterThanOrEqual(often));
        expect(of(({ counters, writes }) => [counters.connections, writes.all])).toEqual(everywhere([0, []]));
    });

    test("up writes what differs, by one process: a look and an apply", async () => {
        await project.up();
        expect(of(writesOf)).toEqual(of((_host, { written }) => written));
        expect(of(({ counters }) => counters)).toMatchObject(everywhere({ processesStarted: 1, requests: { observe: 1, apply: 1 } }));
    });

    test("up again contacts nobody; with refresh it looks once and writes nothing", async () => {
        const unchanged = new RegExp(`${cases.length + 1} unchanged`);
        expect(await project.up()).toMatch(unchanged);
        expect(of(({ counters }) => counters.processesStarted)).toEqual(everywhere(1));
        expect(await project.up("--refresh")).toMatch(unchanged);
        expect(of(({ counters }) => counters.requests)).toMatchObject(everywhere({ observe: 2, apply: 1 }));
        expect(of(({ writes }) => writes.all)).toEqual(everywhere([]));
        expect((await project.gate()).code).toBe(0);
    });

    test("drift: the gate exits 7 and its preview shows exactly it", async () => {
        of((host, { drift }) => drift(host));
        const { code, output } = await project.gate();
        expect(code).toBe(7);
        expect(output).toMatch(new RegExp(`${cases.length} to update`));
        for (const shown of lives.flatMap(([, life]) => life.shown)) expect([shown, said(output, shown) >= often]).toEqual([shown, true]);
        for (const hidden of lives.flatMap(([, life]) => life.hidden)) expect(output).not.toMatch(hidden);
        expect(of(({ writes }) => writes.items)).toEqual(everywhere([]));
    });

    test("up --refresh heals it with exactly the writes that are needed", async () => {
        await project.up("--refresh");
        expect(of(writesOf)).toEqual(of((_host, { healed }) => healed));
        expect((await project.gate()).code).toBe(0);
    });

    test("destroy puts back what stood there before, and leaves no trace", async () => {
        await project.destroy();
        expect(of(writesOf)).toEqual(of((_host, { restored }) => restored));
        expect(of((host, { look }) => look(host))).toEqual(before);
        expect(of(({ machine }) => machine.ledger())).toEqual(everywhere({}));
    });

    test("a second destroy does nothing", async () => {
        const connections = of(({ counters }) => counters.connections);
        await project.destroy();
        expect(of(({ counters }) => counters.connections)).toEqual(connections);
        expect(of(({ writes }) => writes.all)).toEqual(everywhere([]));
    });

    test("no process is left on the host", async () => {
        const left = () => of(({ counters }) => counters.processesRunning + counters.shellsOpen);
        await until(() => Object.values(left()).every((count) => count === 0), 5);
        expect(left()).toEqual(everywhere(0));
        expect(of(({ refused }) => refused)).toEqual(everywhere([]));
    });
});
