import { newKeyPair } from "../../provider/simulator";
import { describeWith, NO_SSH, SSH, SshUser } from "../sessions/openssh/programs";
import { NATIVE } from "./heads";
import { World, writesOf } from "./world";

async function eventually(condition: () => boolean, what: string, seconds: number): Promise<void> {
    for (let tries = 0; tries < seconds * 20; tries++) {
        if (condition()) return;
        await new Promise((resolve) => setTimeout(resolve, 50));
    }
    throw new Error(`never happened: ${what}`);
}

describeWith(SSH, NO_SSH, 'transport "openssh"', () => {
    const world = new World(NATIVE);
    const user = new SshUser();
    const key = newKeyPair();
    const file = user.keeps("key", key.private);
    afterAll(async () => {
        await world.dispose();
        user.remove();
    });

    test("preview, up, drift, heal and destroy go through the system's ssh, with the user's own configuration, and leave nothing", async () => {
        const host = await world.host("web01", { users: [{ user: "CONTOSO\\svc-pulumi", publicKeys: [key.public] }] });
        user.configures(`Host web01\n HostName ${host.address}\n Port ${host.port}\n IdentityFile ${file}\n`);
        const project = await world.project({ environment: { ...user.env } });
        const { hostKey, user: account } = host.connection;
        const program = (connection: object) =>
            project.programOf(
                { web01: connection },
                `new wmisec.WmiNamespaceSecurity("policy", { connection: hosts.web01, namespaces: { "root/Contoso": { requiresEncryption: true } } });
                 new wmisec.UnsecAppPolicy("sinks", { connection: hosts.web01, checkAccess: true });`,
            );
        const connection = { host: "web01", user: account, hostKey, transport: "openssh" };
        program(connection);
        await project.preview();
        expect(host.counters.connections).toBe(0);

        await project.up();
        expect(writesOf(host)).toHaveLength(2);
        expect(host.counters.authentications).toBe(1);
        expect((await project.gate()).code).toBe(0);
        host.machine.behindOurBack.setFlag("root/Contoso", false);
        const gate = await project.gate();
        expect(gate.code).toBe(7);
        expect(gate.output).toMatch(/root\/Contoso is false, declared true/);
        host.writes.clear();
        await project.up("--refresh");
        expect(writesOf(host)).toEqual(["root/contoso: false -> true"]);

        program({ ...connection, password: "canary-of-openssh", proxy: { host: "jump", user: "me" } });
        const refused = await project.fails(["up", "--yes", "--skip-preview"]);
        expect(refused).toMatch(/connection\.password: can't be passed to ssh/);
        expect(refused).toMatch(/connection\.proxy: .*ProxyJump/);
        expect(refused).not.toContain("canary-of-openssh");

        host.changeHostKey();
        const changed = await project.fails(["refresh", "--yes", "--skip-preview"]);
        expect(changed).toMatch(/web01: its host key is not the one that we expect/);
        expect(changed).toMatch(/over the system's ssh to web01/);
        program({ ...connection, hostKey: host.hostKey });
        await project.up();
        await project.destroy();
        expect(host.machine.flag("root/Contoso")).toBe(false);
        expect(host.machine.ledger()).toEqual({});
        expect(host.counters.processesRunning).toBe(0);
        expect(project.processes()).toEqual([]);
    });

    test("a plugin that is killed leaves no ssh behind", async () => {
        const users = [{ user: "CONTOSO\\svc-pulumi", publicKeys: [key.public] }];
        const host = await world.host("web01", { users, verbMs: 5_000 });
        const project = await world.project({ environment: { ...user.env } });
        project.programOf(
            { web01: { ...host.connection, privateKey: { file }, transport: "openssh" } },
            `new wmisec.UnsecAppPolicy("sinks", { connection: hosts.web01, checkAccess: true });`,
        );
        const up = project.start(["up", "--yes", "--skip-preview"]);
        const ofSsh = () => project.processes().filter(({ command }) => command.includes("BatchMode=yes"));
        await eventually(() => host.counters.requests.observe > 0, "the look is under way", 120);
        expect(ofSsh()).toHaveLength(1);
        for (const plugin of project.plugins()) process.kill(plugin, "SIGKILL");
        await eventually(() => ofSsh().length === 0, "ssh ended", 10);
        expect((await up.ended).code).not.toBe(0);
        await eventually(() => host.counters.processesRunning === 0, "the process on the host ended", 90);
    });
});
