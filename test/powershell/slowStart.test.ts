import { NOTHING_BUT_LEDGER } from "../../provider/core/observation";
import { Access } from "./access";
import { onPowershellHost } from "./onHost";
import { PowershellHost } from "./powershellHost";

onPowershellHost("a host whose shell takes its time before PowerShell reads", (pwsh) => {
    const access = new Access();
    let host: PowershellHost;
    beforeAll(async () => {
        const options = { keys: [access.key.public], namespaces: { root: null }, startsAfter: 6 };
        host = await new PowershellHost(pwsh, options).start();
    });
    afterAll(async () => {
        await access.close();
        expect(await host.close()).toEqual([]);
    });

    test.each(["ssh", "openssh"] as const)(
        "what was sent meanwhile by %s is read, nothing is tried again, and nobody is warned",
        async (transport) => {
            const windows = access.open(host.connection, transport);
            const write = { do: "setLedger", item: `value:${transport}`, expect: null, text: "x".repeat(60_000) } as const;
            expect(await windows.apply([write], NOTHING_BUT_LEDGER)).toMatchObject({ done: 1, stopped: null });
            expect(host.machine.ledger).toContain(write.item);
            expect(access.warnings).toEqual([]);
            expect(host.processes()).toHaveLength(1);
            await access.closeSessions();
        },
    );
});
