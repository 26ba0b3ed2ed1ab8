import { namespacePath } from "../../provider/core/namespacePath";
import type { Observation } from "../../provider/core/wire/observation";
import { joined } from "../../provider/hosts/observeBatch";

test("of a look in portions the first one's ledger counts: it is older than every reading, and a write compares it", () => {
    const part = (path: string, ledger: Observation["ledger"]): Observation => ({
        namespaces: [{ path: namespacePath(path), state: "missing" }],
        values: [],
        registrations: [],
        definitions: [],
        ledger,
    });
    const entry = { item: "namespace:root/a", text: "{}" };
    // Somebody released it between the two.
    const whole = joined([part("root/a", [entry]), part("root/b", [])]);
    expect(whole.namespaces.map(({ path }) => path)).toEqual(["root/a", "root/b"]);
    expect(whole.ledger).toEqual([entry]);
});
