import type { Properties } from "../../provider/handlers/handler";
import { codeOf, partial } from "../errors";
import { CONTOSO, inputsOn, TRUE } from "../inputs";
import { HandlerWorld } from "./world";

let world: HandlerWorld;
beforeEach(() => {
    world = new HandlerWorld();
});
const namespaces = () => world.handler("WmiNamespaceSecurity");
const created = async (raw: Properties) => namespaces().create(raw);

describe("a connection that moves to another machine", () => {
    const at = (host: string, more: object = {}) => inputsOn(host, CONTOSO, more);

    const flags = () => ["a", "b"].map((host) => world.machine(host).flag("root/contoso"));
    const ledgers = () => ["a", "b"].map((host) => Object.keys(world.machine(host).ledger()).length);

    test("is refused by the new host before a write: nothing is written, and the old state stays", async () => {
        const { id, outs } = await created(at("a"));
        world.machine("b").behindOurBack.removeNamespace("root/contoso");
        world.machine("a").writes.clear();
        expect(await codeOf(namespaces().update(id, outs, at("b")))).toBe("namespaceNotFound");
        expect([...world.machine("a").writes.all, ...world.machine("b").writes.items]).toEqual([]);
    });

    /** The new host took the write half, or the old one could not be released: the state knows both. */
    async function halfMoved(broken: "a" | "b") {
        const { id, outs } = await created(at("a"));
        world.machine(broken).faults.on("mofcompExit", { exit: 1 });
        const { properties } = await partial(namespaces().update(id, outs, at("b")));
        world.machine(broken).faults.off();
        expect(properties).toMatchObject({
            connection: { host: "b" },
            incomplete: true,
            unreleased: [{ connection: { host: "a" }, machine: outs["machine"], before: outs["before"] }],
        });
        expect(world.machine("a").flag("root/contoso")).toBe(true);
        return { id, properties, outs };
    }

    test.each(["a", "b"] as const)("fails at %s: the next update finishes the move", async (broken) => {
        const { id, properties } = await halfMoved(broken);
        expect(namespaces().diff(properties, at("b"))).toEqual({ changes: true });
        const moved = await namespaces().update(id, properties, at("b"));
        expect(moved).not.toHaveProperty("unreleased");
        expect(flags()).toEqual([false, true]);
        expect(ledgers()).toEqual([0, 1]);
    });

    test.each(["a", "b"] as const)("fails at %s: a delete puts back both", async (broken) => {
        const { id, properties } = await halfMoved(broken);
        await namespaces().delete(id, properties);
        expect(flags().map(Boolean)).toEqual([false, false]);
        expect(ledgers()).toEqual([0, 0]);
    });

    test.each(["a", "b"] as const)(
        "fails at %s, and the program goes back to the old host: it stays as declared, the new one is released",
        async (broken) => {
            const { id, properties, outs } = await halfMoved(broken);
            const back = await namespaces().update(id, properties, at("a"));
            expect(back).toMatchObject({ connection: { host: "a" }, machine: outs["machine"] });
            expect(back).not.toHaveProperty("unreleased");
            expect(world.machine("a").writes.flagHistory("root/contoso")).toEqual([null, true]);
            expect(flags().map(Boolean)).toEqual([true, false]);
            expect(ledgers()).toEqual([1, 0]);
        },
    );

    test("under keep, to a host that does not answer: nothing is forgotten, and the next update moves", async () => {
        const { id, outs } = await created(at("a", { unreachable: "keep" }));
        world.silent.add("b");
        const later = await namespaces().update(id, outs, at("b", { unreachable: "keep" }));
        expect(later).toMatchObject({ connection: { host: "a" }, machine: outs["machine"] });
        expect(namespaces().diff(later, at("b", { unreachable: "keep" }))).toEqual({ changes: true });
        world.silent.clear();
        await namespaces().update(id, later, at("b", { unreachable: "keep" }));
        expect(flags()).toEqual([false, true]);
        expect(ledgers()).toEqual([0, 1]);
    });

    test("the old host was rebuilt meanwhile: nothing is put back there", async () => {
        const { id, outs } = await created(at("a"));
        world.machine("a").rebuild({ namespaces: { "root/contoso": true } });
        world.machine("a").writes.clear();
        await namespaces().update(id, outs, at("b"));
        expect(world.machine("a").writes.all).toEqual([]);
    });

    test("the old host does not answer: an error, or under keep an output that names what was left behind", async () => {
        const { id, outs } = await created(at("a"));
        world.silent.add("a");
        expect(await codeOf(namespaces().update(id, outs, at("b")))).toBe("unreachable");
        expect(world.machine("b").writes.all).toEqual([]);
        const moved = await namespaces().update(id, outs, at("b", { unreachable: "keep" }));
        const abandoned = [{ host: "a", machine: outs["machine"], items: ["namespace:root/contoso"] }];
        expect(moved["abandoned"]).toEqual(abandoned);
        const changed = await namespaces().update(id, moved, inputsOn("b", { ...CONTOSO, "root/cimv2": TRUE }));
        expect(changed["abandoned"]).toEqual(abandoned);
        expect(world.said.at(-1)).toMatch(
            /^warn a: did not answer, and this resource moves away from it.*its ledger still names org\/policy/,
        );
    });
});
