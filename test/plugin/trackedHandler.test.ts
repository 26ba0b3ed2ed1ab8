import type { Connection } from "../../provider/core/connection";
import { LookOnlyHost } from "../../provider/fleet/lookOnlyHost";
import { Handler, type Properties } from "../../provider/handlers/handler";
import { Tally } from "../../provider/plugin/tally";
import { specOf } from "../../provider/resources";
import { HandlerWorld } from "../handlers/world";
import { tracked } from "./tracked";

const inputs = (more: object = {}): Properties => ({
    connection: { host: "a", user: "me" },
    owner: "org/policy",
    namespaces: { "root/contoso": { requiresEncryption: true } },
    ...more,
});

let world: HandlerWorld;
let tally: Tally;
beforeEach(() => {
    world = new HandlerWorld();
    tally = new Tally();
});
const handler = () => tracked(world.handler("WmiNamespaceSecurity"), tally);

test("a life without trouble is not told, and a drift is told until it is healed", async () => {
    const { id, outs } = await handler().create(inputs());
    expect(tally.line).toBeUndefined();
    world.machine("a").behindOurBack.setFlag("root/contoso", false);
    const read = await handler().read(id, outs);
    expect(tally.line).toBe("wmisec: 0 as declared, 1 drifted (a)");
    await handler().update(id, read.outs, inputs());
    expect(tally.line).toBeUndefined();
});

test.each<[string, string, (made: Properties) => void]>([
    ["a missing namespace", "drifted", () => world.machine("a").behindOurBack.removeNamespace("root/contoso")],
    ["a lost ledger entry", "drifted", () => world.machine("a").behindOurBack.loseLedger()],
    ["a namespace that is denied to us", "denied", () => world.machine("a").faults.on("namespaceDenied", { paths: ["root/contoso"] })],
    ["a silent host", "unreachable", () => world.silent.add("a")],
])("%s is told as %s", async (_title, words, happens) => {
    const { id, outs } = await handler().create(inputs({ unreachable: "keep" }));
    happens(outs);
    await handler().read(id, outs);
    expect(tally.line).toBe(`wmisec: 0 as declared, 1 ${words} (a)`);
});

test("an update that was put off is told so, and as unfinished once the host answers", async () => {
    const { id, outs } = await handler().create(inputs({ unreachable: "keep" }));
    world.silent.add("a");
    const news = inputs({ unreachable: "keep", namespaces: { "root/cimv2": { requiresEncryption: true } } });
    const later = await handler().update(id, outs, news);
    expect(tally.line).toBe("wmisec: 0 as declared, 1 unreachable with changes put off (a)");
    const still = await handler().read(id, later);
    expect(tally.line).toBe("wmisec: 0 as declared, 1 unreachable with changes put off (a)");
    world.silent.clear();
    const answers = await handler().read(id, still.outs);
    expect(tally.line).toBe("wmisec: 0 as declared, 1 unfinished (a)");
    await handler().update(id, answers.outs, news);
    expect(tally.line).toBeUndefined();
});

test("what fails is told as failed, a silent host's error as unreachable, and an error that stops the run not at all", async () => {
    const { id, outs } = await handler().create(inputs());
    world.silent.add("a");
    await expect(handler().delete(id, outs)).rejects.toThrow();
    expect(tally.line).toBe("wmisec: 0 as declared, 1 unreachable (a)");
    world.silent.clear();
    await handler().delete(id, outs);
    expect(tally.line).toBeUndefined();
    world.machine("a").faults.on("mofcompExit", { exit: 1 });
    await expect(handler().create(inputs())).rejects.toThrow();
    expect(tally.line).toBe("wmisec: 0 as declared, 1 failed (a)");
});

test("a move that fails because of the old host is told of that one", async () => {
    const { id, outs } = await handler().create(inputs());
    world.silent.add("a");
    await expect(handler().update(id, outs, inputs({ connection: { host: "b", user: "me" } }))).rejects.toThrow();
    expect(tally.line).toBe("wmisec: 0 as declared, 1 unreachable (a)");
});

test("a create that fails before it writes is one resource, and a run that is stopped says nothing of the host", async () => {
    world.stopped = true;
    await expect(handler().create(inputs())).rejects.toThrow();
    expect(tally.line).toBeUndefined();
    world.stopped = false;
    world.silent.add("a");
    await expect(handler().create(inputs())).rejects.toThrow();
    await expect(handler().create(inputs())).rejects.toThrow();
    expect(tally.line).toBe("wmisec: 0 as declared, 1 unreachable (a)");
});

test("a run that was only to look, as previewHosts asks for, says nothing of the host", async () => {
    const runtime = world.runtime();
    const looking = { ...runtime, host: (connection: Connection) => new LookOnlyHost(runtime.host(connection), () => undefined) };
    await expect(tracked(new Handler(specOf("WmiNamespaceSecurity"), looking), tally).create(inputs())).rejects.toThrow(
        "nothing is written",
    );
    expect(tally.line).toBeUndefined();
});
