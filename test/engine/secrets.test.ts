import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { UNSEC_APP_VALUE } from "../../provider/core/registry";
import type { SimulatedHost, SimulatedHostOptions } from "../../provider/simulator";
import { newKey } from "../sessions/sshServer";
import { diagnostics } from "./diagnostics";
import { HEADS } from "./heads";
import type { Project } from "./project";
import { World } from "./world";

const PASSWORD = "canary-password-7f3a";
const IN_ENVIRONMENT = "canary-password-of-the-environment-c0de";
const PASSPHRASE = "canary-passphrase-91bc";

/** Key pairs whose text is a canary as a whole: none of its lines may be found anywhere. */
const inlineKeys = newKey("ed25519", PASSPHRASE);
const fileKeys = newKey("ed25519", PASSPHRASE);
const openKeys = newKey("ed25519");
const keyLines = [inlineKeys, fileKeys, openKeys]
    .flatMap((one) => one.private.split("\n"))
    .filter((line) => line.length > 30 && !line.startsWith("-----"));

const user = { user: "CONTOSO\\svc-pulumi", password: PASSWORD };
/** Lets in whoever has one of the credentials. */
const users = [
    { ...user, publicKeys: [inlineKeys, fileKeys, openKeys].map(({ line }) => line) },
    { user: "CONTOSO\\svc-nightly", password: IN_ENVIRONMENT },
];

/** What else is in a product's MOF file is nobody's business either. */
const IN_FILE = "canary-in-a-mof-2d0e";
const DEFINITION = "C:\\Program Files\\Contoso\\contoso.mof";
const DEFINITION_TEXT = `// ${IN_FILE}\r\n#pragma namespace("\\\\\\\\.\\\\root")\r\ninstance of __Namespace { Name = "Contoso"; };\r\n`;

interface Credential {
    /** Fields of the connection. */
    readonly fields: object;
    /** What the host is told of it. @default nothing */
    readonly password?: string;
    /** @default over SSH, through a jump host where that may be */
    readonly host?: SimulatedHostOptions;
}
type Way = (project: Project) => Credential;
const inAFile = (project: Project, name: string, text: string): string => {
    const file = join(project.folder, name);
    writeFileSync(file, text, { mode: 0o600 });
    return file;
};

/** In the program itself. With verbose logs Pulumi's own Node SDK prints resolved inputs, every provider's inline secrets among them. */
const INLINE: Readonly<Record<string, Way>> = {
    "an inline password": () => ({ fields: { password: PASSWORD }, password: PASSWORD }),
    "an inline password, sealed over HTTP": () => ({
        fields: { password: PASSWORD },
        password: PASSWORD,
        host: { transport: "winrm", winrm: { scheme: "http" } },
    }),
    "an inline encrypted key": () => ({ fields: { privateKey: inlineKeys.private, privateKeyPassword: PASSPHRASE } }),
};
const BY_REFERENCE: Readonly<Record<string, Way>> = {
    "a password in the environment": () => ({
        fields: { user: "CONTOSO\\svc-nightly", password: { env: "CANARY" } },
        password: IN_ENVIRONMENT,
    }),
    "a key in a file, by the system's ssh": (project) => ({
        fields: { privateKey: { file: inAFile(project, "id_open", openKeys.private) }, transport: "openssh" },
    }),
    "a key in a file, its password from a command": (project) => ({
        fields: {
            privateKey: { file: inAFile(project, "id_canary", fileKeys.private) },
            privateKeyPassword: { command: ["cat", inAFile(project, "passphrase", `${PASSPHRASE}\n`)] },
        },
    }),
};

interface Reached {
    readonly host: SimulatedHost;
    readonly jump: SimulatedHost;
    readonly connection: object;
    readonly throughJump: boolean;
    readonly password: string | undefined;
}

describe.each(HEADS)("by the %s head", (_head, way) => {
    const world = new World(way);
    afterAll(() => world.dispose());

    describe.each([
        { how: "in the program", ways: INLINE, verbose: [] },
        { how: "by reference, in verbose logs, too", ways: BY_REFERENCE, verbose: ["--logtostderr", "-v=9"] },
    ])("credentials $how", ({ ways, verbose }) => {
        const reached = new Map<string, Reached>();
        const outputs: string[] = [];
        const states: string[] = [];
        let refused: ReadonlyMap<string, string>;

        beforeAll(async () => {
            const project = await world.project({ environment: { CANARY: IN_ENVIRONMENT } });
            for (const [way, prepare] of Object.entries(ways)) {
                const { fields, password, host: options = {} } = prepare(project);
                const host = await world.host("web01", { users, ...options });
                const jump = await world.host("jump", { users });
                host.machine.behindOurBack.writeFile(DEFINITION, DEFINITION_TEXT);
                const throughJump = !("transport" in fields) && options.transport === undefined;
                const bare = ({ connection: { password: _, ...rest } }: SimulatedHost) => ({ ...rest, ...fields });
                const connection = { ...bare(host), ...(throughJump && { proxy: bare(jump) }) };
                reached.set(way, { host, jump, connection, throughJump, password });
            }
            const program = (namespaces: string, more = "") =>
                project.programOf(
                    Object.fromEntries([...reached].map(([way, { connection }]) => [way, connection])),
                    `for (const [way, connection] of Object.entries(hosts))
                        new wmisec.WmiNamespaceSecurity(way, { connection, autorecover: true, evidence: { since: "24h" },
                            namespaces: { ${namespaces} "root/Contoso": { requiresEncryption: true, definitionMof: ${JSON.stringify(DEFINITION)} } }${more} });`,
                );
            const run = async (...args: string[]): Promise<number | null> => {
                const { code, output } = await project.pulumi([...args, ...verbose]);
                outputs.push(output);
                states.push(project.stateText());
                return code;
            };
            const hosts = () => [...reached.values()].map(({ host }) => host);

            program("");
            for (const args of [
                ["preview", "--diff"],
                ["up", "--yes", "--skip-preview"],
                ["preview", "--refresh", "--diff", "--json"],
                ["refresh", "--yes", "--skip-preview"],
                ["stack", "export"],
            ])
                expect([args[0], await run(...args)]).toEqual([args[0], 0]);
            expect(hosts().map(({ machine }) => machine.flag("root/Contoso"))).toEqual(hosts().map(() => true));

            // A host that was told a password can say it back.
            for (const { host, password = "a key" } of reached.values())
                host.faults.on("mofcompExit", { exit: 3, output: `Logged on with ${password}` });
            program(`"root/cimv2": { requiresEncryption: true },`, `, onDelete: "restore"`);
            expect(await run("up", "--yes", "--skip-preview", "--continue-on-error")).not.toBe(0);
            refused = diagnostics(outputs.at(-1) ?? "");
            for (const { faults } of hosts()) {
                faults.off();
                faults.on("authRefused", {});
            }
            expect(await run("preview", "--refresh")).not.toBe(0);
            for (const { faults } of hosts()) faults.off();
            expect(await run("destroy", "--yes", "--skip-preview")).toBe(0);
        });

        test.each(Object.keys(ways))(
            "%s is found in no state in plain text, no output, no log, no command line and not on the host",
            (way) => {
                const { host, jump, throughJump, password } = reached.get(way) as Reached;
                expect(jump.counters.forwards > 0).toBe(throughJump);
                expect(refused.get(way)).toContain(`Logged on with ${password === undefined ? "a key" : "[secret]"}`);
                expect(host.machine.files.text(DEFINITION)).toBe(DEFINITION_TEXT);
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
                for (const [place, text] of Object.entries(places)) {
                    const ofHosts = place.endsWith("host") ? [] : [IN_FILE];
                    for (const canary of [PASSWORD, IN_ENVIRONMENT, PASSPHRASE, ...keyLines, ...ofHosts]) {
                        const line = text.split("\n").find((one) => one.includes(canary));
                        if (line !== undefined) throw new Error(`a canary is in ${place}: ${line.slice(0, 500)}`);
                    }
                }
            },
        );
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
});
