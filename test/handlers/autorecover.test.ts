import { AUTORECOVER_LIST } from "../../provider/core/mof/autorecover";
import type { Properties } from "../../provider/handlers/handler";
import { codeOf, partial } from "../errors";
import { CONTOSO, inputs, TRUE } from "../inputs";
import { HandlerWorld } from "./world";

const FOLDER = "C:\\Program Files\\pulumi-wmisec";
const OUR_FILE = `${FOLDER}\\root!contoso.mof`;
const VENDORS_FILE = "C:\\Contoso\\vendor.mof";

const declared = (more: object = { autorecover: true }, namespaces: object = CONTOSO): Properties => inputs(namespaces, more);

let world: HandlerWorld;
beforeEach(() => {
    world = new HandlerWorld();
});
const handler = () => world.handler("WmiNamespaceSecurity");
const machine = () => world.machine("a");
const list = () => machine().autorecoverList;
const read = async (id: string, state: Properties) => handler().read(id, state);

test("without it no file is made and nothing is registered", async () => {
    const before = list();
    const { outs } = await handler().create(declared({}));
    expect(list()).toEqual(before);
    expect(machine().files.list()).toEqual([]);
    expect(outs).not.toHaveProperty("registered");
});

describe("a registration", () => {
    test("is made behind those that are there, drifts when a part is gone, heals, and goes without a trace", async () => {
        const before = list();
        const { id, outs } = await handler().create(declared());
        expect(list()).toEqual([...before, OUR_FILE]);
        expect(machine().files.list()).toEqual([OUR_FILE]);
        expect(outs).toMatchObject({
            registered: { "root/contoso": true },
            status: { "root/contoso": "compliant" },
            before: { "namespace:root/contoso": "absent", "registration:root/contoso": "absent" },
        });
        expect((await read(id, outs)).inputs).toEqual(declared());

        machine().behindOurBack.deleteFile(OUR_FILE);
        const drifted = await read(id, outs);
        expect(drifted.inputs).toEqual(declared({ autorecover: "incomplete for root/contoso" }));
        expect(drifted.outs).toMatchObject({ registered: { "root/contoso": "incomplete" }, status: { "root/contoso": "drifted" } });
        expect(world.said.at(-1)).toContain("the registration of root/contoso for a rebuilt repository is incomplete, declared true");
        // A refresh, and the one after it that compares what the first took into the state.
        expect(handler().diff(drifted.outs, declared())).toEqual({});
        expect(handler().diff(drifted.outs, drifted.inputs)).toEqual({ changes: true });

        const healed = await handler().update(id, drifted.outs, declared());
        expect(list()).toEqual([...before, OUR_FILE]);
        expect(machine().files.list()).toEqual([OUR_FILE]);
        expect(handler().diff(healed, declared())).toEqual({});

        machine().behindOurBack.register(VENDORS_FILE);
        await handler().delete(id, healed);
        expect(list()).toEqual([...before, VENDORS_FILE]);
        expect(machine().files.list()).toEqual([]);
        expect(machine().ledger()).toEqual({});
        expect(machine().flag("root/contoso")).toBe(false);
    });

    test("that left the list, has the other flag or was edited is drift, too, and names each namespace", async () => {
        const { id, outs } = await handler().create(
            declared({ autorecover: true }, { "root/contoso": TRUE, "ROOT\\cimv2": TRUE, "root/default": TRUE }),
        );
        machine().behindOurBack.unregister(OUR_FILE);
        machine().behindOurBack.writeFile(`${FOLDER}\\root!cimv2.mof`, "somebody's");
        expect((await read(id, outs)).inputs).toMatchObject({ autorecover: "incomplete for root/contoso, ROOT\\cimv2" });
        machine().behindOurBack.deleteFile(OUR_FILE);
        expect((await read(id, outs)).inputs).toMatchObject({ autorecover: "missing for root/contoso; incomplete for ROOT\\cimv2" });
    });

    test("is taken back when the program does not ask for it any more; the flag stays", async () => {
        const before = list();
        const { id, outs } = await handler().create(declared());
        const news = declared({ autorecover: false });
        expect(handler().diff(outs, news)).toEqual({});
        const updated = await handler().update(id, outs, news);
        expect(updated).not.toHaveProperty("registered");
        expect([list(), machine().files.list(), machine().flag("root/contoso")]).toEqual([before, [], true]);
        expect(Object.keys(machine().ledger())).toEqual(["namespace:root/contoso"]);
    });

    test("of a namespace that leaves the map goes with it", async () => {
        const { id, outs } = await handler().create(declared({ autorecover: true }, { ...CONTOSO, "root/cimv2": TRUE }));
        await handler().update(id, outs, declared());
        expect(machine().files.list()).toEqual([OUR_FILE]);
        expect(list().at(-1)).toBe(OUR_FILE);
    });

    test("follows requiresEncryption", async () => {
        const { id, outs } = await handler().create(declared());
        const news = declared({ autorecover: true }, { "root/contoso": { requiresEncryption: false } });
        const updated = await handler().update(id, outs, news);
        expect(updated["registered"]).toEqual({ "root/contoso": false });
        expect(machine().files.text(OUR_FILE)).toContain("RequiresEncryption(FALSE)");
    });

    test("is taken back before its flag is: nothing sets the flag again once it is put back", async () => {
        const { id, outs } = await handler().create(declared());
        machine().writes.clear();
        await handler().delete(id, outs);
        expect(machine().writes.items.map(({ kind }) => kind)).toEqual(["value", "file", "namespace"]);
    });

    test("that stood there before and said something else: the flag is put back, the registration stays and that is told", async () => {
        const first = await handler().create(declared({ autorecover: true, onDelete: "leave" }));
        await handler().delete(first.id, first.outs);
        machine().behindOurBack.setFlag("root/contoso", false);
        const second = await handler().create(declared({ autorecover: true }, { "root/contoso": { requiresEncryption: false } }));
        await handler().delete(second.id, second.outs);
        expect(machine().flag("root/contoso")).toBe(false);
        expect(world.said.at(-1)).toMatch(/^warn a: the registration of root\/contoso .* was left as it is \(false\)/);
    });

    test("is left there by onDelete: leave", async () => {
        const { id, outs } = await handler().create(declared({ autorecover: true, onDelete: "leave" }));
        await handler().delete(id, outs);
        expect([machine().files.list(), list().at(-1)]).toEqual([[OUR_FILE], OUR_FILE]);
        expect(machine().ledger()).toEqual({});
    });
});

describe("a namespace that is not there", () => {
    const SKIP = { "root/contoso": { ...TRUE, whenMissing: "skip" } };

    test("and may be missing needs no registration", async () => {
        machine().behindOurBack.removeNamespace("root/contoso");
        const { id, outs } = await handler().create(declared({ autorecover: true }, SKIP));
        expect(machine().writes.items).toEqual([]);
        expect(outs["status"]).toEqual({ "root/contoso": "skipped" });
        expect((await read(id, outs)).inputs).toEqual(declared({ autorecover: true }, SKIP));
    });

    test("and must exist is reported only as a missing namespace", async () => {
        const { id, outs } = await handler().create(declared());
        machine().behindOurBack.removeNamespace("root/contoso");
        machine().behindOurBack.deleteFile(OUR_FILE);
        const found = await read(id, outs);
        expect(found.inputs).toEqual(declared({ autorecover: true }, { "root/contoso": { requiresEncryption: "missing" } }));
        expect(found.outs["status"]).toEqual({ "root/contoso": "missing" });
        expect(
            await codeOf(
                handler().update(
                    id,
                    outs,
                    declared({ autorecover: true, onDelete: "leave", compiler: "api" }, { ...CONTOSO, "root/cimv2": TRUE }),
                ),
            ),
        ).toBe("namespaceNotFound");
    });

    test("does not keep its registration from being taken away", async () => {
        const before = list();
        const { id, outs } = await handler().create(declared());
        machine().behindOurBack.removeNamespace("root/contoso");
        await handler().delete(id, outs);
        expect([list(), machine().files.list(), machine().ledger()]).toEqual([before, [], {}]);
    });
});

describe("text that a read found", () => {
    test("in the place of autorecover leaves the registrations alone, in create, update and read", async () => {
        const { id, outs } = await handler().create(declared());
        machine().behindOurBack.deleteFile(OUR_FILE);
        const drifted = await read(id, outs);
        const ignored = declared({ autorecover: drifted.inputs["autorecover"] });
        machine().writes.clear();
        const updated = await handler().update(id, drifted.outs, ignored);
        expect(machine().writes.items).toEqual([]);
        expect(handler().diff(updated, ignored)).toEqual({});
        expect((await read(id, updated)).inputs).toEqual(ignored);
        // Somebody heals it: the text goes.
        machine().behindOurBack.writeFile(OUR_FILE, Buffer.from(HEALED, "latin1"));
        expect((await read(id, updated)).inputs).toEqual(declared());
        await handler().delete(id, updated);
        expect(machine().files.list()).toEqual([]);
    });

    test("in the place of a flag leaves that namespace's registration alone, and is no drift of autorecover", async () => {
        const left = { "root/contoso": { requiresEncryption: "absent" }, "root/cimv2": TRUE };
        const { id, outs } = await handler().create(declared({ autorecover: true }, left));
        expect(machine().files.list()).toEqual([`${FOLDER}\\root!cimv2.mof`]);
        expect((await read(id, outs)).inputs).toEqual(declared({ autorecover: true }, left));
    });

    const HEALED =
        '#pragma autorecover\r\n#pragma namespace("\\\\\\\\.\\\\root\\\\contoso")\r\n[RequiresEncryption(TRUE)]\r\ninstance of __SystemSecurity { };\r\n';
});

test("the flag's drift that a refresh took into the state is no drift of the registration", async () => {
    const { id, outs } = await handler().create(declared());
    machine().behindOurBack.setFlag("root/contoso", false);
    const first = await read(id, outs);
    const second = await read(id, first.outs);
    expect(second.inputs).toEqual(declared({ autorecover: true }, { "root/contoso": { requiresEncryption: false } }));
    expect(second.outs["status"]).toEqual({ "root/contoso": "drifted" });
});

test("a rebuilt repository keeps the flag by the registration, and loses it without", async () => {
    const VENDOR = '#pragma namespace("\\\\\\\\.\\\\root")\r\ninstance of __Namespace { Name = "contoso"; };\r\n';
    for (const [autorecover, flag] of [
        [true, true],
        [false, null],
    ] as const) {
        world = new HandlerWorld();
        machine().behindOurBack.writeFile(VENDORS_FILE, VENDOR);
        machine().behindOurBack.register(VENDORS_FILE);
        const { id, outs } = await handler().create(declared({ autorecover }));
        machine().rebuildRepository();
        expect(machine().flag("root/contoso")).toBe(flag);
        expect((await read(id, outs)).outs["status"]).toEqual({ "root/contoso": autorecover ? "compliant" : "drifted" });
    }
});

describe("a list that is of no kind we know", () => {
    const asText = () => machine().behindOurBack.setValue(AUTORECOVER_LIST.key, AUTORECOVER_LIST.name, { kind: "REG_SZ", value: "x" });

    test("is an error before anything is written", async () => {
        asText();
        expect(await codeOf(handler().create(declared()))).toBe("unexpectedValue");
        expect(machine().ledger()).toEqual({});
    });

    test("makes a read fail: neither drift nor compliant", async () => {
        const { id, outs } = await handler().create(declared());
        asText();
        expect(await codeOf(read(id, outs))).toBe("unexpectedValue");
    });
});

test("a registration that the compiler refuses is told; the next run finishes, and a delete takes all back", async () => {
    const before = list();
    const { id, outs } = await handler().create(declared({}));
    machine().faults.on("mofcompExit", { exit: 1 });
    const { failure, properties } = await partial(handler().update(id, outs, declared()));
    expect(failure).toMatchObject({ code: "mofRejected", host: "a" });
    machine().faults.off();
    expect(list()).toEqual(before);
    expect(handler().diff(properties, declared())).toEqual({ changes: true });
    const finished = await handler().update(id, properties, declared());
    expect(list()).toEqual([...before, OUR_FILE]);
    await handler().delete(id, finished);
    expect([list(), machine().files.list(), machine().ledger()]).toEqual([before, [], {}]);
});

test("somebody changes the list between our look and our write: looked at again, and both stay", async () => {
    let times = 0;
    world.meanwhile = () => {
        if (++times === 1) machine().behindOurBack.register(OUR_FILE, 0);
    };
    await handler().create(declared());
    expect(list()[0]).toBe(OUR_FILE);
    expect(list().filter((one) => one === OUR_FILE)).toHaveLength(1);
});

test("what a lost state left registered is released by the owner's next life", async () => {
    await handler().create(declared());
    await handler().create(declared({}));
    expect(machine().files.list()).toEqual([]);
    expect(world.said.join("\n")).toMatch(/the registration of root\/contoso .* is released: a former life/);
});

describe("compiler: api", () => {
    test("compiles where mofcomp is blocked; the error of mofcomp names it as the way out", async () => {
        machine().faults.on("mofcompBlocked", {});
        const { failure, id, properties } = await partial(handler().create(declared()));
        expect(failure).toMatchObject({ code: "mofcompFailed", message: expect.stringContaining('set compiler: "api"') });
        const outs = await handler().update(id, properties, declared({ autorecover: true, compiler: "api" }));
        expect(outs["registered"]).toEqual({ "root/contoso": true });
        await handler().delete(id, outs);
        expect([machine().flag("root/contoso"), machine().ledger()]).toEqual([false, {}]);
    });

    test("a change of it alone contacts no host", async () => {
        const { id, outs } = await handler().create(declared());
        const news = declared({ autorecover: true, compiler: "api" });
        expect(handler().diff(outs, news)).toEqual({});
        world.asked.length = 0;
        const updated = await handler().update(id, outs, news);
        expect(world.asked).toEqual([]);
        expect(updated).toMatchObject({ compiler: "api", registered: { "root/contoso": true } });
        expect(handler().diff(updated, news)).toEqual({});
        expect(handler().diff(outs, declared({ autorecover: true, compiler: "mofcomp" }))).toEqual({ changes: false });
    });

    test("releases a host that was moved away from by the compiler that it was set up with", async () => {
        const { id, outs } = await handler().create(declared({ compiler: "api" }));
        machine().faults.on("mofcompBlocked", {});
        const moved = { ...declared({}), connection: { host: "b", user: "me" } };
        await handler().update(id, outs, moved);
        expect([machine().flag("root/contoso"), world.machine("b").flag("root/contoso")]).toEqual([false, true]);
    });
});
