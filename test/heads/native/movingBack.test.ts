import type { Properties } from "../../../provider/handlers/handler";
import { fromNative } from "../../../provider/heads/fromNative";
import { AskedLives } from "../../../provider/plugin/askedLives";
import { resourceHandler } from "../../../provider/plugin/resourceHandler";
import { withoutMarks } from "../../../provider/plugin/secretOutputs";
import { Tally } from "../../../provider/plugin/tally";
import { readable } from "../../fleet/readable";
import { HandlerWorld } from "../../handlers/world";
import { NativeClient } from "./client";

/** A program that moves from the native head back to the dynamic one. Its credentials were the provider's, and are in no state. */
const namespaces = { "root/contoso": { requiresEncryption: true } };
const access = { user: "svc", password: "canary" };
const cases = [
    {
        name: "WmiNamespaceSecurity",
        configured: {},
        native: { connection: { host: "a" } },
        dynamic: { connection: { host: "a", ...access } },
    },
    { name: "FleetEncryptionPolicy", configured: {}, native: { hosts: { a: {} } }, dynamic: { hosts: { a: {} }, connection: access } },
    {
        name: "FleetEncryptionPolicy",
        configured: { proxy: JSON.stringify({ host: "jump", ...access }) },
        native: { hosts: { a: {} }, connection: { proxy: { host: "jump" } } },
        dynamic: { hosts: { a: {} }, connection: { ...access, proxy: { host: "jump", ...access } } },
    },
] as const;

test.each(cases)(
    "$name: the next update knows how to get in from the program, and writes no item",
    async ({ name, configured, native, dynamic }) => {
        const world = new HandlerWorld();
        const client = await (await new NativeClient(world).start()).attach();
        try {
            await client.configure({ ...access, ...configured });
            const urn = `urn:pulumi:prod::app::wmisec:index:${name}::one`;
            const { inputs } = await client.check(urn, { ...native, namespaces });
            const { id, outs } = await client.create(urn, inputs);
            expect(readable(outs)).not.toContain("canary");
            const { writes } = world.machine("a");
            writes.clear();

            const news = { ...dynamic, namespaces, owner: "acme/urn:pulumi:prod::app::pulumi-nodejs:dynamic/wmisec:X::one" };
            const handler = resourceHandler(name, {
                runtime: world.runtime(),
                tally: new Tally(),
                lives: new AskedLives(async () => true),
            });
            // As the engine has it: without the marks of secrets.
            const old = fromNative(name, withoutMarks(outs) as Properties, news);
            expect(handler.diff(old, news)).not.toEqual({ changes: false });
            const after = await handler.update(id, old, news);
            expect(writes.items).toEqual([]);
            expect(JSON.stringify(world.machine("a").ledger())).toContain("acme/urn");
            await handler.delete(id, after);
            expect(world.machine("a").ledger()).toEqual({});
        } finally {
            client.stop();
        }
    },
);

test("a host at another address than the program's stays where it was", () => {
    const state = { connection: { host: "a", port: 2222 } };
    expect(fromNative("UnsecAppPolicy", state, { connection: { host: "b", port: 22, ...access } })).toEqual({
        connection: { host: "a", port: 2222, ...access },
    });
});
