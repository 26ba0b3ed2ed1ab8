import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { UNSEC_APP_VALUE } from "../../provider/core/registry";
import { newKey } from "../sessions/sshServer";
import type { Project } from "./project";
import { World } from "./world";

const world = new World();
afterAll(() => world.dispose());

const PASSWORD = "canary-password-7f3a";
const PASSPHRASE = "canary-passphrase-91bc";

/** A key pair whose text is a canary as a whole: none of its lines may be found anywhere. */
const keys = newKey("ed25519", PASSPHRASE);
const openKeys = newKey("ed25519");
const keyLines = [keys, openKeys].flatMap((one) => one.private.split("\n")).filter((line) => line.length > 30 && !line.startsWith("-----"));

const user = { user: "CONTOSO\\svc-pulumi", password: PASSWORD, publicKeys: [keys.line, openKeys.line] };

/** What else is in a product's MOF file is nobody's business either. */
const IN_FILE = "canary-in-a-mof-2d0e";
const DEFINITION = "C:\\Program Files\\Contoso\\contoso.mof";
const DEFINITION_TEXT = `// ${IN_FILE}\r\n#pragma namespace("\\\\\\\\.\\\\root")\r\ninstance of __Namespace { Name = "Contoso"; };\r\n`;

const ways: [string, (project: Project) => { connection: object; environment?: NodeJS.ProcessEnv }][] = [
    ["an inline password", () => ({ connection: { password: PASSWORD } })],
    ["an inline encrypted key", () => ({ connection: { privateKey: keys.private, privateKeyPassword: PASSPHRASE } })],
    ["a password in the environment", () => ({ connection: { password: { env: "CANARY" } }, environment: { CANARY: PASSWORD } })],
    [
        "a key in a file, by the system's ssh",
        (project) => {
            const file = join(project.folder, "id_open");
            writeFileSync(file, openKeys.private, { mode: 0o600 });
            return { connection: { privateKey: { file }, transport: "openssh" } };
        },
    ],
    [
        "a key in a file, its password from a command",
        (project) => {
            const file = join(project.folder, "id_canary");
            writeFileSync(file, keys.private, { mode: 0o600 });
            writeFileSync(join(project.folder, "passphrase"), `${PASSPHRASE}\n`);
            return {
                connection: { privateKey: { file }, privateKeyPassword: { command: ["cat", join(project.folder, "passphrase")] } },
            };
        },
    ],
];

test.each(ways)("%s is found in no state in plain text, no output, no log, no command line and not on the host", async (way, prepare) => {
    const host = await world.host("web01", { users: [user] });
    const jump = await world.host("jump", { users: [user] });
    const project = await world.project();
    const { connection, environment } = prepare(project);
    const { password: _, ...bare } = host.connection;
    const { password: __, ...bareJump } = jump.connection;
    const throughJump = !("transport" in connection);
    const full = { ...bare, ...connection, ...(throughJump && { proxy: { ...bareJump, ...connection } }) };
    const program = (more: string) => `
        new wmisec.WmiNamespaceSecurity("policy", { connection: ${JSON.stringify(full)}, autorecover: true, evidence: { since: "24h" },
            namespaces: { "root/Contoso": { requiresEncryption: true, definitionMof: ${JSON.stringify(DEFINITION)} } }${more} });`;
    project.programOf({}, program(""));
    host.machine.behindOurBack.writeFile(DEFINITION, DEFINITION_TEXT);

    const outputs: string[] = [];
    const run = async (...args: string[]) => {
        // With verbose logs Pulumi's own Node SDK prints resolved inputs, every provider's inline secrets among them.
        const verbose = environment === undefined && !way.includes("file") ? [] : ["--logtostderr", "-v=9"];
        const ran = await project.pulumi([...args, ...verbose], environment);
        outputs.push(ran.output);
        return ran;
    };
    const states: string[] = [];
    for (const args of [
        ["preview", "--diff"],
        ["up", "--yes", "--skip-preview"],
        ["preview", "--refresh", "--diff", "--json"],
        ["refresh", "--yes", "--skip-preview"],
        ["stack", "export"],
    ]) {
        const ran = await run(...args);
        expect([args[0], ran.code]).toEqual([args[0], 0]);
        states.push(project.stateText());
    }
    expect(host.machine.flag("root/Contoso")).toBe(true);
    expect(jump.counters.forwards > 0).toBe(throughJump);

    // A host that was told a password can say it back.
    host.faults.on("mofcompExit", { exit: 3, output: `Logged on with ${"password" in connection ? PASSWORD : "a key"}` });
    project.programOf(
        {},
        program(`, onDelete: "restore"`).replace(`"root/Contoso":`, `"root/cimv2": { requiresEncryption: true }, "root/Contoso":`),
    );
    expect((await run("up", "--yes", "--skip-preview")).code).not.toBe(0);
    states.push(project.stateText());
    host.faults.off();
    host.faults.on("authRefused", {});
    expect((await run("preview", "--refresh")).code).not.toBe(0);
    host.faults.off();
    expect((await run("destroy", "--yes", "--skip-preview")).code).toBe(0);

    expect(outputs.join("\n")).toContain(`Logged on with ${"password" in connection ? "[secret]" : "a key"}`);
    const places = {
        outputs: outputs.join("\n"),
        states: states.join("\n"),
        "what was sent to the host": host.transcript + jump.transcript,
        "what is on the host": JSON.stringify([
            host.writes.all,
            host.machine.ledger(),
            host.machine.files.list().map((file) => host.machine.files.text(file)),
        ]),
    };
    expect(host.machine.files.text(DEFINITION)).toBe(DEFINITION_TEXT);
    for (const [place, text] of Object.entries(places)) {
        const ofHosts = place.endsWith("host") ? [] : [IN_FILE];
        for (const canary of [PASSWORD, PASSPHRASE, ...keyLines, ...ofHosts]) {
            const line = text.split("\n").find((one) => one.includes(canary));
            if (line !== undefined) throw new Error(`a canary is in ${place}: ${line.slice(0, 500)}`);
        }
    }
});

test("the password of a host that an update moves away from stays secret, whatever the new connection has", async () => {
    const old = await world.host("web01", { users: [user] });
    const next = await world.host("web02", { users: [{ user: user.user, password: "of the new host" }] });
    const project = await world.project({ environment: { NEW_PASSWORD: "of the new host" } });
    const program = (connection: object) =>
        project.programOf(
            { web: connection },
            `new wmisec.WmiNamespaceSecurity("policy", { connection: hosts.web, namespaces: { "root/Contoso": { requiresEncryption: true } } });`,
        );
    const outputs: string[] = [];
    const noCanary = () => {
        for (const text of [project.stateText(), ...outputs]) expect(text.includes(PASSWORD)).toBe(false);
    };
    program(old.connection);
    await project.up();
    const { password: _, ...bare } = next.connection;
    program({ ...bare, password: { env: "NEW_PASSWORD" } });
    next.faults.on("mofcompExit", { exit: 1 });
    outputs.push(await project.fails(["up", "--yes", "--skip-preview"]));
    noCanary();
    expect(JSON.stringify(project.resources()[0]?.outputs["unreleased"])).toContain(old.address);
    outputs.push(await project.refresh());
    noCanary();
    next.faults.off();
    outputs.push(await project.up());
    noCanary();
    expect([old, next].map((host) => host.machine.flag("root/Contoso"))).toEqual([false, true]);
    await project.destroy();
});

test("a host that puts the password into what is read of it gets it into no output and no state, in upper or lower case", async () => {
    const secret = "CANARY-Pa55-word-7f3a";
    const value = await world.host("value", { users: [{ user: user.user, password: secret }] });
    const named = await world.host("named", { users: [{ user: user.user, password: secret }], machine: { machineGuid: secret } });
    const project = await world.project();
    const program = (connection: object) =>
        project.programOf(
            { web: connection },
            `module.exports = { r: new wmisec.UnsecAppPolicy("r", { connection: hosts.web, checkAccess: true }) };`,
        );
    const setValue = () =>
        value.machine.behindOurBack.setValue(UNSEC_APP_VALUE.key, UNSEC_APP_VALUE.name, { kind: "REG_SZ", value: secret });
    const outputs: string[] = [];
    const states: string[] = [];
    const fails = async (...args: string[]) => {
        outputs.push(await project.fails(args));
        states.push(project.stateText());
    };
    program(value.connection);
    setValue();
    await fails("up", "--yes", "--skip-preview");
    value.machine.behindOurBack.setValue(UNSEC_APP_VALUE.key, UNSEC_APP_VALUE.name, { kind: "REG_SZ", value: "0" });
    outputs.push(await project.up());
    setValue();
    await fails("preview", "--refresh", "--diff");
    await fails("refresh", "--yes", "--skip-preview");
    value.machine.behindOurBack.setValue(UNSEC_APP_VALUE.key, UNSEC_APP_VALUE.name, { kind: "REG_SZ", value: "1" });
    await project.destroy();
    program(named.connection);
    await fails("up", "--yes", "--skip-preview");
    expect(outputs[0]).toContain("its data holds a secret of this run");
    expect(outputs.at(-1)).toContain("identity holds a secret");
    for (const text of [...outputs, ...states]) expect(text.toLowerCase().includes(secret.toLowerCase())).toBe(false);
});
