import { encryptionMof } from "../../provider/core/mof/generate";
import { namespacePath } from "../../provider/core/namespacePath";
import { LEDGER_ONLY } from "../../provider/core/wire/observation";
import type { Step } from "../../provider/core/wire/step";
import { Project } from "../engine/project";
import { until } from "../engine/until";
import { onPowershellHost } from "./onHost";
import type { PowershellHost } from "./powershellHost";
import { PowershellWorld } from "./powershellWorld";

const CONTOSO = namespacePath("root/contoso");
const FLAGS = { root: null, "root/contoso": false, "root/contoso/billing": false };
const WANTED = { root: null, "root/contoso": true, "root/contoso/billing": true };

onPowershellHost("a controller that is killed while the host compiles", (pwsh) => {
    const world = new PowershellWorld(pwsh);
    const project = new Project({ name: "killed" });
    let host: PowershellHost;

    beforeAll(async () => {
        host = await world.host({ namespaces: FLAGS });
        await world.project(project);
        project.programOf(
            { web01: world.access.to(host.connection, "ssh") },
            `new wmisec.WmiNamespaceSecurity("policy", { connection: hosts.web01, namespaces: {
                "root/contoso": { requiresEncryption: true },
                "root/contoso/billing": { requiresEncryption: true },
            } });`,
        );
    });
    afterAll(async () => {
        await world.dispose();
    });

    test("leaves nothing running there once the compiler has ended; the next run heals, and destroy puts all back", async () => {
        const before = host.machine.snapshot();
        host.mofcomp.hold();
        const up = project.start(["up", "--yes", "--skip-preview"]);
        expect(await until(() => host.mofcomp.holding === 1, 200)).toBe(true);
        for (const pid of project.plugins()) process.kill(pid, "SIGKILL");
        up.child.kill("SIGKILL");
        await up.ended;
        // sshd ends nothing when the connection is gone: the agent waits for its compiler, and then nobody is there to tell.
        expect(host.machine.snapshot().flags).toEqual(FLAGS);
        host.mofcomp.release();
        expect(await until(() => host.processes().length === 0, 200)).toBe(true);

        for (const { pid } of project.processes()) process.kill(pid, "SIGKILL");
        project.mendAttributes();
        if (project.locked()) await project.succeeds(["cancel", "--yes"]);
        await project.up();
        expect(host.machine.snapshot().flags).toEqual(WANTED);
        expect(await project.up("--refresh")).toMatch(/2 unchanged/);
        await project.destroy();
        expect(host.machine.snapshot()).toEqual(before);
    });

    test("an agent that is killed, too, leaves a compiler, and nobody writes before that has ended", async () => {
        const set = (required: boolean, was: boolean): Step => ({
            do: "compileMof",
            path: CONTOSO,
            expect: { effective: was, stored: was },
            mof: encryptionMof(CONTOSO, required),
            required,
            compiler: "mofcomp",
        });
        host.mofcomp.hold();
        const first = world.access.open(host.connection, "ssh").apply([set(true, false)], LEDGER_ONLY);
        const outcome = expect(first).rejects.toMatchObject({ name: "WmisecError" });
        expect(await until(() => host.mofcomp.holding === 1, 200)).toBe(true);
        for (const { pid, command } of host.processes()) if (!command.includes("mofcomp.cjs")) process.kill(pid, "SIGKILL");
        await outcome;
        expect(host.processes().map(({ command }) => command)).toEqual([expect.stringContaining("mofcomp.cjs")]);

        // What that compiler stores at last would undo what is written now.
        const remember: Step = { do: "setLedger", item: "x", expect: null, text: "x" };
        const forget: Step = { do: "setLedger", item: "x", expect: "x", text: null };
        const next = world.access.open(host.connection, "ssh", { mutexTimeoutMs: 3000 });
        await expect(next.apply([remember], LEDGER_ONLY)).rejects.toThrow(/mofcomp/);
        expect(host.machine.ledger).toEqual([]);
        host.mofcomp.release();
        expect(await until(() => host.machine.flag(CONTOSO) === true, 200)).toBe(true);
        expect(await next.apply([remember, set(false, true), forget], LEDGER_ONLY)).toMatchObject({ done: 3, stopped: null });
        expect(host.machine.flag(CONTOSO)).toBe(false);
        await world.access.closeSessions();
    });
});
