import type { SimulatedHost } from "../../provider/simulator";
import { HEADS } from "./heads";
import { neverUnencrypted, policy, restored } from "./oneFlag";
import type { Project } from "./project";
import { World } from "./world";

const OTHER = '"root/Other": { requiresEncryption: true }, "root/Contoso":';

describe.each(HEADS)("by the %s head", (_head, way) => {
    const world = new World(way);
    afterAll(() => world.dispose());

    describe("one up of a program that was changed, on hosts that each show one change", () => {
        const hosts = new Map<string, SimulatedHost>();
        const host = (name: string) => hosts.get(name) as SimulatedHost;
        const ledgers = new Map<string, object>();
        let project: Project;
        let ids: readonly (string | undefined)[];
        let output: string;

        const idsOf = (...names: string[]) => names.map((name) => project.resources().find(({ urn }) => urn.endsWith(`::${name}`))?.id);

        beforeAll(async () => {
            for (const name of ["spelt", "renamed", "aliased", "old", "next", "replaced", "fewer"]) hosts.set(name, await world.host(name));
            host("fewer").machine.behindOurBack.createNamespace("root/Other");
            project = await world.project();
            project.program(
                [...hosts.values()],
                [
                    policy("spelt", "", "spelt"),
                    policy("renamed", "", "renamed"),
                    policy("aliased", "", "aliased"),
                    policy("moved", "", "old"),
                    policy("replaced", "", "replaced"),
                    policy("fewer", "", "fewer").replace('"root/Contoso":', OTHER),
                ].join("\n"),
            );
            await project.up();
            for (const name of ["spelt", "aliased"]) {
                ledgers.set(name, host(name).machine.ledger());
                host(name).writes.clear();
            }
            ids = idsOf("replaced", "fewer");
            const { connection, address } = host("spelt");
            const [first, ...rest] = address.split(".");
            const spelt = { ...connection, host: [`0x${Number(first).toString(16)}`, ...rest].join(".") };
            project.programOf(
                { ...Object.fromEntries([...hosts].map(([name, one]) => [name, one.connection])), spelt },
                [
                    policy("spelt", "", "spelt"),
                    policy("renamed2", "", "renamed"),
                    policy("aliased2", `, { aliases: [{ name: "aliased" }] }`, "aliased"),
                    policy("moved", "", "next"),
                    policy("replaced", "", "replaced"),
                    policy("fewer", "", "fewer"),
                ].join("\n"),
            );
            const urns = project.resources().map(({ urn }) => urn);
            const replace = urns.filter((urn) => /::(replaced|fewer)$/.test(urn)).flatMap((urn) => ["--replace", urn]);
            output = await project.up(...replace);
        });

        test("does nothing beyond them", () => {
            expect(output).toMatch(/1 created\n[\s\S]*3 updated\n[\s\S]*1 deleted\n[\s\S]*2 replaced/);
        });

        test("connection.host changed to another name of the same machine writes nothing and loses nothing", () => {
            expect(host("spelt").writes.all).toEqual([]);
            expect(host("spelt").machine.ledger()).toEqual(ledgers.get("spelt"));
        });

        test("a resource renamed without an alias", () => {
            neverUnencrypted(host("renamed"));
            expect(Object.values(host("renamed").machine.ledger()).join()).toContain("WmiNamespaceSecurity::renamed2");
        });

        test("a resource renamed with an alias: one ledger write renames the owner", () => {
            const { writes, machine } = host("aliased");
            expect(writes.items).toEqual([]);
            expect(writes.ledger).toHaveLength(1);
            expect(Object.values(machine.ledger()).join()).toContain("WmiNamespaceSecurity::aliased2");
            expect(writes.flagHistory("root/Contoso")).toEqual([]);
        });

        test("connection.host changed to another machine: the new one is made as declared, then the old one restored", () => {
            expect(host("next").machine.flag("root/Contoso")).toBe(true);
            restored(host("old"));
        });

        test("up --replace never leaves an instant without encryption", () => {
            const now = idsOf("replaced", "fewer");
            expect(ids.filter((id) => id === undefined || now.includes(id))).toEqual([]);
            neverUnencrypted(host("replaced"));
        });

        test("a replacement with fewer namespaces is silent", () => {
            expect(output).not.toMatch(/former life|warning: (?!using pulumi-language-yaml)/);
            expect(host("fewer").machine.flag("root/Other")).toBe(false);
            neverUnencrypted(host("fewer"));
        });

        test("destroy puts back what stood there before the first up", async () => {
            await project.destroy();
            for (const one of hosts.values()) restored(one);
        });
    });

    async function oneHost(): Promise<{ host: SimulatedHost; project: Project }> {
        const host = await world.host("web01");
        return { host, project: await world.project() };
    }

    test("two stacks on one host: the first destroy leaves what the second wants", async () => {
        const { host, project } = await oneHost();
        project.program([host], policy("a"));
        await project.up();
        await project.succeeds(["stack", "init", "prod"]);
        await project.up("--stack", "prod");
        await project.destroy("--stack", "dev");
        neverUnencrypted(host);
        expect(host.machine.flag("root/Contoso")).toBe(true);
        await project.destroy("--stack", "prod");
        restored(host);
    });

    test("two stacks that want different things: the second is told who wants what, and nothing is written", async () => {
        const { host, project } = await oneHost();
        project.program([host], policy("a"));
        await project.up();
        await project.succeeds(["stack", "init", "prod"]);
        project.program([host], policy("a").replace("true", "false"));
        const { all } = host.writes;
        const count = all.length;
        const output = await project.fails(["up", "--yes", "--skip-preview", "--stack", "prod"]);
        expect(output).toMatch(/root\/Contoso is wanted as true by another resource/);
        expect(output).toMatch(/urn:pulumi:dev::fleet/);
        expect(output).toMatch(/WMISEC_EVICT=/);
        expect(host.writes.all).toHaveLength(count);
        const owner = /WMISEC_EVICT='([^']+)'/.exec(output)?.[1] ?? "";
        await project.succeeds(["up", "--yes", "--skip-preview", "--stack", "prod"], { WMISEC_EVICT: owner });
        expect(host.machine.flag("root/Contoso")).toBe(false);
    });

    test("a state file thrown away, and up again, of one resource without one of its namespaces: what nobody declares any more is released", async () => {
        const [same, fewer] = [await world.host("same"), await world.host("fewer")];
        const project = await world.project();
        const first = policy("same", "", "same");
        project.program(
            [same, fewer],
            first + policy("fewer", "", "fewer").replace(`"root/Contoso":`, `"root/cimv2": { requiresEncryption: true }, "root/Contoso":`),
        );
        await project.up();
        project.loseState();
        await project.succeeds(["stack", "init", "dev"]);
        project.program([same, fewer], first + policy("fewer", "", "fewer"));
        await project.up();
        expect(fewer.machine.flag("root/cimv2")).toBe(false);
        for (const host of [same, fewer]) neverUnencrypted(host);
        await project.destroy();
        for (const host of [same, fewer]) restored(host);
    });

    test("connection.host changed while the old host is down: an error before anything is written, and the state keeps the old connection", async () => {
        const old = await world.host("web01");
        const next = await world.host("web02");
        const project = await world.project();
        const impatient = policy("a").replace("hosts.web01", "{ ...hosts.web01, dialErrorLimit: 0 }");
        project.program([old], impatient);
        await project.up();
        await old.down();
        project.programOf({ web01: next.connection }, impatient);
        const output = await project.fails(["up", "--yes", "--skip-preview"]);
        expect(output).toContain(`${old.address}: `);
        expect(next.writes.all).toEqual([]);
        await old.up();
        await project.up();
        restored(old);
        await project.destroy();
        restored(next);
    });
});
