import { Project } from "../engine/project";
import { until } from "../engine/until";
import { Access } from "./access";
import { onPowershellHost } from "./onHost";
import { PowershellHost } from "./powershellHost";

const FLAGS = { root: null, "root/contoso": false, "root/contoso/billing": false };
const WANTED = { root: null, "root/contoso": true, "root/contoso/billing": true };

onPowershellHost("a controller that is killed while the host compiles", (pwsh) => {
    const access = new Access();
    const project = new Project({ name: "killed" });
    let host: PowershellHost;

    beforeAll(async () => {
        host = await new PowershellHost(pwsh, { keys: [access.key.public], namespaces: FLAGS }).start();
        await project.init();
        project.programOf(
            { web01: access.to(host.connection, "ssh") },
            `new wmisec.WmiNamespaceSecurity("policy", { connection: hosts.web01, namespaces: {
                "root/contoso": { requiresEncryption: true },
                "root/contoso/billing": { requiresEncryption: true },
            } });`,
        );
    });
    afterAll(async () => {
        project.dispose();
        await access.close();
        expect(await host.close()).toEqual([]);
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

    test("an agent that is killed, too, leaves a compiler whose late write is not the last", async () => {
        host.mofcomp.hold();
        const up = project.start(["up", "--yes", "--skip-preview"]);
        expect(await until(() => host.mofcomp.holding === 1, 200)).toBe(true);
        for (const { pid, command } of host.processes()) if (!command.includes("mofcomp.cjs")) process.kill(pid, "SIGKILL");
        expect((await up.ended).code).not.toBe(0);
        expect(host.processes().map(({ command }) => command)).toEqual([expect.stringContaining("mofcomp.cjs")]);

        // Whoever comes next must not write before that compiler has ended: what it stores then would undo their write.
        project.programOf(
            { web01: access.to(host.connection, "ssh") },
            `new wmisec.WmiNamespaceSecurity("policy", { connection: hosts.web01, namespaces: { "root/contoso": { requiresEncryption: false } } });`,
        );
        const next = project.start(["up", "--yes", "--skip-preview"]);
        let ended = false;
        void next.ended.then(() => (ended = true));
        await until(() => ended || host.mofcomp.holding > 1, 20);
        expect([ended, host.mofcomp.holding]).toEqual([false, 1]);
        host.mofcomp.release();
        expect((await next.ended).code).toBe(0);
        expect(host.machine.flag("root/contoso")).toBe(false);
        await project.destroy();
    });
});
