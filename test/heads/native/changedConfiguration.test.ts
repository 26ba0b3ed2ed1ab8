import { type Connection, requireUsable } from "../../../provider/core/connection";
import type { Properties } from "../../../provider/handlers/handler";
import { HandlerWorld } from "../../handlers/world";
import { NativeClient } from "./client";

/** The provider's configuration changes between the run that stored a state and the next one. Every path goes through the handlers, as an engine goes. */
const FLAG = { "root/contoso": { requiresEncryption: true } };
const HOST = {
    type: "WmiNamespaceSecurity",
    program: (connection: Properties) => ({ connection: { host: "a", ...connection }, namespaces: FLAG }),
};
const FLEET = { type: "FleetEncryptionPolicy", program: (connection: Properties) => ({ connection, hosts: { a: {} }, namespaces: FLAG }) };
const jump = (host: string) => JSON.stringify({ host, user: "jumper", password: "of-the-jump-host" });

let world: HandlerWorld;
let client: NativeClient;
/** Where sessions were asked for. */
let dialled: Connection[];
beforeEach(async () => {
    world = new HandlerWorld();
    dialled = [];
    const runtime = world.runtime();
    const host: typeof runtime.host = (connection) => {
        requireUsable(connection);
        dialled.push(connection);
        return runtime.host(connection);
    };
    client = await (await new NativeClient(world, () => ({ ...runtime, host })).start()).attach();
});
afterEach(() => client.stop());

describe.each([HOST, FLEET])("of a $type", ({ type, program }) => {
    const urn = `urn:pulumi:prod::app::wmisec:index:${type}::one`;

    /** The state that an `up` leaves. */
    async function upWith(configuration: Properties, connection: Properties = {}) {
        await client.configure(configuration);
        const { inputs, failures } = await client.check(urn, program(connection));
        expect(failures).toEqual([]);
        const { id, outs } = await client.create(urn, inputs);
        dialled.length = 0;
        world.machine("a").writes.clear();
        return { id, outs, inputs };
    }

    /** The next `up`. @returns why it updates, and where it dialled */
    async function nextUp(
        { id, outs, inputs: old }: Awaited<ReturnType<typeof upWith>>,
        configuration: Properties,
        connection: Properties = {},
    ) {
        await client.configure(configuration);
        const { inputs, failures } = await client.check(urn, program(connection));
        expect(failures).toEqual([]);
        const why = await client.diff(urn, id, { olds: outs, oldInputs: old, news: inputs });
        if (why !== undefined) await client.update(urn, id, outs, inputs);
        expect(world.machine("a").writes.items).toEqual([]);
        return { why, dialled };
    }

    test.each([
        [{ port: "2222" }, ["connection.port: ADD"]],
        [{ transport: "winrm" }, ["connection.transport: ADD"]],
        [{ transport: "winrm", path: "other" }, ["connection.path: ADD", "connection.transport: ADD"]],
        [{ proxy: jump("jump") }, ["connection.proxy: ADD"]],
    ])("a new address, %j, is another host: it is asked who it is", async (address, why) => {
        const access = { user: "svc", password: "secret" };
        const told = await nextUp(await upWith(access), { ...access, ...address });
        expect(told.why?.map((one) => one.replace("connection: ADD", why.join()))).toEqual(type === HOST.type ? why : expect.any(Array));
        const { proxy, ...plain } = address as { proxy?: string };
        expect(told.dialled[0]).toMatchObject(proxy === undefined ? fields(plain) : { proxy: JSON.parse(proxy) });
    });

    test.each([
        ["another jump host", { proxy: jump("old") }, { proxy: jump("new") }, {}],
        ["no jump host any more", { proxy: jump("old") }, {}, {}],
        ["who we are is in the program now", {}, { user: undefined, password: undefined }, { user: "me", password: "own" }],
        ["SSH with a key instead of WinRM", { transport: "winrm" }, { password: undefined, privateKeyFile: "~/.ssh/fleet" }, {}],
        ["SSH with a password instead of the program ssh", { transport: "openssh", password: undefined }, {}, {}],
    ])("%s: the state can still be read, and the next up takes the new way", async (_what, before, after, connection) => {
        const access = { user: "svc", password: "secret" };
        const stored = await upWith(defined({ ...access, ...before }));
        const told = await nextUp(stored, defined({ ...access, ...after }), connection);
        expect(told.why).toBeDefined();
    });

    test("a refresh that can't get in any more says what is missing, and opens nothing", async () => {
        const { id, outs } = await upWith({ user: "svc", password: "secret" });
        await client.configure({});
        const read = client.read(urn, id, outs);
        if (type === HOST.type)
            await expect(read).rejects.toThrow(/a: the connection in the state can't be used[\s\S]*connection\.user: is missing/);
        else
            expect((await read).outs["errors"]).toMatchObject([
                { host: "a", code: "invalidInput", message: expect.stringMatching(/connection\.user: is missing/) },
            ]);
        expect(dialled).toEqual([]);
        expect(world.machine("a").flag("root/contoso")).toBe(true);
    });
});

test("an import that does not know how to get in says what to set, and that an up comes first", async () => {
    await client.configure({ password: "secret" });
    const read = client.read("urn:pulumi:prod::app::wmisec:index:UnsecAppPolicy::one", "a");
    await expect(read).rejects.toThrow(
        /connection for this import is not complete[\s\S]*connection\.user: is missing[\s\S]*run pulumi up before you import again/,
    );
    expect(dialled).toEqual([]);
});

test("an import records where the configuration leads", async () => {
    await client.configure({ user: "svc", password: "secret", port: "2222" });
    const { inputs, outs } = await client.read("urn:pulumi:prod::app::wmisec:index:WmiNamespaceSecurity::one", "a,root/contoso");
    expect([inputs["connection"], outs["connection"]]).toEqual([
        { host: "a", port: 2222 },
        { host: "a", port: 2222 },
    ]);
});

const defined = (values: Properties): Properties => Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined));

const fields = (configured: Properties): Properties =>
    Object.fromEntries(Object.entries(configured).map(([name, value]) => [name, name === "port" ? Number(value) : value]));
