import { itemName } from "../../provider/core/items/item";
import { formatEntry } from "../../provider/core/ledger/entry";
import { LEDGER_KEY } from "../../provider/core/registry";
import { entryOf } from "./entries";
import { FLAG, flag, hostWith } from "./flags";

/** What can't be read is never taken for absent: nothing is written. */

test.each([
    ["0x80041003", "denied"],
    ["0x80041013", "hostError"],
    [null, "hostError"],
])("a reading that failed with %s is %s", async (wmiCode, code) => {
    const host = hostWith("absent");
    const failure = { type: "System.Management.ManagementException", hresult: "0x80131501", wmiCode, message: "no" };
    host.says = (seen) => ({ ...seen, namespaces: [{ path: FLAG.path, state: "failed", failure }] });
    for (const run of [host.declare(flag(true)), host.release(FLAG)]) expect(await run).toMatchObject({ error: { code }, written: [] });
});

test.each([
    ["not json", "ledgerGarbled"],
    ['{"v":1}', "ledgerGarbled"],
    [null, "ledgerGarbled"],
    ['{"v":2,"anything":"else"}', "ledgerTooNew"],
    [formatEntry(entryOf({})).replace('"absent"', '"C:\\\\evil"'), "ledgerGarbled"],
])("an entry that reads %s is refused", async (text, code) => {
    const host = hostWith("absent");
    if (text === null) host.machine.behindOurBack.setValue(LEDGER_KEY, itemName(FLAG), { kind: "REG_DWORD", value: 1 });
    else host.machine.behindOurBack.setLedger(itemName(FLAG), text);
    for (const run of [host.declare(flag(true)), host.release(FLAG)]) expect(await run).toMatchObject({ error: { code }, written: [] });
});
