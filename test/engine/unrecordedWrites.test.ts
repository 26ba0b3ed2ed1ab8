import { writeFileSync } from "node:fs";
import { join } from "node:path";
import type { SimulatedHost } from "../../provider/simulator";
import { HEADS, NATIVE } from "./heads";
import { neverUnencrypted, policy, restored } from "./oneFlag";
import type { Project, Way } from "./project";
import { until } from "./until";
import { World } from "./world";

/** Killed runs and lost or older states: the host has what the state has no record of. */

const world = new World(NATIVE);
afterAll(() => world.dispose());

async function oneHost(way: Way = {}): Promise<{ host: SimulatedHost; project: Project }> {
    const host = await world.host("web01");
    return { host, project: await world.project(way) };
}

/** Kills an `up` after its write: the host has it, the state does not. */
async function killedUp(project: Project, host: SimulatedHost, wrote: () => boolean, ...args: string[]): Promise<void> {
    host.faults.on("verbHangs", { verb: "apply", when: "after" });
    const run = project.start(["up", "--yes", "--skip-preview", ...args]);
    await until(wrote, 120);
    run.child.kill("SIGKILL");
    await run.ended;
    host.faults.off();
    project.mendAttributes();
    await project.succeeds(["cancel", "--yes"]);
}

const wanted = (name: string, ...paths: string[]) =>
    `new wmisec.WmiNamespaceSecurity("${name}", { connection: hosts.web01, namespaces: { ${paths.map((path) => `"${path}": { requiresEncryption: true }`).join(", ")} } });`;

test("an update that adds a namespace is killed, and the program goes back: the gate exits 7, says what, and up releases it", async () => {
    const { host, project } = await oneHost();
    project.program([host], wanted("a", "root/Contoso"));
    await project.up();
    project.program([host], wanted("a", "root/Contoso", "root/Contoso/Billing"));
    await killedUp(project, host, () => host.machine.flag("root/Contoso/Billing") === true);
    project.program([host], wanted("a", "root/Contoso"));
    const { code, output } = await project.gate();
    expect(code).toBe(7);
    expect(output).toMatch(/root\/contoso\/billing is not declared, and the ledger still names this resource for it/);
    expect(output).toMatch(/undeclared/);
    await project.refresh();
    expect((await project.pulumi(["refresh", "--preview-only", "--expect-no-changes"])).code).toBe(7);
    await project.up();
    expect(host.machine.flag("root/Contoso/Billing")).toBe(false);
    expect((await project.gate()).code).toBe(0);
    await project.destroy();
    restored(host);
});

test("a move is killed, and the program goes back: the gate exits 7 and names the other machine, and there and back again puts all right", async () => {
    const old = await world.host("web01");
    const next = await world.host("web02");
    const project = await world.project();
    project.program([old], policy("a"));
    await project.up();
    project.programOf({ web01: next.connection }, policy("a"));
    await killedUp(project, next, () => next.machine.flag("root/Contoso") === true);
    project.program([old], policy("a"));
    const { code, output } = await project.gate();
    expect(code).toBe(7);
    expect(output).toContain(`a move of this resource to ${next.address} was begun`);
    await project.up("--refresh");
    expect((await project.gate()).code).toBe(7);
    expect(await project.fails(["destroy", "--yes", "--skip-preview"])).toContain(`WMISEC_FORGET=${next.address}`);
    project.programOf({ web01: next.connection }, policy("a"));
    await project.up();
    expect((await project.gate()).code).toBe(0);
    await project.destroy();
    restored(old);
    restored(next);
});

/** What a replacement leaves if it is killed, or an older state if it is imported: the ledger names a life that the state does not know. */
async function replacedBehindTheState(how: "killed" | "imported", way?: Way) {
    const { host, project } = await oneHost(way);
    project.program([host], policy("a"));
    await project.up();
    const urn = project.resources()[0]?.urn ?? "";
    const entry = host.machine.ledger()["namespace:root/contoso"];
    if (how === "killed") {
        await killedUp(project, host, () => host.machine.ledger()["namespace:root/contoso"] !== entry, "--replace", urn);
    } else {
        const file = join(world.scratch, "older.json");
        writeFileSync(file, await project.succeeds(["stack", "export"]));
        await project.up("--replace", urn);
        await project.succeeds(["stack", "import", "--file", file]);
    }
    return { host, project };
}

test.each(["killed", "imported"] as const)("a replacement, %s: destroy puts back what stood there first", async (how) => {
    const { host, project } = await replacedBehindTheState(how);
    expect(await project.destroy()).toMatch(/root\/Contoso is released: a former life of this resource/);
    restored(host);
});

test.each(["killed", "imported"] as const)("a replacement, %s: so does destroy --refresh", async (how) => {
    const { host, project } = await replacedBehindTheState(how);
    expect(await project.destroy("--refresh")).toMatch(/the ledger names another life of this resource/);
    restored(host);
});

/** Nothing tells of a program in YAML that declares nothing of ours. */
const WITHOUT_IT = { dynamic: "", native: wanted("other", "root/cimv2") };

test.each(HEADS)(
    "a replacement is killed, and the resource is taken out of the program: it stays, and the run says what to run (%s)",
    async (_head, way) => {
        const { host, project } = await replacedBehindTheState("killed", way);
        project.program([host], WITHOUT_IT[way.head ?? "dynamic"]);
        expect(await project.up()).toMatch(
            /root\/Contoso stays as it is: wanted as true by another life of .*run pulumi up with the resource in the program and its connection set to this host, then pulumi destroy/,
        );
        project.program([host], policy("a"));
        await project.up();
        await project.destroy();
        restored(host);
    },
);

test.each(["destroy", "up"] as const)(
    "a replaced resource that is still to be deleted: the next %s does that, without an error and without a gap",
    async (next) => {
        const { host, project } = await oneHost();
        project.program([host], policy("a"));
        await project.up();
        const urn = project.resources()[0]?.urn ?? "";
        const entry = host.machine.ledger()["namespace:root/contoso"];
        host.faults.on("answerLate", { verb: "apply", ms: 3000 });
        const run = project.start(["up", "--yes", "--skip-preview", "--replace", urn]);
        await until(() => host.machine.ledger()["namespace:root/contoso"] !== entry, 120);
        // The new one is made, and its answer is under way: the next look is that of the old one's delete.
        host.faults.on("verbHangs", { verb: "observe", when: "before" });
        await until(() => project.resources().length === 2, 120);
        run.child.kill("SIGKILL");
        await run.ended;
        host.faults.off();
        project.mendAttributes();
        await project.succeeds(["cancel", "--yes"]);
        expect(project.resources()).toHaveLength(2);
        if (next === "up") {
            expect(await project.up()).not.toMatch(/life/);
            neverUnencrypted(host);
            expect(project.resources()).toHaveLength(1);
        }
        await project.destroy("--parallel", "1");
        restored(host);
    },
);
