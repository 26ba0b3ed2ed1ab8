import { asSecret as secret } from "../../../provider/plugin/secretOutputs";
import { readable } from "../../fleet/readable";
import { HandlerWorld } from "../../handlers/world";
import { keptBy, NativeClient } from "./client";

const URN = "urn:pulumi:prod::app::wmisec:index:FleetEncryptionPolicy::fleet";
const PASSWORD = "canary";
const DEFAULTS = { user: "svc", password: PASSWORD, port: "2222", perDialTimeout: "30" };

let world: HandlerWorld;
let client: NativeClient;
beforeEach(async () => {
    world = new HandlerWorld();
    client = await (await new NativeClient(world).start()).attach();
    await client.configure(DEFAULTS);
});
afterEach(() => client.stop());

const policy = (more: object = {}) => ({ hosts: { a: {}, b: {} }, namespaces: { "root/contoso": { requiresEncryption: true } }, ...more });

/** As an engine does it: check, then create with what check returned. */
async function made(inputs: Readonly<Record<string, unknown>>) {
    const { inputs: checked, failures } = await client.check(URN, inputs);
    expect(failures).toEqual([]);
    return { checked, ...(await client.create(URN, checked)) };
}

const flags = () => ["a", "b"].map((host) => world.machine(host).flag("root/contoso"));

test("a fleet lives as a resource for one host does, and each host's ledger names it", async () => {
    const { id, outs, checked } = await made(policy());
    expect(flags()).toEqual([true, true]);
    expect(outs["counts"]).toMatchObject({ hosts: 2, compliant: 2 });
    expect(JSON.stringify(world.machine("a").ledger())).toContain(`organization/${URN}#a`);
    const request = { olds: outs, oldInputs: checked, news: checked };
    expect(await client.diff(URN, id, request)).toBeUndefined();
    expect(await client.diff(URN, id, { ...request, news: { ...checked, checkAccess: true } })).toEqual(["checkAccess: ADD"]);
    await client.delete(URN, id, outs);
    expect([world.machine("a").ledger(), world.machine("b").ledger()]).toEqual([{}, {}]);
});

test("is renamed by its URN: the owner is the only reason, and no item is written", async () => {
    const { id, outs, checked } = await made(policy());
    expect(await client.diff(`${URN}-2`, id, { olds: outs, oldInputs: checked, news: checked })).toEqual(["owner: UPDATE (output)"]);
    const after = await client.update(`${URN}-2`, id, outs, checked);
    expect(flags()).toEqual([true, true]);
    expect(JSON.stringify(world.machine("b").ledger())).toContain(`${URN}-2#b`);
    expect(await client.diff(`${URN}-2`, id, { olds: after, oldInputs: checked, news: checked })).toBeUndefined();
});

describe("how we get in", () => {
    test("reaches every host, and stands in no input and no output; the address is recorded", async () => {
        const { checked, id, outs } = await made(policy());
        expect(checked["connection"]).toEqual({ port: 2222 });
        const read = await client.read(URN, id, outs);
        expect(readable([checked, outs, read])).not.toMatch(/canary|svc/);
        expect(read.inputs).toEqual(checked);
        expect(read.outs["memory"]).toEqual(outs["memory"]);
    });

    test("a fleet without a connection, of a provider without an address, is stored without one", async () => {
        await client.configure({ user: "svc", password: PASSWORD });
        const { checked, id, outs } = await made(policy());
        expect(checked).not.toHaveProperty("connection");
        expect((await client.read(URN, id, outs)).inputs).toEqual(checked);
    });

    test("changes nothing when it changes in the configuration", async () => {
        const { checked, id, outs } = await made(policy());
        await client.configure({ user: "another", privateKeyFile: "~/.ssh/fleet", port: "2222" });
        expect(await client.diff(URN, id, { olds: outs, oldInputs: checked, news: checked })).toBeUndefined();
        expect(readable(await client.update(URN, id, outs, policy({ ...checked, checkAccess: true })))).not.toMatch(/canary|another/);
    });

    test("that a program says itself stays, as a secret", async () => {
        const own = { user: "me", password: "own" };
        const { checked, id, outs } = await made(policy({ connection: own, hosts: { a: { connection: { password: "a's" } }, b: {} } }));
        const recorded = { ...own, port: 2222, password: secret("own") };
        expect(checked).toMatchObject({ connection: recorded, hosts: { a: { connection: { password: secret("a's") } } } });
        const read = await client.read(URN, id, outs);
        expect(read.inputs).toEqual(checked);
        expect(Object.keys(outs["memory"] as object)).toContain("value");
        expect(readable({ memory: outs["memory"] })).toMatch(/own.*a's/);
        expect(readable(read)).not.toContain(PASSWORD);
    });

    test("is in no failure's state either, nor in what is remembered of a host that could not be moved", async () => {
        const { checked, id, outs } = await made(policy());
        world.silent.add("c");
        const news = { ...checked, unreachable: "error", hosts: { a: { connection: { host: "c" } }, b: {} } };
        const failure: unknown = await client.update(URN, id, outs, news).catch((error: unknown) => error);
        const kept = keptBy(failure);
        expect(kept?.outs["counts"]).toMatchObject({ compliant: 1 });
        // What the host's own inputs are, since they are not what follows from the fleet's.
        expect(readable({ memory: kept?.outs["memory"] })).toContain('"connection":{"host":"a","port":2222}');
        expect(readable(kept)).not.toContain(PASSWORD);
        world.silent.clear();
        const after = await client.update(URN, id, kept?.outs ?? {}, news);
        expect(after["counts"]).toMatchObject({ compliant: 2 });
        expect(JSON.stringify(world.machine("a").ledger())).not.toContain(URN);
        expect(world.machine("c").flag("root/contoso")).toBe(true);
    });
});

test("drift that a refresh stored is the reason of the next update", async () => {
    const { checked, id, outs } = await made(policy());
    world.machine("a").behindOurBack.setFlag("root/contoso", false);
    const read = await client.read(URN, id, outs);
    expect(await client.diff(URN, id, { olds: read.outs, oldInputs: read.inputs, news: checked })).toEqual(["drift: DELETE"]);
});

test("an import is refused before any host is asked, and the error says what to do instead", async () => {
    await expect(client.read(URN, "a,b")).rejects.toMatchObject({
        code: 9,
        details: expect.stringMatching(/can't be imported.*declare it/s),
    });
    expect(world.asked).toEqual([]);
});
