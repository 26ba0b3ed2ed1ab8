import { namespacePath } from "../../provider/core/namespacePath";
import { LEDGER_KEY } from "../../provider/core/registry";
import { LEDGER_ONLY } from "../../provider/core/wire/observation";
import { observe } from "../../provider/model/verbs";
import { WindowsMachine } from "../../provider/model/windowsMachine";

test("a look reads the ledger before what its entries are about, as the agent does", () => {
    const machine = new WindowsMachine({ namespaces: { "root/contoso": true } });
    const order: string[] = [];
    const { namespaces, registry } = machine;
    const readings = namespaces.readings.bind(namespaces);
    jest.spyOn(namespaces, "readings").mockImplementation((path) => {
        order.push("flag");
        return readings(path);
    });
    const names = registry.valueNames.bind(registry);
    jest.spyOn(registry, "valueNames").mockImplementation((key) => {
        if (key === LEDGER_KEY) order.push("ledger");
        return names(key);
    });
    observe(machine, { ...LEDGER_ONLY, namespaces: [namespacePath("root/contoso")] });
    expect(order).toEqual(["ledger", "flag"]);
});
