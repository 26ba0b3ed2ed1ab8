import type { Properties } from "../../provider/handlers/handler";
import { codeOf, partial } from "../errors";
import { CONTOSO, inputs, TRUE } from "../inputs";
import { HandlerWorld } from "./world";

let world: HandlerWorld;
beforeEach(() => {
    world = new HandlerWorld();
});
const namespaces = () => world.handler("WmiNamespaceSecurity");
const created = async (raw: Properties) => namespaces().create(raw);

describe("unreachable: keep", () => {
    const keep = inputs(CONTOSO, { unreachable: "keep" });

    test("a create is an error", async () => {
        world.silent.add("a");
        expect(await codeOf(created(keep))).toBe("unreachable");
    });

    test("an update is put off, and diff asks again", async () => {
        const { id, outs } = await created(keep);
        world.silent.add("a");
        const news = inputs({ ...CONTOSO, "root/cimv2": TRUE }, { unreachable: "keep" });
        const later = await namespaces().update(id, outs, news);
        expect(later["__applied"]).toEqual({ "namespace:root/contoso": { want: true, alsoFine: [], whenMissing: "error" } });
        expect(world.said).toContain("unreachable a");
        expect(namespaces().diff(later, news)).toEqual({ changes: true });
        world.silent.clear();
        await namespaces().update(id, later, news);
        expect(world.machine("a").flag("root/cimv2")).toBe(true);
    });

    test("strict makes a read and an update errors, and so does unreachable: error", async () => {
        const { id, outs } = await created(keep);
        world.silent.add("a");
        const more = { ...CONTOSO, "root/cimv2": TRUE };
        expect(await codeOf(namespaces().read(id, { ...outs, unreachable: "error" }))).toBe("unreachable");
        const { failure } = await partial(namespaces().update(id, outs, inputs(more)));
        expect(failure).toMatchObject({ code: "unreachable" });
        world.strict = true;
        expect(await codeOf(namespaces().read(id, outs))).toBe("unreachable");
        expect(await codeOf(namespaces().update(id, outs, inputs(more, { unreachable: "keep" })))).toBe("unreachable");
    });

    test("a read keeps what was last known to the letter, and since when it is not known any more", async () => {
        const { id, outs } = await created(keep);
        world.machine("a").behindOurBack.setFlag("root/contoso", false);
        world.silent.add("a");
        const first = await namespaces().read(id, outs);
        expect(first.outs).toEqual({ ...outs, status: { "root/contoso": "unreachable" }, unreachableSince: "2026-01-02T03:04:05.000Z" });
        expect(first.inputs).toEqual(keep);
        const earlier = { ...first.outs, unreachableSince: "2025-12-31T00:00:00.000Z" };
        expect((await namespaces().read(id, earlier)).outs).toEqual(earlier);
    });

    test("denied is never kept", async () => {
        const { id, outs } = await created(keep);
        world.machine("a").faults.on("notElevated", {});
        expect(await codeOf(namespaces().read(id, outs))).toBe("notElevated");
    });

    test("who does not have it is told of it where a read fails for a silent host", async () => {
        const { id, outs } = await created(inputs());
        world.silent.add("a");
        await expect(namespaces().read(id, outs)).rejects.toThrow(/set unreachable: "keep"/);
        world.strict = true;
        await expect(namespaces().read(id, { ...outs, unreachable: "keep" })).rejects.toThrow(/^(?![\s\S]*set unreachable: "keep")/);
    });

    test("a delete is an error; with onDelete: leave it warns and succeeds", async () => {
        const { id, outs } = await created(keep);
        world.silent.add("a");
        await expect(namespaces().delete(id, outs)).rejects.toMatchObject({
            code: "unreachable",
            message: expect.stringContaining("WMISEC_FORGET=a"),
        });
        await namespaces().delete(id, { ...outs, onDelete: "leave" });
        expect(world.said.at(-1)).toMatch(/^warn a: did not answer/);
    });
});

test("a host that is gone for good can be forgotten by name, loudly, and only when it does not answer", async () => {
    const { id, outs } = await created(inputs());
    world.forget.add("a");
    world.silent.add("a");
    expect((await namespaces().read(id, outs)).outs["status"]).toEqual({ "root/contoso": "unreachable" });
    await namespaces().delete(id, outs);
    expect(world.said.at(-1)).toMatch(
        /^warn a: did not answer; it is left as it is, as WMISEC_FORGET says.*org\/policy for namespace:root\/contoso/,
    );
    world.silent.clear();
    await namespaces().delete(id, outs);
    expect(world.machine("a").ledger()).toEqual({});
});

test.each([
    ["WMISEC_FORGET", () => world.forget.add("a"), {}],
    ['onDelete: "leave"', () => undefined, { onDelete: "leave" }],
])("a host where another run has its turn for long is not silent: %s does not pass over it", async (_what, forget, more) => {
    const { id, outs } = await created(inputs(CONTOSO, { unreachable: "keep", ...more }));
    const entries = world.machine("a").ledger();
    const release = await world.machine("a").mutex.acquire(10);
    forget();
    expect(await codeOf(namespaces().delete(id, outs))).toBe("hostBusy");
    release?.();
    expect(world.machine("a").ledger()).toEqual(entries);
    await namespaces().delete(id, outs);
    expect(world.machine("a").ledger()).toEqual({});
});
