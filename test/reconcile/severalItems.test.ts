import { definitionItem } from "../../provider/core/items/definition";
import { itemName } from "../../provider/core/items/item";
import { namespaceItem } from "../../provider/core/items/namespaceFlag";
import { registrationItem } from "../../provider/core/items/registration";
import { namespacePath } from "../../provider/core/namespacePath";
import { formerlyMine, mine, ORIGINAL_MACHINE, yours } from "./entries";
import { FLAG, flag, hostWith } from "./flags";

const OTHER = namespaceItem(namespacePath("root/other"));
const REGISTRATION = registrationItem(FLAG.path);

/** Our flag as declared, and another namespace with an entry that nobody declares. */
function hostWithBoth(other: object) {
    const host = hostWith(true, { written: true, owners: [mine(true)] });
    host.machine.behindOurBack.createNamespace(OTHER.path, true);
    return host.remembers(OTHER, { before: false, written: true, ...other });
}
const released = (stamp: string) => [
    `entry before=false written=true writing=false owners=org/me#${stamp}:true`,
    "root/other FALSE",
    "entry gone",
];

describe("an entry of ours that nobody declares", () => {
    test("of this life is released by an update, and by a delete", async () => {
        const mineToo = { owners: [mine(true)] };
        expect((await hostWithBoth(mineToo).declare(flag(true))).written).toEqual(released("s1"));
        expect((await hostWithBoth(mineToo).release(FLAG)).written).toEqual(expect.arrayContaining(released("s1")));
    });

    test("of a former life only where former lives are released", async () => {
        const former = { owners: [formerlyMine(true)] };
        expect((await hostWithBoth(former).declare(flag(true))).written).toEqual([]);
        expect((await hostWithBoth(former).declare(flag(true), { superseded: true })).written).toEqual(released("s0"));
    });

    test.each([
        ["another owner", { owners: [yours(true)] }],
        ["another machine", { machine: ORIGINAL_MACHINE, owners: [mine(true)] }],
    ])("is not one of %s", async (_title, other) => {
        const host = hostWithBoth(other);
        expect(await host.declare(flag(true), { superseded: true })).toMatchObject({ written: [], warnings: [] });
        expect(host.asked).toHaveLength(1);
    });

    test("stays where the item is to be left alone", async () => {
        const { written } = await hostWithBoth({ owners: [mine(true)] }).declare(flag(true), { leftAlone: [OTHER] });
        expect(written).toEqual([]);
    });

    test("is an error where it can't be read, and names this life", async () => {
        const host = hostWithBoth({ owners: [mine(true)] });
        host.machine.behindOurBack.setLedger(itemName(OTHER), '{"v":1,"owners":[{"stamp":"s1"}]}');
        expect(await host.release(FLAG)).toMatchObject({ error: { code: "ledgerGarbled" }, written: [] });
        host.machine.behindOurBack.setLedger(itemName(OTHER), '{"v":1,"owners":[{"stamp":"s9"}]}');
        expect(await host.release(FLAG)).toMatchObject({ error: undefined });
    });
});

test("a missing namespace does not affect another one", async () => {
    const host = hostWith(true, { before: false, written: true, owners: [mine(true)] });
    host.remembers(OTHER, { before: false, written: true, owners: [mine(true)] });
    await host.run({ dropped: [FLAG, OTHER] });
    expect(host.machine.flag(FLAG.path)).toBe(false);
    expect(host.machine.ledger()).toEqual({});
});

test("flags are released last, so that nothing of ours sets one again once it is put back", async () => {
    const host = hostWith("absent");
    await host.run({ declarations: [flag(true), { ...flag(true), item: REGISTRATION }] });
    const { written } = await host.run({ dropped: [FLAG, REGISTRATION] });
    expect(written.indexOf("root!contoso.mof gone")).toBeLessThan(written.indexOf("root/contoso FALSE"));
    expect(host.machine.files.list()).toEqual([]);
});

test("whether its namespace is there is looked at along with an item, once", async () => {
    const host = hostWith(true);
    await host.run({ leftAlone: [REGISTRATION, FLAG, definitionItem("C:\\x.mof", OTHER.path), definitionItem("c:\\y.mof")] });
    expect(host.asked).toEqual([
        {
            namespaces: [FLAG.path, OTHER.path],
            values: [],
            registrations: [FLAG.path],
            definitions: ["C:\\x.mof", "c:\\y.mof"],
        },
    ]);
});
