import { itemName } from "../../provider/core/items/item";
import { UNSEC_APP_ITEM } from "../../provider/core/items/registryValue";
import { parseEntry } from "../../provider/core/ledger/entry";
import type { SimulatedHost } from "../../provider/simulator";
import { troubleIn } from "../hosts/ledgerHistory";
import { NATIVE } from "./heads";
import type { Project } from "./project";
import { Random, SEED } from "./random";
import { World } from "./world";

/**
 * Two projects, each with a backend and a CLI of its own, go at the same hosts at the same moment. Each host is a chance for
 * their requests to meet in another order: it takes its own time to answer.
 */
const HOSTS = 12;
const PATHS = ["root/Contoso", "root/Contoso/Billing"] as const;
const BEFORE = { "root/Contoso": null, "root/Contoso/Billing": true } as const;

const world = new World(NATIVE);
afterAll(() => world.dispose());

const random = new Random(SEED);
let hosts: readonly SimulatedHost[];
let one: Project;
let two: Project;

beforeAll(async () => {
    hosts = await Promise.all(
        Array.from({ length: HOSTS }, (_, index) =>
            world.host(`web${index}`, { verbMs: random.below(60), startupMs: random.below(200), machine: { namespaces: BEFORE } }),
        ),
    );
    [one, two] = await Promise.all([world.project({ name: "one" }), world.project({ name: "two" })]);
});

const declare = (project: Project, requiresEncryption: boolean) =>
    project.program(
        hosts,
        `for (const [name, connection] of Object.entries(hosts)) {
            new wmisec.WmiNamespaceSecurity(name, { connection, namespaces: ${JSON.stringify(
                Object.fromEntries(PATHS.map((path) => [path, { requiresEncryption }])),
            )} });
            new wmisec.UnsecAppPolicy(name, { connection, checkAccess: ${requiresEncryption} });
        }`,
    );

/** Who owns what on a host: the items' names sorted, each with its owners by project. */
const owners = ({ machine }: SimulatedHost): (readonly [item: string, owners: string])[] =>
    Object.entries(machine.ledger())
        .sort(([a], [b]) => (a < b ? -1 : 1))
        .map(([item, text]) => {
            const parsed = parseEntry(text);
            const named =
                parsed.state === "entry"
                    ? parsed.entry.owners.map(({ owner }) => /::(one|two)::/.exec(owner)?.[1] ?? owner)
                    : [parsed.state];
            return [item, named.sort().join(" and ")];
        });
const ITEMS = [...PATHS.map((path) => `namespace:${path.toLowerCase()}`), itemName(UNSEC_APP_ITEM)];
const allOf = (names: string) => ITEMS.map((item) => [item, names]);
const flags = ({ machine }: SimulatedHost): boolean[] => PATHS.map((path) => machine.flag(path) === true);
const restored = () => {
    for (const host of hosts) {
        expect(host.machine.ledger()).toEqual({});
        expect(flags(host)).toEqual(PATHS.map((path) => BEFORE[path] === true));
        expect(troubleIn(host.writes)).toEqual([]);
    }
};

describe(`two projects at the same moment (WMISEC_TEST_SEED=${SEED})`, () => {
    test("with the same wish: both succeed, every entry names both, and no flag is written twice", async () => {
        declare(one, true);
        declare(two, true);
        await Promise.all([one.up(), two.up()]);
        for (const host of hosts) {
            expect(owners(host)).toEqual(allOf("one and two"));
            expect(host.writes.flagHistory("root/Contoso")).toEqual([null, true]);
        }
    });

    test("one is destroyed while the other is applied anew: the hosts stay encrypted, and only the other's name stays", async () => {
        const again = two.resources().map(({ urn }) => ["--replace", urn]);
        await Promise.all([one.destroy(), two.up(...again.flat())]);
        for (const host of hosts) {
            expect(owners(host)).toEqual(allOf("two"));
            expect(host.writes.flagHistory("root/Contoso")).toEqual([null, true]);
        }
    });

    test("one comes while the other, the last one, goes: what the hosts end up with is the newcomer's", async () => {
        await Promise.all([one.up(), two.destroy()]);
        for (const host of hosts) {
            expect(owners(host)).toEqual(allOf("one"));
            expect(flags(host)).toEqual([true, true]);
        }
        await two.up();
    });

    test("both are destroyed: what stood there first is put back", async () => {
        await Promise.all([one.destroy(), two.destroy()]);
        restored();
    });

    test("with different wishes: one wins each host's resource, the other is told by whom, and nothing of the loser stays", async () => {
        declare(two, false);
        const ran = await Promise.all(
            [one, two].map((project) => project.pulumi(["up", "--yes", "--skip-preview", "--continue-on-error"])),
        );
        const won = hosts.flatMap((host) => {
            const [contoso, billing, value] = owners(host).map(([, names]) => names);
            expect(owners(host).map(([item]) => item)).toEqual(ITEMS);
            expect(["one", "two"]).toContain(contoso);
            expect(["one", "two"]).toContain(value);
            // A resource's items are won together.
            expect(billing).toBe(contoso);
            expect(flags(host)).toEqual([contoso === "one", contoso === "one"]);
            return [contoso, value];
        });
        const ones = won.filter((winner) => winner === "one").length;
        process.stdout.write(
            `concurrency (WMISEC_TEST_SEED=${SEED}): of ${won.length} resources one project won ${ones}, the other ${won.length - ones}\n`,
        );
        for (const [index, project] of [one, two].entries()) {
            const lost = won.filter((winner) => winner !== project.name).length;
            expect(project.resources()).toHaveLength(2 * HOSTS - lost);
            expect(ran[index]?.code === 0).toBe(lost === 0);
            expect(ran[index]?.output.match(/is wanted as .* by another resource/g)?.length ?? 0).toBeGreaterThanOrEqual(lost);
        }
        await Promise.all([one.destroy(), two.destroy()]);
        restored();
    });
});
