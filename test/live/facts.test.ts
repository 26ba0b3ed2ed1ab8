import { writeFileSync } from "node:fs";
import { RealHost, realConnection, SKIPPED } from "./realHost";

const connection = realConnection();

if (connection === undefined) test.skip(`what a real Windows tells of itself ${SKIPPED}`, () => undefined);
else
    test("what a real Windows tells of itself", async () => {
        const real = new RealHost(connection);
        try {
            const { protocol, psVersion, osVersion, elevated, process64Bit, os64Bit, machineGuid, smbiosUuid } = await real
                .open()
                .machine();
            const identity = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;
            expect({ protocol, elevated, process64Bit }).toEqual({ protocol: 1, elevated: true, process64Bit: os64Bit });
            expect([machineGuid, smbiosUuid]).toEqual([expect.stringMatching(identity), expect.stringMatching(identity)]);
            // For the report: nothing that tells whose host it is.
            const facts = process.env["WMISEC_LIVE_FACTS"];
            if (facts !== undefined)
                writeFileSync(facts, JSON.stringify({ Windows: osVersion, PowerShell: psVersion, "64 bits": os64Bit }));
        } finally {
            await real.dispose();
        }
    });
