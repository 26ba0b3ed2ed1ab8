import type { SimulatedHost } from "../../../provider/simulator";
import { NATIVE } from "../heads";
import { neverUnencrypted, restored } from "../oneFlag";
import type { Project } from "../project";
import { World } from "../world";
import { conditionsOf, fleet } from "./declared";

/**
 * Hosts that change hands: each is encrypted from the first up to the last destroy, and then has what stood there first. Two stacks stand for
 * two shards of an inventory.
 */
const NAMES = ["single", "between", "shard", "forgotten", "stays", "lost-1", "lost-2", "lost-3", "seed"] as const;
type Name = (typeof NAMES)[number];

const world = new World(NATIVE);
afterAll(() => world.dispose());

const hosts = new Map<Name, SimulatedHost>();
const host = (name: Name) => hosts.get(name) as SimulatedHost;
let project: Project;

const NAMESPACES = `namespaces: { "root/Contoso": { requiresEncryption: true } }`;
const fleetOf = (name: string, ...members: Name[]) => fleet(NAMESPACES, name, JSON.stringify(members));
const single = `new wmisec.WmiNamespaceSecurity("single", { connection: hosts.single, ${NAMESPACES} });\n`;
const owners = (name: Name) => Object.values(host(name).machine.ledger()).join();
/** What the stacks `dev` and `prod` declare. */
let declared: { readonly dev: string; readonly prod: string };
const declare = (dev: string, prod: string) => {
    declared = { dev, prod };
};
const up = (stack: "dev" | "prod") => {
    project.program([...hosts.values()], declared[stack]);
    return project.up("--stack", stack);
};
const allEncrypted = () => {
    for (const one of hosts.values()) neverUnencrypted(one);
};
const PROD = ["--stack", "prod"];
const DEV = ["--stack", "dev"];

beforeAll(async () => {
    for (const name of NAMES) hosts.set(name, await world.host(name));
    project = await world.project();
    await project.succeeds(["stack", "init", "prod"]);
    declare(
        fleetOf("one", "between", "shard", "forgotten", "stays", "lost-1", "lost-2", "lost-3") + fleetOf("two", "stays") + single,
        fleetOf("other", "seed"),
    );
    await up("dev");
    await up("prod");
});

test("from a single resource into a fleet, and from one fleet into another, in one up", async () => {
    declare(
        fleetOf("one", "single", "shard", "forgotten", "stays", "lost-1", "lost-2", "lost-3") + fleetOf("two", "stays", "between"),
        fleetOf("other", "seed"),
    );
    await up("dev");
    expect(owners("single")).toMatch(/FleetEncryptionPolicy::one#single/);
    expect(owners("single")).not.toMatch(/WmiNamespaceSecurity/);
    expect(owners("between")).toMatch(/FleetEncryptionPolicy::two#between/);
    expect(owners("between")).not.toMatch(/::one/);
    expect(owners("stays")).toMatch(/::one#stays/);
    expect(owners("stays")).toMatch(/::two#stays/);
    expect(conditionsOf(project, "one")).toEqual({ compliant: 7 });
    allEncrypted();
});

test("from one stack into another: added there first, then removed here", async () => {
    const dev = [
        fleetOf("one", "single", "shard", "forgotten", "stays", "lost-1", "lost-2", "lost-3"),
        fleetOf("one", "single", "forgotten", "stays", "lost-1", "lost-2", "lost-3"),
    ];
    for (const one of dev) {
        declare(one + fleetOf("two", "stays", "between"), fleetOf("other", "seed", "shard"));
        await up(one === dev[0] ? "prod" : "dev");
    }
    expect(owners("shard")).toMatch(/urn:pulumi:prod::.*::other#shard/);
    expect(owners("shard")).not.toMatch(/urn:pulumi:dev::/);
    allEncrypted();
});

test("from one stack into another the wrong way round: what stood there first waits in the ledger of the host", async () => {
    declare(
        fleetOf("one", "single", "stays", "lost-1", "lost-2", "lost-3") + fleetOf("two", "stays", "between"),
        fleetOf("other", "seed", "shard", "forgotten"),
    );
    await up("dev");
    expect(Object.keys(host("forgotten").machine.ledger())).toHaveLength(1);
    expect(owners("forgotten")).not.toMatch(/urn:pulumi/);
    await up("prod");
    expect(owners("forgotten")).toMatch(/urn:pulumi:prod::.*::other#forgotten/);
    allEncrypted();
});

test("a fleet that was deleted from the state, and a state that was lost as a whole", async () => {
    const [urn = ""] = project.resources().flatMap(({ urn }) => (urn.endsWith("::one") ? [urn] : []));
    await project.succeeds(["state", "delete", urn, "--yes", ...DEV]);
    await up("dev");
    expect(conditionsOf(project, "one")).toEqual({ compliant: 5 });

    project.loseState("dev");
    await project.succeeds(["stack", "init", "dev"]);
    await up("dev");
    expect(conditionsOf(project, "one")).toEqual({ compliant: 5 });
    allEncrypted();
});

test("the last destroys put back what stood there first", async () => {
    await project.destroy(...DEV);
    for (const name of ["single", "between", "stays", "lost-1", "lost-2", "lost-3"] as const)
        expect(Object.keys(host(name).machine.ledger())).toEqual([]);
    for (const name of ["shard", "forgotten", "seed"] as const) neverUnencrypted(host(name));
    await project.destroy(...PROD);
    for (const one of hosts.values()) {
        restored(one);
        expect(one.writes.flagHistory("root/Contoso")).toEqual([null, true, false]);
    }
});
