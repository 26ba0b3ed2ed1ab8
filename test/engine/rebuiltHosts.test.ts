import type { SimulatedHost } from "../../provider/simulator";
import { NATIVE } from "./heads";
import { policy, restored } from "./oneFlag";
import type { Project } from "./project";
import { World, writesOf } from "./world";

const world = new World(NATIVE);
afterAll(() => world.dispose());

async function policed(...names: string[]): Promise<{ hosts: Record<string, SimulatedHost>; project: Project }> {
    const hosts = Object.fromEntries(await Promise.all(names.map(async (name) => [name, await world.host(name)] as const)));
    const project = await world.project();
    project.program(Object.values(hosts), names.map((name) => policy(name, "", name)).join("\n"));
    await project.up();
    return { hosts, project };
}

/** The gate exits 7, and shows each of them. */
async function drifted(project: Project, names: readonly string[]): Promise<string> {
    const { code, output } = await project.gate();
    expect(code).toBe(7);
    expect(output).toMatch(new RegExp(`${names.length} to update`));
    return output;
}

test("hosts rebuilt, one with an image that has the flag, one from scratch, show as drift and heal", async () => {
    const names = ["image", "scratch"];
    const { hosts, project } = await policed(...names);
    for (const [name, host] of Object.entries(hosts)) {
        host.machine.rebuild({ namespaces: { "root/Contoso": name === "image" ? true : null } });
        host.writes.clear();
    }
    const output = await drifted(project, names);
    for (const { address } of Object.values(hosts)) expect(output).toMatch(new RegExp(`${address}: .*another machine answers`));
    expect(output).toMatch(/owner/);
    await project.refresh();
    const refreshOnly = await project.pulumi(["refresh", "--preview-only", "--expect-no-changes"]);
    expect([refreshOnly.code, refreshOnly.output]).toEqual([7, expect.stringMatching(/2 to update/)]);
    await drifted(project, names);
    await project.up("--refresh");
    expect(Object.values(hosts).map(writesOf)).toEqual([[], ["root/contoso: null -> true"]]);
    for (const { machine } of Object.values(hosts)) expect(Object.keys(machine.ledger())).toEqual(["namespace:root/contoso"]);
    expect((await project.gate()).code).toBe(0);
    await project.destroy();
    // As the rebuilt hosts were found: with the image's flag, or without.
    expect(Object.values(hosts).map(({ machine }) => [machine.flag("root/Contoso"), machine.ledger()])).toEqual([
        [true, {}],
        [false, {}],
    ]);
});

describe("hosts whose ledger is not theirs, or not there", () => {
    let clone: SimulatedHost;
    let lost: SimulatedHost;
    let project: Project;
    let output: string;

    beforeAll(async () => {
        const policy = await policed("clone", "lost");
        ({ project } = policy);
        ({ clone, lost } = policy.hosts as { clone: SimulatedHost; lost: SimulatedHost });
        const [entry] = Object.values(clone.machine.ledger());
        clone.machine.rebuild({ namespaces: { "root/Contoso": true } });
        clone.machine.behindOurBack.setLedger("namespace:root/contoso", entry ?? "");
        lost.machine.behindOurBack.loseLedger();
        for (const host of [clone, lost]) host.writes.clear();
        output = await drifted(project, ["clone", "lost"]);
        await project.up("--refresh");
    });

    test("a clone, whose image has the flag and the ledger of the original: before is kept, its owners are not", () => {
        expect(clone.writes.items).toEqual([]);
        expect(JSON.parse(clone.machine.ledger()["namespace:root/contoso"] ?? "")).toMatchObject({ before: "absent" });
    });

    test("the ledger's entry is lost: drift, healed by one ledger write", () => {
        expect(output).toMatch(new RegExp(`${lost.address}: .*the ledger has no entry`));
        expect(lost.writes.items).toEqual([]);
        expect(lost.writes.ledger).toHaveLength(1);
    });

    test("destroy restores what stood there first: the clone's ledger says it, and of one that is lost again the state remembers it", async () => {
        lost.machine.behindOurBack.loseLedger();
        await project.destroy();
        for (const host of [clone, lost]) restored(host);
    });
});
