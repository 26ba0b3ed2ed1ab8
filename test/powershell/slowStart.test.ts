import { LEDGER_ONLY } from "../../provider/core/wire/observation";
import { onPowershellHost } from "./onHost";
import type { PowershellHost } from "./powershellHost";
import { PowershellWorld } from "./powershellWorld";

onPowershellHost("a host whose shell takes its time before PowerShell reads", (pwsh) => {
    const world = new PowershellWorld(pwsh);
    let host: PowershellHost;
    beforeAll(async () => {
        const options = { namespaces: { root: null }, startsAfter: 6 };
        host = await world.host(options);
    });
    afterAll(async () => {
        await world.dispose();
    });

    test.each(["ssh", "openssh"] as const)(
        "what was sent meanwhile by %s is read, nothing is tried again, and nobody is warned",
        async (transport) => {
            const windows = world.access.open(host.connection, transport);
            const write = { do: "setLedger", item: `value:${transport}`, expect: null, text: "x".repeat(60_000) } as const;
            expect(await windows.apply([write], LEDGER_ONLY)).toMatchObject({ done: 1, stopped: null });
            expect(host.machine.ledger).toContain(write.item);
            expect(world.access.warnings).toEqual([]);
            expect(host.processes()).toHaveLength(1);
            await world.access.closeSessions();
        },
    );
});
