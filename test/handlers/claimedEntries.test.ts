import type { Handler } from "../../provider/handlers/handler";
import { inputs } from "../inputs";
import { HandlerWorld } from "./world";

const ITEM = "namespace:root/contoso";

let world: HandlerWorld;
beforeEach(() => {
    world = new HandlerWorld();
});
const handler = (): Handler => world.handler("WmiNamespaceSecurity");

describe("a ledger that names us for more than there is", () => {
    const CLAIMED = 250;

    function claim(names: readonly string[], machine: string): void {
        const entry = { v: 1, machine, before: false, owners: [{ owner: "org/policy", stamp: "z", wants: true }], since: "x" };
        for (const name of names) world.machine("a").behindOurBack.setLedger(name, JSON.stringify(entry));
    }

    test("all are released at once", async () => {
        const { id, outs } = await handler().create(inputs());
        claim(
            Array.from({ length: CLAIMED }, (_, index) => `namespace:root/n${index}`),
            String(outs["machine"]),
        );
        world.asked.length = 0;
        const read = await handler().read(id, outs);
        expect(Object.keys(read.outs["undeclared"] as object)).toHaveLength(50);
        expect(world.said.at(-1)).toMatch(/and 200 more that nobody declares$/);
        await handler().update(id, read.outs, inputs());
        expect(Object.keys(world.machine("a").ledger())).toEqual([ITEM]);
        expect(world.asked.filter((one) => one === "apply a")).toHaveLength(1);
    });

    test("a host that says that a release is done, and whose ledger says otherwise, is an error that names both", async () => {
        const { id, outs } = await handler().create(inputs());
        claim(["namespace:root/n1", "namespace:root/n2"], String(outs["machine"]));
        const read = await handler().read(id, outs);
        const real = world.machine("a").registry;
        const set = real.set.bind(real);
        real.set = (key, name, value) => (name.startsWith("namespace:root/n") ? undefined : set(key, name, value));
        const error = await handler()
            .update(id, read.outs, inputs())
            .catch((thrown: unknown) => thrown);
        expect(String(error)).toContain("the ledger still names this resource for root/n1 and 1 more");
        expect(world.asked.length).toBeLessThan(20);
    });
});
