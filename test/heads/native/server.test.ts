import { WmisecError } from "../../../provider/core/errors";
import { asSecret as secret } from "../../../provider/plugin/secretOutputs";
import { HandlerWorld } from "../../handlers/world";
import { keptBy, NativeClient } from "./client";

const TYPE = "wmisec:index:WmiNamespaceSecurity";
const URN = `urn:pulumi:prod::fleet::${TYPE}::web-07`;
const UNKNOWN_OBJECT = "dd056dcd-154b-4c76-9bd3-c8f88648b5ff";
const UNKNOWN_TEXT = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";
const PASSWORD = "canary";

let world: HandlerWorld;
let client: NativeClient;
beforeEach(async () => {
    world = new HandlerWorld();
    client = await (await new NativeClient(world).start()).attach();
});
afterEach(() => client.stop());

const policy = (requiresEncryption: unknown = true, more: object = {}) => ({
    connection: { host: "a", user: "me" },
    namespaces: { "root/contoso": { requiresEncryption } },
    ...more,
});

/** As an engine does it: check, then create with what check returned. */
async function made(inputs: Readonly<Record<string, unknown>>) {
    const { inputs: checked, failures } = await client.check(URN, inputs);
    expect(failures).toEqual([]);
    return { checked, ...(await client.create(URN, checked)) };
}

describe("the owner", () => {
    test("is computed from the URN, an output and never an input", async () => {
        const { checked, outs } = await made(policy());
        expect(checked).not.toHaveProperty("owner");
        expect(outs["owner"]).toBe(`organization/${URN}`);
        expect(JSON.stringify(world.machine("a").ledger())).toContain(`organization/${URN}`);
    });

    test("begins with the organization that is configured", async () => {
        await client.configure({ organization: "acme" });
        expect((await made(policy())).outs["owner"]).toBe(`acme/${URN}`);
    });

    test("can't be said by a program", async () => {
        const { failures } = await client.check(URN, policy(true, { owner: "somebody else" }));
        expect(failures).toEqual([["", "owner: it is an output: the provider computes it"]]);
    });

    test("is a reason to update where it is another one, and the only one", async () => {
        const { id, outs, checked } = await made(policy());
        const request = { olds: outs, oldInputs: checked, news: checked };
        expect(await client.diff(URN, id, request)).toBeUndefined();
        expect(await client.diff(`${URN}-renamed`, id, request)).toEqual(["owner: UPDATE (output)"]);
    });
});

describe("a difference", () => {
    test("names each place of the inputs, by its path", async () => {
        const { id, outs, checked } = await made(policy(true, { onDelete: "leave" }));
        const namespaces = {
            "root/contoso": { requiresEncryption: false, whenMissing: "skip" },
            "root\\cimv2": { requiresEncryption: true },
        };
        const news = { ...checked, onDelete: undefined, namespaces };
        expect((await client.diff(URN, id, { olds: outs, oldInputs: checked, news }))?.sort()).toEqual([
            'namespaces["root/contoso"].requiresEncryption: UPDATE',
            'namespaces["root/contoso"].whenMissing: ADD',
            String.raw`namespaces["root\cimv2"]: ADD`,
            "onDelete: DELETE",
        ]);
    });

    test("in spelling alone is none", async () => {
        const { id, outs, checked } = await made(policy());
        const news = { ...checked, namespaces: { "root\\CONTOSO": { requiresEncryption: true } } };
        expect(await client.diff(URN, id, { olds: outs, oldInputs: checked, news })).toBeUndefined();
    });

    test("that no input shows has its reason: what was last carried out, or that it stopped halfway", async () => {
        const { id, outs, checked } = await made(policy());
        const diff = (olds: object) => client.diff(URN, id, { olds: { ...outs, ...olds }, oldInputs: checked, news: checked });
        expect(await diff({ incomplete: true })).toEqual(["incomplete: UPDATE (output)"]);
        expect(await diff({ __applied: {} })).toEqual(["applied: UPDATE (output)"]);
        expect(await diff({ owner: "absent" })).toEqual(["owner: UPDATE (output)"]);
    });

    test("from what a preview does not know yet, of any kind, is left to the values that are known", async () => {
        const { id, outs, checked } = await made(policy());
        for (const unknown of [UNKNOWN_OBJECT, UNKNOWN_TEXT]) {
            const news = { ...checked, namespaces: unknown };
            expect((await client.check(URN, news)).failures).toEqual([]);
            expect(await client.diff(URN, id, { olds: outs, oldInputs: checked, news })).toEqual(["namespaces: UPDATE"]);
        }
    });
});

describe("how we get in", () => {
    // The engine marks secrets here, and only here.
    const DEFAULTS = { user: "svc", password: secret(PASSWORD), port: "2222", perDialTimeout: "30" };

    test("comes from the configuration and is in no input and no output; where it leads is recorded", async () => {
        await client.configure(DEFAULTS);
        const { checked, id, outs } = await made(policy(true, { connection: { host: "a" } }));
        const recorded = { host: "a", port: 2222 };
        expect([checked["connection"], outs["connection"]]).toEqual([recorded, recorded]);
        const read = await client.read(URN, id, outs);
        expect([read.inputs["connection"], read.outs["connection"]]).toEqual([recorded, recorded]);
        const updated = await client.update(URN, id, outs, { ...checked, onDelete: "leave" });
        expect(updated["connection"]).toEqual(recorded);
        await client.delete(URN, id, updated);
        expect(JSON.stringify([checked, outs, read, updated])).not.toContain(PASSWORD);
    });

    test("is all there for who connects, and credentials are not mixed", async () => {
        const runtime = world.runtime();
        const asked: unknown[] = [];
        client.stop();
        const host: typeof runtime.host = (connection) => {
            asked.push(connection);
            return runtime.host(connection);
        };
        client = new NativeClient(world, () => ({ ...runtime, host }));
        await (await client.start()).attach();
        await client.configure(DEFAULTS);
        await made(policy(true, { connection: { host: "a" } }));
        expect(asked.at(-1)).toEqual({ host: "a", port: 2222, user: "svc", password: PASSWORD, perDialTimeout: 30 });
        await made(policy(true, { connection: { host: "a", privateKey: { file: "~/.ssh/own" } } }));
        expect(asked.at(-1)).toEqual({ host: "a", port: 2222, user: "svc", privateKey: { file: "~/.ssh/own" }, perDialTimeout: 30 });
    });

    test("changes nothing of a resource when it changes in the configuration", async () => {
        await client.configure(DEFAULTS);
        const { checked, id, outs } = await made(policy(true, { connection: { host: "a" } }));
        await client.configure({ user: "another", privateKeyFile: "~/.ssh/fleet", port: "2222" });
        expect(await client.diff(URN, id, { olds: outs, oldInputs: checked, news: checked })).toBeUndefined();
    });

    test("is the resource's own where it says so, and marked as a secret", async () => {
        await client.configure(DEFAULTS);
        const { checked, outs } = await made(policy(true, { connection: { host: "a", user: "me", password: "own" } }));
        const recorded = { host: "a", port: 2222, user: "me", password: secret("own") };
        expect([checked["connection"], outs["connection"]]).toEqual([recorded, recorded]);
    });

    test("is lent to a host that the resource moved away from, and in no state either", async () => {
        await client.configure(DEFAULTS);
        const { checked, id, outs } = await made(policy(true, { connection: { host: "a" } }));
        world.silent.add("b");
        const news = { ...checked, connection: { host: "b", port: 2222 } };
        await expect(client.update(URN, id, outs, news)).rejects.toThrow("b");
        world.silent.delete("b");
        // The old host ends its connection once the new one is as declared, so it stays to be released.
        world.afterApply = () => void world.silent.add("a");
        const failure: unknown = await client.update(URN, id, outs, news).catch((error: unknown) => error);
        const kept = keptBy(failure);
        expect(kept?.outs["unreleased"]).toMatchObject([{ connection: { host: "a", port: 2222 } }]);
        expect(JSON.stringify(kept)).not.toContain(PASSWORD);
        world.silent.clear();
        world.undisturbed();
        const after = await client.update(URN, id, kept?.outs ?? {}, news);
        expect(after).not.toHaveProperty("unreleased");
        expect(world.machine("a").ledger()).toEqual({});
    });

    test("to a jump host goes to the configured one only", async () => {
        await client.configure({ ...DEFAULTS, proxy: JSON.stringify({ host: "jump", user: "jumper", password: PASSWORD }) });
        const { checked } = await made(policy(true, { connection: { host: "a" } }));
        expect(checked["connection"]).toEqual({ host: "a", port: 2222, proxy: { host: "jump" } });
        const other = await client.check(URN, policy(true, { connection: { host: "a", proxy: { host: "mine" } } }));
        expect(other.failures.map(([, reason]) => reason)).toEqual(["connection.proxy.user: is required"]);
    });

    test("that is missing is told as in the dynamic head", async () => {
        const { failures } = await client.check(URN, policy(true, { connection: { host: "a" } }));
        expect(failures).toEqual([["", expect.stringMatching(/^connection\.user: is required: .*pulumi config set wmisec:user VALUE$/)]]);
    });
});

describe("the configuration", () => {
    test("is checked by the table of connections, its secrets are marked, and what it holds is in no reason", async () => {
        const { failures } = await client.checkConfig({
            port: "many",
            transport: "telnet",
            proxy: "{}",
            organization: "",
            lookFirst: "no",
        });
        expect(failures).toEqual([
            "wmisec:organization must be text",
            "wmisec:lookFirst must be true or false",
            "wmisec:port: must be a number",
            'wmisec:transport: must be "ssh" or "openssh" or "winrm"',
            "wmisec:proxy: host must be text; user must be text",
        ]);
        const args = { user: "svc", port: "22", hostKey: '["SHA256:abc"]', password: PASSWORD, passwordCommand: '["pass", "show"]' };
        const { inputs } = await client.checkConfig(args);
        expect(inputs).toEqual({ ...args, password: secret(PASSWORD) });
    });

    test("warns about a key that has no effect", async () => {
        await client.checkConfig({ version: "1.0.0", hostKy: "x" });
        expect(world.said).toEqual([
            "warn the configuration has wmisec:hostKy, which pulumi-wmisec does not know; did you mean wmisec:hostKey?",
        ]);
    });

    test("never asks for a replacement", async () => {
        expect(await client.diffConfig({ user: "a" }, { user: "a" })).toBeUndefined();
        expect(await client.diffConfig({ user: "a" }, { user: "b" })).toEqual(["user: UPDATE"]);
    });
});

describe("an import", () => {
    beforeEach(() => client.configure({ user: "svc", password: PASSWORD }));

    test("looks and writes nothing, has inputs as a program writes them, and a new id; the next update enters us with the true original value", async () => {
        world.machine("a").behindOurBack.setFlag("root/contoso", true);
        world.machine("a").writes.clear();
        const { id, inputs, outs } = await client.read(URN, "a, root/Contoso, root/cimv2");
        expect(world.machine("a").writes.all).toEqual([]);
        expect(id).toMatch(/^life-/);
        const namespaces = { "root/Contoso": { requiresEncryption: true }, "root/cimv2": { requiresEncryption: false } };
        expect(inputs).toEqual({ connection: { host: "a" }, namespaces });
        expect(outs).toMatchObject({ owner: "absent", before: {}, status: { "root/Contoso": "compliant", "root/cimv2": "compliant" } });
        expect(await client.diff(URN, id, { olds: outs, oldInputs: inputs, news: inputs })).toEqual(["owner: UPDATE (output)"]);
        const updated = await client.update(URN, id, outs, inputs);
        expect(world.machine("a").writes.items).toEqual([]);
        expect(updated).toMatchObject({ owner: `organization/${URN}`, before: { "namespace:root/contoso": true } });
        await client.delete(URN, id, updated);
        expect(world.machine("a").flag("root/contoso")).toBe(true);
        expect(world.machine("a").ledger()).toEqual({});
    });

    test("that is forgotten again leaves the host alone", async () => {
        world.machine("a").behindOurBack.setFlag("root/contoso", true);
        world.machine("a").writes.clear();
        const { id, outs } = await client.read(URN, "a,root/contoso");
        await client.delete(URN, id, outs);
        expect(world.machine("a").writes.all).toEqual([]);
    });

    test("of an UnsecAppPolicy is the host's name alone", async () => {
        const urn = URN.replace("WmiNamespaceSecurity", "UnsecAppPolicy");
        expect((await client.read(urn, "a")).inputs).toEqual({ connection: { host: "a" }, checkAccess: false });
        await expect(client.read(urn, "a,root/cimv2")).rejects.toThrow("it is the host's name alone");
    });

    test("without namespaces is about root/cimv2", async () => {
        const { inputs } = await client.read(URN, "a");
        expect(inputs["namespaces"]).toEqual({ "root/cimv2": { requiresEncryption: false } });
    });

    test("of what is not there, or of a host that does not answer, fails", async () => {
        await expect(client.read(URN, "a,root/nosuch")).rejects.toThrow(/root\/nosuch is missing, so it can't be imported/);
        await expect(client.read(URN, "a,root/con toso")).rejects.toThrow("namespaces.root/con toso");
        world.silent.add("b");
        await expect(client.read(URN, "b")).rejects.toThrow("b: refused");
    });

    test("of a data source may bring a connection", async () => {
        const connection = { user: "me", password: "own" };
        const { inputs } = await client.read(URN, "a", { connection });
        expect(inputs["connection"]).toEqual({ host: "a", user: "me", password: secret("own") });
    });
});

describe("a failure", () => {
    test("after a write began keeps the state, without what was lent, and the reason", async () => {
        await client.configure({ user: "svc", password: PASSWORD });
        world.afterApply = () => {
            throw new WmisecError("connectionLost", "the line went dead", { host: "a", remedy: "run again" });
        };
        const failure: unknown = await client.create(URN, policy(true, { connection: { host: "a" } })).catch((error: unknown) => error);
        expect(keptBy(failure)).toMatchObject({
            id: "life-1",
            outs: { incomplete: true, connection: { host: "a" }, owner: `organization/${URN}` },
            reasons: [expect.stringMatching(/the line went dead.*\n {2}code: {2}connectionLost$/s)],
        });
        expect(JSON.stringify(keptBy(failure))).not.toContain(PASSWORD);
    });

    test("before any write is well understood: it does not put the resource in doubt", async () => {
        world.silent.add("a");
        const failure: unknown = await client.create(URN, policy()).catch((error: unknown) => error);
        expect(failure).toMatchObject({ code: 9, details: expect.stringMatching(/switch it on.*\n {2}code: {2}unreachable$/s) });
        expect(keptBy(failure)).toBeUndefined();
    });
});

test("a state of the dynamic head is taken over by an update, which writes no item", async () => {
    const { id, outs, checked } = await made(policy());
    const dynamic = { owner: "organization/urn:pulumi:prod::fleet::pulumi-nodejs:dynamic/wmisec:X::web-07", __provider: "exports" };
    const request = { olds: { ...outs, ...dynamic }, oldInputs: { ...checked, ...dynamic }, news: checked };
    expect(await client.diff(URN, id, request)).toEqual(["owner: UPDATE (output)"]);
    world.machine("a").writes.clear();
    const updated = await client.update(URN, id, request.olds, checked);
    expect(world.machine("a").writes.items).toEqual([]);
    expect(updated["owner"]).toBe(`organization/${URN}`);
    expect(updated).not.toHaveProperty("__provider");
});

describe("Cancel", () => {
    test("ends the run, once what is in flight is finished", async () => {
        const waiting: (() => void)[] = [];
        world.turn = () => new Promise((resolve) => void waiting.push(resolve));
        const order: string[] = [];
        const created = client.create(URN, policy()).then(() => order.push("created"));
        while (world.asked.length === 0) await new Promise((resolve) => setImmediate(resolve));
        const cancelled = client.cancel().then(() => order.push("cancelled"));
        await client.pluginInfo();
        expect(client.cancelled.map(({ aborted }) => aborted)).toEqual([true]);
        expect(client.ended).toEqual([]);
        world.turn = async () => undefined;
        for (const goOn of waiting) goOn();
        await Promise.all([created, cancelled]);
        expect(order).toEqual(["created", "cancelled"]);
        expect(client.ended).toEqual(["127.0.0.1:1"]);
    });

    test("of one engine is not the end of the next one's run", async () => {
        await client.cancel();
        await client.attach("127.0.0.1:2");
        expect(client.cancelled.map(({ aborted }) => aborted)).toEqual([true, false]);
        await client.cancel();
        expect(client.ended).toEqual(["127.0.0.1:1", "127.0.0.1:2"]);
    });
});

test("what is wrong with the environment is said of each resource, and Cancel is answered all the same", async () => {
    client.stop();
    client = new NativeClient(world, () => {
        throw new WmisecError("invalidInput", "WMISEC_STRICT is wrong", { remedy: "set it to 1 or 0" });
    });
    await (await client.start()).attach();
    await expect(client.create(URN, policy())).rejects.toMatchObject({
        code: 9,
        details: expect.stringContaining("WMISEC_STRICT is wrong"),
    });
    await client.cancel();
});

test("what is not there is answered as the protocol wants it", async () => {
    expect(await client.pluginInfo()).toBe("1.2.3");
    await expect(client.handshake()).rejects.toMatchObject({ code: 12 });
    await expect(client.check(URN.replace("WmiNamespaceSecurity", "NoSuch"), {})).rejects.toThrow('no resource "NoSuch"');
});
