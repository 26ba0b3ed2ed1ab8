import { HEADS, NATIVE } from "./heads";
import { World, writesOf } from "./world";

const world = new World(NATIVE);
/** For programs that compute, and for settings that this head stores as inputs. */
const dynamic = new World({ head: "dynamic" });
afterAll(() => Promise.all([world.dispose(), dynamic.dispose()]));

const namespaces = (paths: readonly string[], options = "") =>
    `new wmisec.WmiNamespaceSecurity("policy", { connection: hosts.web01, namespaces: {
        ${paths.map((path) => `${JSON.stringify(path)}: { requiresEncryption: true }`).join(", ")}
    } }${options});`;

test("namespaces added to or dropped from the map: only those are touched, and a dropped one is put back", async () => {
    const host = await world.host("web01");
    const project = await world.project();
    project.program([host], namespaces(["root/Contoso", "root/cimv2/TerminalServices"]));
    await project.up();
    expect(writesOf(host)).toEqual(["root/contoso: null -> true"]);
    project.program([host], namespaces(["root/Contoso/Billing", "root/cimv2/TerminalServices"]));
    await project.up();
    expect(writesOf(host)).toEqual(["root/contoso/billing: null -> true", "root/contoso: true -> false"]);
    project.program([host], namespaces(["root/Contoso/Billing"]));
    await project.up();
    expect(writesOf(host)).toEqual([]);
    expect(host.machine.flag("root/cimv2/TerminalServices")).toBe(true);
});

test("another spelling of a path changes nothing; two spellings of one namespace are refused", async () => {
    const host = await world.host("web01");
    const project = await world.project();
    project.program([host], namespaces(["root/Contoso"]));
    await project.up();
    host.writes.clear();
    project.program([host], namespaces(["ROOT\\contoso"]));
    expect(await project.preview()).toMatch(/2 unchanged/);
    await project.up();
    expect(host.writes.all).toEqual([]);
    project.program([host], namespaces(["root/Contoso", "ROOT\\contoso"]));
    expect(await project.fails(["preview"])).toMatch(/is the same namespace as "(root\/Contoso|ROOT\\\\contoso)"/);
});

test.each(HEADS)("ignoreChanges on one namespace: its drift is left alone, the others' is healed (%s)", async (_head, way) => {
    const host = await world.host("web01");
    const project = await world.project(way);
    project.program([host], namespaces(["root/Contoso", "root/cimv2"], `, { ignoreChanges: ['namespaces["root/cimv2"]'] }`));
    await project.up();
    for (const path of ["root/Contoso", "root/cimv2"]) host.machine.behindOurBack.setFlag(path, null);
    host.writes.clear();
    await project.up("--refresh");
    expect(writesOf(host)).toEqual(["root/contoso: null -> true"]);
    expect(host.machine.flag("root/cimv2")).toBe(null);
    await project.up("--refresh");
    expect(host.writes.items).toEqual([]);
});

test("the same args object used twice, and changed afterwards by nobody", async () => {
    const host = await world.host("web01");
    const project = await dynamic.project();
    project.program(
        [host],
        `const args = { connection: hosts.web01, namespaces: { "root/Contoso": { requiresEncryption: true } } };
         const copy = JSON.stringify(args);
         new wmisec.WmiNamespaceSecurity("one", args);
         new wmisec.WmiNamespaceSecurity("two", args);
         if (JSON.stringify(args) !== copy) throw new Error("the args were changed");`,
    );
    await project.up();
    expect(writesOf(host)).toEqual(["root/contoso: null -> true"]);
    expect(host.counters.processesStarted).toBe(1);
    await project.destroy();
    expect(writesOf(host)).toEqual(["root/contoso: true -> false"]);
});

test("protect keeps it, retainOnDelete forgets it without touching the host", async () => {
    const host = await world.host("web01");
    const project = await world.project();
    project.program([host], namespaces(["root/Contoso"], ", { protect: true }"));
    await project.up();
    expect(await project.fails(["destroy", "--yes", "--skip-preview"])).toMatch(/protect/);
    expect(host.machine.flag("root/Contoso")).toBe(true);
    project.program([host], namespaces(["root/Contoso"], ", { retainOnDelete: true }"));
    await project.up();
    host.writes.clear();
    await project.destroy();
    expect(host.writes.all).toEqual([]);
    expect(host.machine.flag("root/Contoso")).toBe(true);
});

test("values that a preview does not know yet do not fail it", async () => {
    const host = await world.host("web01");
    const project = await dynamic.project();
    project.program(
        [host],
        `const first = new wmisec.UnsecAppPolicy("first", { connection: hosts.web01, checkAccess: true });
         const late = (value) => first.machine.apply(() => value);
         new wmisec.WmiNamespaceSecurity("host", { connection: { ...hosts.web01, host: late(hosts.web01.host) }, namespaces: { "root/Contoso": { requiresEncryption: true } } });
         new wmisec.WmiNamespaceSecurity("connection", { connection: late(hosts.web01), namespaces: { "root/Contoso": { requiresEncryption: late(true) } } });
         new wmisec.WmiNamespaceSecurity("map", { connection: hosts.web01, namespaces: late({ "root/cimv2": { requiresEncryption: true } }) });
         new wmisec.UnsecAppPolicy("access", { connection: hosts.web01, checkAccess: late(true) });`,
    );
    expect(await project.preview()).toMatch(/6 to create/);
    await project.up();
    expect(writesOf(host)).toHaveLength(3);
    expect(await project.preview()).toMatch(/6 unchanged/);
    await project.destroy();
});

test("a connection that is a secret as a whole works, and stays one", async () => {
    const host = await world.host("web01");
    const project = await dynamic.project();
    project.program([host], `new wmisec.UnsecAppPolicy("policy", { connection: pulumi.secret(hosts.web01), checkAccess: true });`);
    await project.up();
    expect((await project.gate()).code).toBe(0);
    expect(project.stateText()).not.toContain(host.connection.password);
    await project.destroy();
});

test("what only changes how we work contacts no host: a dead host can be set to leave", async () => {
    const host = await world.host("web01");
    const project = await world.project();
    const policy = (more: string) =>
        `new wmisec.UnsecAppPolicy("policy", { connection: { ...hosts.web01, dialErrorLimit: 0 }, checkAccess: true${more} });`;
    project.program([host], policy(""));
    await project.up();
    await host.down();
    await project.fails(["destroy", "--yes", "--skip-preview"]);
    expect(project.resources()).toHaveLength(1);
    project.program([host], policy(`, onDelete: "leave"`));
    expect(await project.up()).toMatch(/1 updated/);
    expect(await project.destroy()).toMatch(/did not answer; it is left as it is/);
    expect(project.resources()).toHaveLength(0);
});

test("onDelete: leave takes the owner out of the ledger and leaves the flag", async () => {
    const host = await world.host("web01");
    const project = await world.project();
    project.program([host], namespaces(["root/Contoso"]).replace("namespaces:", `onDelete: "leave", namespaces:`));
    await project.up();
    host.writes.clear();
    await project.destroy();
    expect(host.writes.items).toEqual([]);
    expect(host.machine.flag("root/Contoso")).toBe(true);
    expect(host.machine.ledger()).toEqual({});
});

test("defaults of connections come from the stack's configuration and are stored as inputs", async () => {
    const host = await world.host("web01");
    const project = await dynamic.project();
    const { user, password, hostKey, port } = host.connection;
    for (const [key, value] of Object.entries({ user, hostKey, port: String(port), passwordEnv: "WEB_PASSWORD" })) {
        await project.succeeds(["config", "set", `wmisec:${key}`, String(value)]);
    }
    project.programOf({}, `new wmisec.UnsecAppPolicy("policy", { connection: { host: "${host.address}" }, checkAccess: true });`);
    await project.succeeds(["up", "--yes", "--skip-preview"], { WEB_PASSWORD: String(password) });
    expect(project.resources()[0]?.inputs["connection"]).toEqual({
        host: host.address,
        port,
        user,
        hostKey,
        password: { env: "WEB_PASSWORD" },
    });
    expect(project.stateText()).not.toContain(password);
    expect(await project.fails(["destroy", "--yes", "--skip-preview"])).toMatch(/environment variable WEB_PASSWORD/);
    await project.succeeds(["destroy", "--yes", "--skip-preview"], { WEB_PASSWORD: String(password) });
});
