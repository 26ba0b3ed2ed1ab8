import { encryptionMof } from "../../provider/core/mof/generate";
import { namespacePath } from "../../provider/core/namespacePath";
import { LEDGER_ONLY } from "../../provider/core/wire/observation";
import type { Step } from "../../provider/core/wire/step";
import { calledCommands, HostileModules } from "./hostileModules";
import { onPowershellHost } from "./onHost";
import type { PowershellHost } from "./powershellHost";
import { PowershellWorld } from "./powershellWorld";

const path = namespacePath("root/contoso");

onPowershellHost("an account whose folder of modules holds commands of PowerShell's own names", (pwsh) => {
    const world = new PowershellWorld(pwsh);
    let host: PowershellHost;
    beforeAll(async () => {
        host = await world.host({ namespaces: { root: null, [path]: null } });
    });
    afterAll(async () => {
        await world.dispose();
    });

    test("none of them ever runs: at the start, in a look, in a write by either compiler, and when the log is read", async () => {
        const hostile = new HostileModules(host.machine.path);
        expect(calledCommands()).toContain("ConvertTo-Json");
        const windows = world.access.open(host.connection, "ssh");
        const set = (required: boolean, expect: boolean | null, compiler: "mofcomp" | "api"): Step => ({
            do: "compileMof",
            path,
            expect: { effective: expect, stored: expect },
            mof: encryptionMof(path, required),
            required,
            compiler,
        });
        const run = async () => {
            const done = await windows.apply([set(true, null, "mofcomp"), set(false, true, "api")], LEDGER_ONLY);
            await windows.readEvents({ sinceMs: 3_600_000 });
            return done;
        };
        const outcome = await run().catch((error: unknown) => error);
        expect(hostile.ran).toEqual([]);
        expect(outcome).toMatchObject({ done: 2, stopped: null });
    });
});
