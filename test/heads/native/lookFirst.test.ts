import { readable } from "../../fleet/readable";
import { HandlerWorld } from "../../handlers/world";
import { keptBy, NativeClient } from "./client";

const HOST = "urn:pulumi:prod::app::wmisec:index:WmiNamespaceSecurity::web-07";
const FLEET = "urn:pulumi:prod::app::wmisec:index:FleetEncryptionPolicy::fleet";
const namespaces = { "root/contoso": { requiresEncryption: true } };

let world: HandlerWorld;
let client: NativeClient;
beforeEach(async () => {
    world = new HandlerWorld();
    client = await (await new NativeClient(world).start()).attach();
    await client.configure({ user: "svc", password: "canary", lookFirst: "true" });
});
afterEach(() => client.stop());

const policy = (more: object = {}) => ({ connection: { host: "a" }, namespaces, ...more });
const fleet = (more: object = {}) => ({ hosts: { a: {}, b: {} }, namespaces, ...more });

async function made(urn: string, inputs: Readonly<Record<string, unknown>>) {
    const { inputs: checked } = await client.check(urn, inputs);
    return { checked, ...(await client.create(urn, checked)) };
}

const failureOf = (work: Promise<unknown>): Promise<unknown> =>
    work.then(
        () => {
            throw new Error("it did not fail");
        },
        (error: unknown) => error,
    );

test.each([true, false])(
    "with lookFirst %s each answer tells the engine so, and so does a failure that keeps a state",
    async (lookFirst) => {
        await client.configure({ user: "svc", lookFirst });
        const { checked, id, outs } = await made(HOST, policy());
        await client.read(HOST, id, outs);
        await client.update(HOST, id, outs, { ...checked, onDelete: "leave" });
        expect(client.looksFirst).toEqual([lookFirst, lookFirst, lookFirst]);
        world.afterApply = () => {
            throw new Error("the line went dead");
        };
        expect(keptBy(await failureOf(made(HOST, policy({ connection: { host: "b" } }))))?.looksFirst).toBe(lookFirst);
    },
);

describe("a host that does not answer a look", () => {
    test("fails with its last known state, inputs and reason, so that the engine goes on with the others", async () => {
        const { checked, id, outs } = await made(HOST, policy());
        world.silent.add("a");
        const kept = keptBy(await failureOf(client.read(HOST, id, outs)));
        expect(kept).toMatchObject({
            id,
            inputs: checked,
            outs: { status: { "root/contoso": "unreachable" }, before: outs["before"] },
            reasons: [expect.stringContaining("a: ")],
            looksFirst: true,
        });
        expect(kept?.reasons[0]).not.toContain("--refresh=false");
        expect(readable(kept)).not.toMatch(/canary|svc/);
    });

    test("is asked by the next update although no input changed, which heals it once it answers", async () => {
        const { checked, id, outs } = await made(HOST, policy());
        world.silent.add("a");
        const kept = keptBy(await failureOf(client.read(HOST, id, outs)))?.outs ?? {};
        expect(await client.diff(HOST, id, { olds: kept, oldInputs: checked, news: checked })).toEqual(["incomplete: UPDATE (output)"]);
        expect(await failureOf(client.update(HOST, id, kept, checked))).toMatchObject({ details: expect.stringContaining("a: ") });
        world.silent.clear();
        world.machine("a").behindOurBack.setFlag("root/contoso", false);
        const healed = await client.update(HOST, id, kept, checked);
        expect(world.machine("a").flag("root/contoso")).toBe(true);
        expect(healed).toMatchObject({ status: { "root/contoso": "compliant" } });
        expect(await client.diff(HOST, id, { olds: healed, oldInputs: checked, news: checked })).toBeUndefined();
    });

    test("lets go by onDelete, which the state records although the host is silent", async () => {
        const { checked, id, outs } = await made(HOST, policy());
        world.silent.add("a");
        const kept = keptBy(await failureOf(client.read(HOST, id, outs)))?.outs ?? {};
        const recorded = keptBy(await failureOf(client.update(HOST, id, kept, { ...checked, onDelete: "leave" })))?.outs ?? {};
        expect(recorded["onDelete"]).toBe("leave");
        await client.delete(HOST, id, recorded);
    });

    test("fails the look alone under WMISEC_STRICT", async () => {
        const { id, outs } = await made(HOST, policy());
        world.silent.add("a");
        world.strict = true;
        await client.attach();
        expect(keptBy(await failureOf(client.read(HOST, id, outs)))).toBeUndefined();
    });

    test("fails the look alone without lookFirst, and says what to do", async () => {
        await client.configure({ user: "svc" });
        const { id, outs } = await made(HOST, policy());
        world.silent.add("a");
        const failure = await failureOf(client.read(HOST, id, outs));
        expect(keptBy(failure)).toBeUndefined();
        expect(failure).toMatchObject({ details: expect.stringContaining("--refresh=false") });
    });

    test("of a fleet that wants an error keeps what was learned of the others", async () => {
        const { checked, id, outs } = await made(FLEET, fleet({ unreachable: "error" }));
        world.silent.add("a");
        world.machine("b").behindOurBack.setFlag("root/contoso", false);
        const kept = keptBy(await failureOf(client.read(FLEET, id, outs)));
        expect(kept?.outs["counts"]).toMatchObject({ unreachable: 1, drifted: 1 });
        const failure = await failureOf(client.update(FLEET, id, kept?.outs ?? {}, checked));
        expect(world.machine("b").flag("root/contoso")).toBe(true);
        expect(keptBy(failure)?.outs["counts"]).toMatchObject({ unreachable: 1, compliant: 1 });
    });
});
