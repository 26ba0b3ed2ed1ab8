import { execFileSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import type { SimulatedHost } from "../../../provider/simulator";
import { blocksOf } from "../../docs/markdown";
import { newKey } from "../../sessions/sshServer";
import { HEADS } from "../heads";
import type { Project } from "../project";
import { World } from "../world";
import { outputsOf } from "./declared";

/** Canaries in the connection that a fleet's hosts share, and in those of single hosts. */
const SHARED = "canary-password-shared-7f3a";
const OWN = "canary-password-of-one-host-c0de";
const IN_ENVIRONMENT = "canary-password-of-the-environment-91bc";
const IN_FILE = newKey("ed25519");
const CANARIES = [
    SHARED,
    OWN,
    IN_ENVIRONMENT,
    ...IN_FILE.private.split("\n").filter((line) => line.length > 30 && !line.startsWith("-----")),
];

describe.each(HEADS)("by the %s head", (_head, way) => {
    const world = new World(way);
    afterAll(() => world.dispose());

    const WAYS = ["shared-1", "shared-2", "own", "environment", "key-file"] as const;
    const hosts = new Map<string, SimulatedHost>();
    const all = () => [...hosts.values()];
    const outputs: string[] = [];
    const states: string[] = [];
    let project: Project;

    const users = [
        { user: "svc-shared", password: SHARED, publicKeys: [IN_FILE.line] },
        { user: "svc-own", password: OWN },
        { user: "svc-environment", password: IN_ENVIRONMENT },
    ];

    /** What each host has beside where it is. */
    const declare = (more: string) => {
        const credentials: Record<string, object> = {
            own: { user: "svc-own", password: OWN },
            environment: { user: "svc-environment", password: { env: "CANARY" } },
            "key-file": { privateKey: { file: join(project.folder, "id_canary") } },
        };
        const connections = Object.fromEntries(
            [...hosts].map(([name, { connection }]) => {
                const { password: _, user: __, ...place } = connection;
                return [name, { ...place, ...credentials[name] }];
            }),
        );
        project.programOf(
            connections,
            `const fleet = new wmisec.FleetEncryptionPolicy("fleet", {
            connection: { user: "svc-shared", password: ${JSON.stringify(SHARED)}, dialErrorLimit: 0 },
            hosts: Object.fromEntries(Object.entries(hosts).map(([name, connection]) => [name, { connection }])),
            namespaces: { "root/Contoso": { requiresEncryption: true }${more} } });
        module.exports = { counts: fleet.counts, errors: fleet.errors, drift: fleet.drift };`,
        );
    };

    async function run(...args: string[]): Promise<number | null> {
        const { code, output } = await project.pulumi(args);
        outputs.push(output);
        states.push(project.stateText());
        return code;
    }

    beforeAll(async () => {
        for (const name of WAYS) hosts.set(name, await world.host(name, { users }));
        project = await world.project({ environment: { CANARY: IN_ENVIRONMENT } });
        writeFileSync(join(project.folder, "id_canary"), IN_FILE.private, { mode: 0o600 });
    });

    test("every host is reached by its own way", async () => {
        declare("");
        for (const args of [
            ["preview", "--diff"],
            ["up", "--yes", "--skip-preview"],
            ["preview", "--refresh", "--diff", "--json"],
        ])
            expect([args[0], await run(...args)]).toEqual([args[0], 0]);
        expect(all().map(({ machine }) => machine.flag("root/Contoso"))).toEqual(WAYS.map(() => true));
    });

    test("docs/fleet-encryption-policy.md shows how to read what the state remembers; a host's own password stands there", async () => {
        const [, script = ""] = /node -e '(.*)'/s.exec(blocksOf("docs/fleet-encryption-policy.md", "sh").join("")) ?? [];
        const input = await project.succeeds(["stack", "export", "--show-secrets"]);
        const printed = execFileSync(process.execPath, ["-e", script], { input, encoding: "utf8" });
        expect(JSON.parse(printed)).toMatchObject({
            inputs: { hosts: { own: { connection: { password: OWN } } } },
            members: [{ condition: "compliant", hosts: { own: expect.any(String) } }],
        });
    });

    test("hosts that say back what they were told: the words are redacted, in errors, outputs and drift", async () => {
        for (const [name, { faults }] of hosts) {
            const secret = name === "own" ? OWN : name === "environment" ? IN_ENVIRONMENT : SHARED;
            faults.on("mofcompExit", { exit: 3, output: `Logged on with ${secret}` });
        }
        declare(`, "root/cimv2": { requiresEncryption: true }`);
        expect(await run("up", "--yes", "--skip-preview")).toBe(1);
        const { errors = [], counts } = outputsOf(project);
        expect(counts).toMatchObject({ failed: WAYS.length });
        expect(errors[0]?.message).toContain("Logged on with [secret]");
        for (const { faults } of all()) {
            faults.off();
            faults.on("answerHostile", { where: "failure", texts: [SHARED, OWN, IN_ENVIRONMENT] });
        }
        expect(await run("refresh", "--yes", "--skip-preview", "--diff")).toBe(0);
        expect(Object.keys(outputsOf(project).drift ?? {}).join()).toMatch(/could not be read/);
        for (const args of [
            ["preview", "--diff"],
            ["stack", "export"],
            ["stack", "output", "--json"],
            ["stack", "--show-urns"],
        ])
            await run(...args);
        for (const { faults } of all()) faults.off();
        expect(await run("up", "--yes", "--skip-preview", "--diff")).toBe(0);
        expect(await run("destroy", "--yes", "--skip-preview")).toBe(0);
    });

    test("no canary is in a state in plain text, an output, a command line, or on a host", () => {
        const places = {
            outputs: outputs.join("\n"),
            states: states.join("\n"),
            "what was sent to the hosts": all()
                .map(({ transcript }) => transcript)
                .join("\n"),
            "what is on the hosts": JSON.stringify(
                all().map(({ machine, writes }) => [writes.all, machine.files.list().map((file) => machine.files.text(file))]),
            ),
        };
        for (const [place, text] of Object.entries(places)) {
            for (const canary of CANARIES) {
                const line = text.split("\n").find((one) => one.includes(canary));
                if (line !== undefined) throw new Error(`a canary is in ${place}: ${line.slice(0, 500)}`);
            }
        }
    });
});
