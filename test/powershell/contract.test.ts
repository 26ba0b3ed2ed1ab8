import type { AgentHost } from "../../provider/hosts/agentHost";
import { describeWindowsHost, type HostUnderTest } from "../contract/windowsHostContract";
import type { SshTransport } from "./access";
import { onPowershellHost } from "./onHost";
import type { PowershellHost } from "./powershellHost";
import { PowershellWorld } from "./powershellWorld";
import type { Pwsh } from "./pwsh";

const THROW_AWAY = "root/wmisec_test";
const NAMESPACES = { root: null, "root/cimv2": null, [THROW_AWAY]: false };

/** By each transport, in cultures whose rules for text are not ours: Thai ignores punctuation and has years of its own, Turkish has another i. */
const WAYS: readonly { readonly transport: SshTransport; readonly culture: string }[] = [
    { transport: "ssh", culture: "C" },
    { transport: "ssh", culture: "th_TH" },
    { transport: "openssh", culture: "tr_TR" },
];

describe.each(WAYS)("transport $transport, culture $culture", ({ transport, culture }) => {
    const title = "a real PowerShell behind a real sshd";
    const tests = (pwsh: Pwsh) => {
        const world = new PowershellWorld(pwsh);
        const open = (): AgentHost => world.access.open(host.connection, transport);
        let host: PowershellHost;
        let shared: AgentHost;
        beforeAll(async () => {
            host = await world.host({ culture, namespaces: NAMESPACES });
            shared = open();
        });
        afterAll(async () => {
            await world.dispose();
            expect(world.access.warnings).toEqual([]);
        });
        // One session for all cases, as a run has one for all that it asks of a host.
        describeWindowsHost(
            title,
            async (): Promise<HostUnderTest> => ({ host: shared, namespace: THROW_AWAY, reopen: open, dispose: async () => undefined }),
            { real: true, leavesOut: true },
        );
    };
    onPowershellHost(title, tests, { culture: culture !== "C" });
});
