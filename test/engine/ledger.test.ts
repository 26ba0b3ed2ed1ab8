import { writeFileSync } from "node:fs";
import { join } from "node:path";
import type { SimulatedHost } from "../../provider/simulator";
import type { Project } from "./project";
import { until } from "./until";
import { World, writesOf } from "./world";

const world = new World();
afterAll(() => world.dispose());

const policy = (name: string, more = "") =>
    `new wmisec.WmiNamespaceSecurity("${name}", { connection: hosts.web01, namespaces: { "root/Contoso": { requiresEncryption: true } } }${more});`;

/** Every state that the flag was in since the host was started: null before, true from the first up on. */
const neverUnencrypted = (host: SimulatedHost) => expect(host.writes.flagHistory("root/Contoso")).toEqual([null, true]);

/** As the very first up found it: FALSE stands for the absence that mofcomp can't put back. */
function restored(host: SimulatedHost): void {
    expect(host.machine.flag("root/Contoso")).toBe(false);
    expect(host.machine.ledger()).toEqual({});
}

async function oneHost(): Promise<{ host: SimulatedHost; project: Project }> {
    const host = await world.host("web01");
    return { host, project: await world.project() };
}

test("connection.host changed to another name of the same machine writes nothing and loses nothing", async () => {
    const { host, project } = await oneHost();
    project.program([host], policy("a"));
    await project.up();
    const ledger = host.machine.ledger();
    writesOf(host);
    const [first, ...rest] = host.address.split(".");
    project.programOf({ web01: { ...host.connection, host: [`0x${Number(first).toString(16)}`, ...rest].join(".") } }, policy("a"));
    expect(await project.up()).toMatch(/1 updated/);
    expect(host.writes.all).toEqual([]);
    expect(host.machine.ledger()).toEqual(ledger);
    await project.destroy();
    restored(host);
});

test("a resource renamed without an alias", async () => {
    const { host, project } = await oneHost();
    project.program([host], policy("a"));
    await project.up();
    project.program([host], policy("b"));
    expect(await project.up()).toMatch(/1 deleted/);
    neverUnencrypted(host);
    expect(Object.values(host.machine.ledger()).join()).toContain("WmiNamespaceSecurity::b");
    await project.destroy();
    restored(host);
});

test("a resource renamed with an alias: one ledger write renames the owner", async () => {
    const { host, project } = await oneHost();
    project.program([host], policy("a"));
    await project.up();
    writesOf(host);
    project.program([host], policy("b", `, { aliases: [{ name: "a" }] }`));
    expect(await project.up()).toMatch(/1 updated/);
    expect(host.writes.items).toEqual([]);
    expect(host.writes.ledger).toHaveLength(1);
    expect(Object.values(host.machine.ledger()).join()).toContain("WmiNamespaceSecurity::b");
    expect(host.writes.flagHistory("root/Contoso")).toEqual([]);
    await project.destroy();
    restored(host);
});

test("up --replace never leaves an instant without encryption", async () => {
    const { host, project } = await oneHost();
    project.program([host], policy("a"));
    await project.up();
    const [resource] = project.resources();
    expect(await project.up("--replace", resource?.urn ?? "")).toMatch(/1 replaced/);
    expect(project.resources()[0]?.id).not.toBe(resource?.id);
    neverUnencrypted(host);
    await project.destroy();
    restored(host);
});

test("a replacement with fewer namespaces is silent", async () => {
    const { host, project } = await oneHost();
    host.machine.behindOurBack.createNamespace("root/Other");
    const both = '{ "root/Contoso": { requiresEncryption: true }, "root/Other": { requiresEncryption: true } }';
    project.program([host], `new wmisec.WmiNamespaceSecurity("a", { connection: hosts.web01, namespaces: ${both} });`);
    await project.up();
    project.program([host], policy("a"));
    const output = await project.up("--replace", project.resources()[0]?.urn ?? "");
    expect(output).toMatch(/1 replaced/);
    expect(output).not.toMatch(/former life|warning/);
    expect(host.machine.flag("root/Other")).toBe(false);
    neverUnencrypted(host);
    await project.destroy();
    restored(host);
});

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

test("a state file thrown away, and up again", async () => {
    const { host, project } = await oneHost();
    project.program([host], policy("a"));
    await project.up();
    project.loseState();
    await project.succeeds(["stack", "init", "dev"]);
    await project.up();
    neverUnencrypted(host);
    await project.destroy();
    restored(host);
});

test("a state file thrown away, and up again without one of the namespaces: what nobody declares any more is released", async () => {
    const { host, project } = await oneHost();
    project.program([host], policy("a").replace(`"root/Contoso":`, `"root/cimv2": { requiresEncryption: true }, "root/Contoso":`));
    await project.up();
    project.loseState();
    await project.succeeds(["stack", "init", "dev"]);
    project.program([host], policy("a"));
    await project.up();
    expect(host.machine.flag("root/cimv2")).toBe(false);
    neverUnencrypted(host);
    await project.destroy();
    restored(host);
});

test.each([
    ["whose image has the flag", true],
    ["from scratch", false],
])("a host rebuilt %s shows as drift and heals", async (_how, keepFlags) => {
    const { host, project } = await oneHost();
    project.program([host], policy("a"));
    await project.up();
    host.machine.rebuild({ namespaces: { "root/Contoso": keepFlags ? true : null } });
    host.writes.clear();
    const { code, output } = await project.gate();
    expect(code).toBe(7);
    expect(output).toMatch(/another machine answers/);
    expect(output).toMatch(/owner/);
    await project.refresh();
    expect((await project.pulumi(["refresh", "--preview-only", "--expect-no-changes"])).code).toBe(7);
    expect((await project.gate()).code).toBe(7);
    await project.up("--refresh");
    expect(writesOf(host)).toEqual(keepFlags ? [] : ["root/contoso: null -> true"]);
    expect(Object.keys(host.machine.ledger())).toEqual(["namespace:root/contoso"]);
    expect((await project.gate()).code).toBe(0);
    await project.destroy();
    // As the rebuilt host was found: with the image's flag, or without.
    expect(host.machine.flag("root/Contoso")).toBe(keepFlags);
    expect(host.machine.ledger()).toEqual({});
});

test("a clone, whose image has the flag and the ledger of the original: before is kept, its owners are not", async () => {
    const { host, project } = await oneHost();
    project.program([host], policy("a"));
    await project.up();
    const [entry] = Object.values(host.machine.ledger());
    host.machine.rebuild({ namespaces: { "root/Contoso": true } });
    host.machine.behindOurBack.setLedger("namespace:root/contoso", entry ?? "");
    host.writes.clear();
    expect((await project.gate()).code).toBe(7);
    await project.up("--refresh");
    expect(host.writes.items).toEqual([]);
    expect(JSON.parse(host.machine.ledger()["namespace:root/contoso"] ?? "")).toMatchObject({ before: "absent" });
    await project.destroy();
    restored(host);
});

test("the ledger's entry is lost: drift, healed by one ledger write, and destroy restores what the state remembers", async () => {
    const { host, project } = await oneHost();
    project.program([host], policy("a"));
    await project.up();
    host.machine.behindOurBack.loseLedger();
    host.writes.clear();
    const { code, output } = await project.gate();
    expect(code).toBe(7);
    expect(output).toMatch(/the ledger has no entry/);
    await project.up("--refresh");
    expect(host.writes.items).toEqual([]);
    expect(host.writes.ledger).toHaveLength(1);
    host.machine.behindOurBack.loseLedger();
    await project.destroy();
    restored(host);
});

test("connection.host changed to another machine: the new one is made as declared, then the old one restored", async () => {
    const old = await world.host("web01");
    const next = await world.host("web02");
    const project = await world.project();
    project.program([old], policy("a"));
    await project.up();
    project.programOf({ web01: next.connection }, policy("a"));
    await project.up();
    expect(next.machine.flag("root/Contoso")).toBe(true);
    restored(old);
    await project.destroy();
    restored(next);
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
async function replacedBehindTheState(how: "killed" | "imported") {
    const { host, project } = await oneHost();
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

test("a replacement is killed, and the resource is taken out of the program: it stays, and the run says what to run", async () => {
    const { host, project } = await replacedBehindTheState("killed");
    project.program([host], "");
    expect(await project.up()).toMatch(
        /root\/Contoso stays as it is: wanted as true by another life of .*run pulumi up with the resource in the program and its connection set to this host, then pulumi destroy/,
    );
    project.program([host], policy("a"));
    await project.up();
    await project.destroy();
    restored(host);
});

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
