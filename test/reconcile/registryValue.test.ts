import type { ItemValue } from "../../provider/core/items/kinds";
import { UNSEC_APP_ITEM } from "../../provider/core/items/registryValue";
import type { Declaration } from "../../provider/core/ledger/declaration";
import { formatEntry } from "../../provider/core/ledger/entry";
import { type RegistryData, UNSEC_APP_VALUE } from "../../provider/core/registry";
import { entryOf, mine } from "./entries";
import { PolicyHost } from "./policyHost";

const { key, name } = UNSEC_APP_VALUE;
const ONE: RegistryData = { kind: "REG_SZ", value: "1" };
const DWORD: RegistryData = { kind: "REG_DWORD", value: 1 };
const declareOne = (alsoFine: readonly ItemValue[] = []): Declaration => ({
    item: UNSEC_APP_ITEM,
    want: ONE,
    alsoFine,
    whenMissing: "error",
});

function hostWith(data: RegistryData | "absent"): PolicyHost {
    const host = new PolicyHost();
    host.machine.behindOurBack.setValue(key, name, data);
    return host;
}
const valueOn = ({ machine }: PolicyHost) => machine.value(key, name);

test.each<[string, RegistryData | "absent", readonly ItemValue[], string[]]>([
    ["as declared: adopted", ONE, [], ['entry before=REG_SZ "1" owners=org/me#s1:REG_SZ "1"']],
    [
        "REG_DWORD 1 is not REG_SZ 1",
        DWORD,
        [],
        [
            'entry before=REG_DWORD 1 writing=REG_SZ "1" owners=org/me#s1:REG_SZ "1"',
            'value REG_SZ "1"',
            'entry before=REG_DWORD 1 written=REG_SZ "1" owners=org/me#s1:REG_SZ "1"',
        ],
    ],
    [
        "absence is not as good",
        "absent",
        [],
        [
            'entry before=absent writing=REG_SZ "1" owners=org/me#s1:REG_SZ "1"',
            'value REG_SZ "1"',
            'entry before=absent written=REG_SZ "1" owners=org/me#s1:REG_SZ "1"',
        ],
    ],
    ["absence is as good where the declaration says so", "absent", ["absent"], ['entry before=absent owners=org/me#s1:REG_SZ "1"']],
])("%s", async (_title, found, alsoFine, written) => {
    expect(await hostWith(found).declare(declareOne(alsoFine))).toMatchObject({ written, error: undefined });
});

test.each<[string, RegistryData | "absent", string]>([
    ["absence as absence", "absent", "value absent"],
    ["a value as a value of its kind", DWORD, "value REG_DWORD 1"],
])("put back: %s", async (_title, before, put) => {
    const host = hostWith(before);
    await host.declare(declareOne());
    const { written } = await host.release(UNSEC_APP_ITEM);
    expect(written).toEqual([expect.stringMatching(/^entry before=(.*) written=REG_SZ "1" writing=\1 owners=/), put, "entry gone"]);
    expect(valueOn(host)).toEqual(before);
});

describe("a value that is long, and is to be remembered", () => {
    const long = (length: number): RegistryData => ({ kind: "REG_SZ", value: "x".repeat(length) });

    test.each([1000, 20_000, 32_000, 33_000, 64_000])(
        "%i characters: what is joined can be released, or is refused before",
        async (length) => {
            const host = hostWith(long(length));
            const { error, written } = await host.declare(declareOne());
            if (length > 32_500) {
                expect(error?.message).toContain("too long to be recorded and restored");
                expect(written).toEqual([]);
                return;
            }
            expect(error).toBeUndefined();
            expect(valueOn(host)).toEqual(ONE);
            expect((await host.release(UNSEC_APP_ITEM)).written).toHaveLength(3);
            expect(valueOn(host)).toEqual(long(length));
        },
    );

    test("an entry of an older release, too long to be written once more, is released all the same", async () => {
        const entry = entryOf({ before: long(40_000), written: ONE, owners: [mine(ONE)] });
        const host = hostWith(ONE).remembers(UNSEC_APP_ITEM, entry);
        expect(await host.release(UNSEC_APP_ITEM)).toMatchObject({ error: undefined, warnings: [] });
        expect(host.machine.writes.all).toMatchObject([
            { kind: "ledger", to: formatEntry(entry) },
            { kind: "value", to: long(40_000) },
            { kind: "ledger", to: null },
        ]);
    });
});
