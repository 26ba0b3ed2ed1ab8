import { describeWindowsHost, type HostUnderTest } from "../contract/windowsHostContract";
import { RealHost, realConnection, requireThrowAway, SKIPPED, THROW_AWAY } from "./realHost";

const connection = realConnection();

if (connection === undefined) test.skip(`WindowsHost: a real Windows ${SKIPPED}`, () => undefined);
else
    describeWindowsHost(
        `a real Windows over ${connection.transport === "winrm" ? "WinRM" : "SSH"}`,
        async (): Promise<HostUnderTest> => {
            const real = new RealHost(connection);
            try {
                const host = real.open();
                await requireThrowAway(host);
                return { host, namespace: THROW_AWAY, reopen: () => real.open(), dispose: () => real.dispose() };
            } catch (error) {
                await real.dispose();
                throw error;
            }
        },
        { real: true },
    );
