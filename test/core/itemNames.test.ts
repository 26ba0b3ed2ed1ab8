import { itemNamed } from "../../provider/core/items/item";

test.each([
    ["registration:root/contoso", true],
    ["registration:ROOT/contoso", false],
    ["registration:root\\contoso", false],
    [`registration:root/${"x".repeat(250)}`, true],
    [`registration:root/${"x".repeat(251)}`, false],
    ["registration:..", false],
    ["registration", false],
    ["", false],
    ["definition:c:\\contoso\\contoso.mof", true],
    ["definition:C:\\Contoso\\contoso.mof", false],
    ["definition:c:\\contoso\\..\\contoso.mof", false],
    ["definition:\\\\server\\share\\x.mof", false],
    ["definition:c:\\windows\\system32\\cmd.exe", false],
    ["definition:c:\\x.mof:stream.mof", false],
    ["definition:", false],
])("whether the ledger's name %s names an item of ours: %s", (name, ours) => {
    expect(itemNamed(name) !== undefined).toBe(ours);
});
