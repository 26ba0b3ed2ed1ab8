import { LEDGER_ONLY } from "../../provider/core/wire/observation";
import { MemoryHost } from "../../provider/hosts/memoryHost";
import { WindowsMachine } from "../../provider/model/windowsMachine";
import { describeWindowsHost } from "../contract/windowsHostContract";

describeWindowsHost("memory", async () => {
    const machine = new WindowsMachine({ namespaces: { "root/wmisec_test": null }, clock: () => new Date(Date.now() - 300_000_000_000) });
    return {
        host: new MemoryHost(machine),
        machine,
        reopen: (options) => new MemoryHost(machine, options),
        dispose: async () => undefined,
    };
});

test("a writer that does not get its turn in time is told so, and has written nothing", async () => {
    const machine = new WindowsMachine();
    const release = await machine.mutex.acquire(0);
    const host = new MemoryHost(machine, { name: "web-07", mutexTimeoutMs: 5 });
    const writing = host.apply([{ do: "setLedger", item: "x", expect: null, text: "y" }], LEDGER_ONLY);
    await expect(writing).rejects.toMatchObject({ name: "WmisecError", code: "hostBusy", host: "web-07" });
    release?.();
    expect(machine.writes.all).toEqual([]);
});
